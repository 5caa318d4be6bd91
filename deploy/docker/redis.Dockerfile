# Debian's Redis 7, on a Unix socket alone; no registry needed.
#   docker build -f deploy/docker/redis.Dockerfile -t docker-anomalies-redis .
FROM debian:bookworm-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/* \
 && usermod -u 980 redis && groupmod -g 980 redis \
 && install -d -o redis -g redis -m 770 /run/redis /var/lib/docker-anomalies
COPY deploy/docker/redis.conf /etc/docker-anomalies-redis.conf
LABEL docker-anomalies.role=redis
USER redis
ENTRYPOINT ["redis-server", "/etc/docker-anomalies-redis.conf"]

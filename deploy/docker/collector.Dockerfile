# The collector. Build context: the repository's root.
#   docker build -f deploy/docker/collector.Dockerfile -t docker-anomalies-collector .
FROM debian:bookworm-slim AS build
RUN apt-get update -q && apt-get install -qy --no-install-recommends \
      g++ cmake ninja-build pkg-config libboost-dev libmsgpack-cxx-dev libhiredis-dev libcurl4-openssl-dev \
      libyaml-cpp-dev libfmt-dev libexpected-dev libcli11-dev nlohmann-json3-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY proto proto
COPY common common
COPY collector collector
COPY analyzer analyzer
RUN cmake --preset release -DBUILD_TESTING=OFF && cmake --build --preset release --target collector

FROM debian:bookworm-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends libhiredis0.14 libyaml-cpp0.7 libfmt9 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/release/collector/collector /usr/bin/collector
LABEL docker-anomalies.role=collector
# Root, but with the capabilities of docker-compose.yml only: ptrace of other users' processes needs both.
ENTRYPOINT ["collector", "--config", "/etc/docker-anomalies/collector.yaml"]

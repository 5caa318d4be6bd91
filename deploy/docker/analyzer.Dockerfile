# The analyzer. Build context: the repository's root.
#   docker build -f deploy/docker/analyzer.Dockerfile -t docker-anomalies-analyzer .
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
RUN cmake --preset release -DBUILD_TESTING=OFF && cmake --build --preset release --target analyzer

FROM debian:bookworm-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends \
      libhiredis0.14 libyaml-cpp0.7 libfmt9 libcurl4 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 980 docker-anomalies \
 && useradd --no-create-home --uid 980 --gid 980 docker-anomalies
COPY --from=build /src/build/release/analyzer/analyzer /usr/bin/analyzer
LABEL docker-anomalies.role=analyzer
USER docker-anomalies
ENTRYPOINT ["analyzer", "--config", "/etc/docker-anomalies/analyzer.yaml"]

# The image of railhook: the program and the libraries it loads, nothing else. `docker build .` makes it;
# scripts/image does so where no image registry can be reached.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/deps scripts/
RUN scripts/deps build
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF >/dev/null && scripts/build release railhook && \
    scripts/pack build/release/railhook /image && rm -rf build

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="railhook" \
      org.opencontainers.image.description="Gives training pods all their RDMA networks for one annotation" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /image /
USER 65532:65532
ENTRYPOINT ["/railhook"]

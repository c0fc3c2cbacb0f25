# The images of railhook and of railhook-vfmanager: a program and the libraries it loads, nothing else. `docker build .` makes
# railhook's, `docker build --target railhook-vfmanager .` the other; scripts/image does so where no image registry can be
# reached.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY scripts/deps scripts/
RUN scripts/deps build
COPY . .
RUN cmake --preset release -DBUILD_TESTING=OFF >/dev/null

FROM build AS vfmanager
RUN scripts/build release railhook-vfmanager && scripts/pack build/release/railhook-vfmanager /image && rm -rf build

FROM scratch AS railhook-vfmanager
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="railhook-vfmanager" \
      org.opencontainers.image.description="Makes a node's SR-IOV virtual functions be what its policies say" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=vfmanager /image /
ENTRYPOINT ["/railhook-vfmanager"]

FROM build AS webhook
RUN scripts/build release railhook && scripts/pack build/release/railhook /image && rm -rf build

FROM scratch AS railhook
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="railhook" \
      org.opencontainers.image.description="Gives training pods all their RDMA networks for one annotation" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=webhook /image /
USER 65532:65532
ENTRYPOINT ["/railhook"]

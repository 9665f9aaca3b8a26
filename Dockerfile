# syntax=docker/dockerfile:1

# Lectern in a small image: one static binary, certificates, a folder for the
# database, and a user who may do nothing else.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t lectern .
#   docker run -v lectern:/data -e LECTERN_MATRIX_HOMESERVER=… lectern

# SQLite is C, so the build needs gcc and the static libc, which this image has.
# The exact version is the one that the tests run with.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src

# Modules first: this layer stays until go.mod changes.
COPY go.mod go.sum ./
RUN go mod download && go mod verify

COPY . .
ARG VERSION=unknown
RUN make static VERSION="$VERSION"

# What the empty image below lacks: certificates, a name for the user, a folder
# for the database (a new volume takes over its owner and mode) and one for the
# files that SQLite makes while it sorts.
RUN mkdir -p /image/etc/ssl/certs /owned/data /owned/tmp \
 && cp bin/static/lectern /image/lectern \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && echo 'lectern:x:65532:65532:Lectern:/data:/sbin/nologin' > /image/etc/passwd \
 && echo 'lectern:x:65532:' > /image/etc/group \
 && chmod 0700 /owned/data \
 && chmod 1777 /owned/tmp

# With the program that takes the text out of PDFs, and so with a small Debian
# around it: docker build --target pdf …
FROM debian:bookworm-slim AS pdf
RUN apt-get update \
 && apt-get install -y --no-install-recommends poppler-utils \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /image/lectern /lectern
COPY --from=build /image/etc/ssl/certs /etc/ssl/certs
COPY --from=build --chown=65532:65532 /owned/data /data
USER 65532:65532
ENV LECTERN_DATABASE=/data/lectern.db LECTERN_HTTP_LISTEN=127.0.0.1:8484
WORKDIR /data
VOLUME ["/data"]
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --retries=3 CMD ["/lectern", "doctor", "--alive"]
ENTRYPOINT ["/lectern"]
CMD ["serve"]

# Nothing else is needed at run time: no shell, no libc, no package manager. The
# time zones are in the binary.
FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /owned /

# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
# The pages for health and numbers are open within the container alone. To let a
# monitor in, set LECTERN_HTTP_LISTEN=0.0.0.0:8484 and publish the port to it.
ENV LECTERN_DATABASE=/data/lectern.db LECTERN_HTTP_LISTEN=127.0.0.1:8484
WORKDIR /data
VOLUME ["/data"]

# The image has no curl: the program asks its own /healthz and /readyz, and ends
# with 1 if the bot does not answer, cannot write to the database or no longer
# looks for what is due. It does not ask a platform: one that is down is no
# reason to start the bot anew.
HEALTHCHECK --interval=60s --timeout=10s --start-period=30s --retries=3 CMD ["/lectern", "doctor", "--alive"]

# Docker stops it by SIGTERM. The bot then gives sends that are under way ten
# seconds, which is as long as Docker waits: give it more (docker run
# --stop-timeout 20) and it ends by itself. If it is killed, nothing is lost.
ENTRYPOINT ["/lectern"]
CMD ["serve"]

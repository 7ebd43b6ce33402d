# The API as an image for Lambda, which is an ordinary HTTP server, too: docs/container.md.
# `make image` builds it, and knows the stage's Python and platform; `docker build .` does as well.
# Whoever wants the same base each time gives its digest: BASE=...:3.11@sha256:...
ARG BASE=public.ecr.aws/lambda/python:3.11

# On the machine's own platform: nothing is emulated, since pip fetches wheels for another one.
FROM --platform=$BUILDPLATFORM ${BASE} AS build
ARG TARGETARCH
WORKDIR /build
COPY tools/__init__.py tools/
COPY tools/image/__init__.py tools/image/fetch.py tools/image/
COPY requirements-image.txt ./
# pip's settings of whoever builds (index, certificates, password) come as secrets: no layer has them.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf,required=false \
    --mount=type=secret,id=ca,target=/etc/pip-ca.pem,required=false \
    --mount=type=secret,id=netrc,target=/root/.netrc,required=false \
    python3 -m tools.image.fetch site
COPY tools/ tools/
COPY vendor/ vendor/
COPY chalicelib/ chalicelib/
COPY app.py ./
RUN python3 -m tools.image.assemble site out

# Nothing runs from here on, so that any machine builds it for any platform.
FROM ${BASE}
# Two layers: a change of the app leaves that of the dependencies as it is.
COPY --from=build /build/out/dependencies/ /
COPY --from=build /build/out/app/ /
ARG BASE
ARG BASE_DIGEST=""
ARG LICENSES=""
ARG REVISION=""
ARG SOURCE=""
ARG TITLE=""
ARG VERSION=""
LABEL org.opencontainers.image.base.digest="${BASE_DIGEST}" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.licenses="${LICENSES}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.title="${TITLE}" \
      org.opencontainers.image.version="${VERSION}"
CMD ["app.app"]

# The service: no torch, no training libraries, no compiler. Build from the project's folder:
#   docker build -f infra/containers/serving.Dockerfile -t structural-design/serving .
# Give the base image by digest where builds must be the same to the byte.
# checkov:skip=CKV_DOCKER_7: the tag is in PYTHON_IMAGE
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=/source/requirements.lock
WORKDIR /source
COPY pyproject.toml README.md requirements.lock ./
COPY configs configs
COPY structural structural
COPY serving serving
RUN python -m venv /opt/sdai && /opt/sdai/bin/pip install '.[serve,aws]'
# Whom the database is believed by, see the README of the folder; with a digest, only that file will do.
COPY infra/containers/trust infra/containers/trust
ARG RDS_CA_SHA256=
RUN cp -R infra/containers/trust /opt/sdai/trust \
    && echo "${RDS_CA_SHA256}  /opt/sdai/trust/rds.crt" > rds.sha256 \
    && if [ -n "${RDS_CA_SHA256}" ]; then sha256sum --check --strict rds.sha256; fi

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 sdai \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/sdai --create-home --shell /usr/sbin/nologin sdai
COPY --from=build /opt/sdai /opt/sdai
ENV PATH=/opt/sdai/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SDAI_PATHS_HOME=/var/lib/sdai \
    SDAI_SERVING_HOST=0.0.0.0 \
    SDAI_LOGGING_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/sdai
# Everything that the service writes; with a read-only root file system these two are all that is mounted writable.
VOLUME ["/var/lib/sdai", "/tmp"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "serving.healthcheck", "/livez"]
CMD ["python", "-m", "serving"]

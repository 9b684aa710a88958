# Everything but the service's slimness: builds data, trains, registers, promotes. Build from the project's folder:
#   docker build -f infra/containers/training.Dockerfile -t structural-design/training .
# CUDA comes with torch's own packages, in the version that torch was built for, so the base needs none; the driver is
# the host's. For machines without a GPU give --build-arg TORCH_INDEX=<index of torch's CPU builds>: 2 GB less.
# checkov:skip=CKV_DOCKER_7: the tag is in PYTHON_IMAGE
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG TORCH_INDEX=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=/source/requirements.lock
WORKDIR /source
COPY pyproject.toml README.md requirements.lock ./
RUN python -m venv /opt/sdai \
    && if [ -n "${TORCH_INDEX}" ]; then /opt/sdai/bin/pip install --index-url "${TORCH_INDEX}" torch; fi
COPY configs configs
COPY structural structural
COPY data_validation data_validation
COPY training training
COPY serving serving
COPY infra infra
COPY flows flows
RUN /opt/sdai/bin/pip install '.[train]'
# Whom the database is believed by, see the README of the folder; with a digest, only that file will do.
COPY infra/containers/trust infra/containers/trust
ARG RDS_CA_SHA256=
RUN cp -R infra/containers/trust /opt/sdai/trust \
    && echo "${RDS_CA_SHA256}  /opt/sdai/trust/rds.crt" > rds.sha256 \
    && if [ -n "${RDS_CA_SHA256}" ]; then sha256sum --check --strict rds.sha256; fi

FROM ${PYTHON_IMAGE}
# LightGBM and XGBoost are linked to the OpenMP library.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 sdai \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/sdai --create-home --shell /usr/sbin/nologin sdai
COPY --from=build /opt/sdai /opt/sdai
ENV PATH=/opt/sdai/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SDAI_PATHS_HOME=/var/lib/sdai \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
WORKDIR /var/lib/sdai
VOLUME ["/var/lib/sdai", "/tmp"]
# A run is a task that ends, and a killed one goes on where it was: there is nothing to ask it meanwhile.
HEALTHCHECK NONE
CMD ["sdai", "run", "--scheduled"]

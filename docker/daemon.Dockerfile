# The daemon, and the one-shot `setup` that prepares everything. Its Python packages come from the lock file alone.
FROM debian:forky-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/ringward
RUN python3 -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY routing routing
COPY dialplan dialplan
COPY cti cti
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM debian:forky-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 ca-certificates espeak-ng sox tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/ringward --shell /usr/sbin/nologin ringward \
    && install -d -o ringward -g ringward -m 0750 /var/lib/ringward /ringward
COPY --from=build /opt/ringward/.venv /opt/ringward/.venv
ENV PATH=/opt/ringward/.venv/bin:$PATH RINGWARD_HOME=/var/lib/ringward PYTHONUNBUFFERED=1
USER ringward
VOLUME ["/var/lib/ringward", "/ringward"]
CMD ["ringward", "serve"]

# Asterisk as Debian packages it, unprivileged, with the configuration that the `setup` service rendered.
FROM debian:forky-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-en-gsm \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /ringward --shell /usr/sbin/nologin ringward \
    && install -d -o ringward -g ringward -m 0750 /ringward
USER ringward
VOLUME /ringward
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 \
    CMD ["asterisk", "-C", "/ringward/etc/asterisk.conf", "-rx", "core waitfullybooted"]
ENTRYPOINT ["asterisk", "-f", "-C", "/ringward/etc/asterisk.conf"]

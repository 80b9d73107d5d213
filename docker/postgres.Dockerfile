# PostgreSQL as Debian packages it, without any network: it is reached over a socket in a shared volume, and knows its
# one client by the user the kernel says it is. So there is no password to keep.
FROM debian:forky-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql \
    && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ringward \
    && install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/ringward \
    && install -d -o postgres -g postgres -m 0755 /run/ringward-postgres
COPY docker/postgres-start.sh /usr/local/bin/postgres-start
USER postgres
VOLUME ["/var/lib/postgresql/ringward", "/run/ringward-postgres"]
STOPSIGNAL SIGINT
HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=10 \
    CMD ["pg_isready", "--quiet", "--host=/run/ringward-postgres", "--username=postgres", "--dbname=postgres"]
ENTRYPOINT ["postgres-start"]

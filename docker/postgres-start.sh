#!/bin/sh
# Makes the cluster with our one database at the first start, then becomes PostgreSQL.
set -eu
programs="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
cluster=/var/lib/postgresql/ringward/cluster
if [ ! -e "$cluster" ]; then
    # Made beside its place and moved there whole: a first start that was cut off must not leave half a cluster.
    rm -rf "$cluster.new"
    "$programs/initdb" --pgdata="$cluster.new" --username=postgres --auth=peer --encoding=UTF8 --locale=C.UTF-8
    "$programs/postgres" --single -D "$cluster.new" postgres <<'SQL'
CREATE ROLE ringward LOGIN
CREATE DATABASE ringward OWNER ringward
SQL
    mv "$cluster.new" "$cluster"
fi
exec "$programs/postgres" -D "$cluster" -c listen_addresses= -c unix_socket_directories=/run/ringward-postgres

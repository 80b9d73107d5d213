"""The store suite runs every test twice: on SQLite and on a real PostgreSQL.

Migrating is slow: a migrated SQLite file is made once and copied for every test, a PostgreSQL database emptied.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from cti.store.engine import Store
from cti.store.migrate import upgrade

POSTGRES_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test run's own: loopback, a free port, an unprivileged user, nothing kept."""
    programs = POSTGRES_PROGRAMS[-1]
    # PostgreSQL's user must be able to walk to its folder; pytest's own is closed to others.
    folder = Path("/tmp") / f"ringward-postgres-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster = folder / "cluster"
    initdb = [programs / "initdb", "-D", cluster, "-U", "ringward", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    settings = f"-c listen_addresses=127.0.0.1 -p {port} -k '' -c fsync=off -c full_page_writes=off"
    control = [*as_user, str(programs / "pg_ctl"), "-D", str(cluster), "-w"]
    subprocess.run([*as_user, *map(str, initdb), "--no-sync"], check=True, capture_output=True, cwd=folder)
    try:
        log = ["-l", str(folder / "log"), "-o", settings]
        subprocess.run([*control, *log, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        yield f"postgresql+asyncpg://ringward@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd=folder)
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database this run of the test uses."""
    name: str = request.param
    return name


@pytest.fixture
async def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A database with nothing in it."""
    if backend == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"test_{uuid.uuid4().hex[:12]}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "ringward.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_url: str) -> str:
    """A migrated PostgreSQL database."""
    url = make_url(postgres_url).set(database="migrated")
    server = ["-h", "127.0.0.1", "-p", str(url.port), "-U", str(url.username)]
    subprocess.run([POSTGRES_PROGRAMS[-1] / "createdb", *server, "migrated"], check=True)
    migrated = url.render_as_string(hide_password=False)
    upgrade(migrated)
    return migrated


@pytest.fixture
async def store_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A migrated database with nothing in its tables."""
    if backend == "sqlite":
        path = tmp_path / "ringward.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite+aiosqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgres_url")
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        kept = ", ".join(f'"{table}"' for table in tables if table != "alembic_version")
        await connection.execute(text(f"TRUNCATE {kept} RESTART IDENTITY"))
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A store over a migrated empty database."""
    opened = Store(store_url)
    yield opened
    await opened.close()

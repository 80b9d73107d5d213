"""The store suite runs every test twice: on SQLite and on a real PostgreSQL.

Migrating is slow: a migrated SQLite file is made once and copied for every test, a PostgreSQL database emptied.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

import cti.privacy.traces  # noqa: F401 - declares every room's tables, whichever tests run alone
from cti.audit.model import GENESIS
from cti.store.engine import Store
from cti.store.migrate import upgrade
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run's own."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """Its database for nobody in particular."""
    return postgres.url


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
def migrated_postgres_url(postgres: PostgresServer) -> str:
    """A migrated PostgreSQL database."""
    migrated = postgres.create("migrated")
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
        kept = ", ".join(f'"{table}"' for table in tables if table not in {"alembic_version", "audit_head"})
        # As a replica the server fires no triggers: those of the audit refuse to be emptied.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(f"UPDATE audit_head SET number = 0, link = '{GENESIS}'"))
        await connection.execute(text(f"TRUNCATE {kept} RESTART IDENTITY"))
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """A store over a migrated empty database."""
    opened = Store(store_url)
    yield opened
    await opened.close()

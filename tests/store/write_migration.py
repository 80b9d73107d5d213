"""Writes a new migration step from the difference between the tables and the steps so far.

    python -m tests.store.write_migration "what changes"

Stands with the tests because only they, not `cti.store`, may know every room's tables.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

import cti.agents.tables
import cti.audit.tables
import cti.calls.tables
import cti.customers.identity_tables
import cti.customers.intake_tables
import cti.customers.tables
import cti.customers.worth.tables
import cti.pocket.tables
import cti.promises.tables
import cti.reports.tables
import cti.store.revisions
import cti.wall.tables
import cti.wrapup.tables  # noqa: F401 - fill Base.metadata
from cti.store.migrate import configuration, newest_revision, upgrade


def main(message: str) -> None:
    """Write the step on a scratch SQLite database that is at the newest revision."""
    number = int((newest_revision() or "0").split("_")[0]) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'scratch.sqlite3'}"
        if number > 1:
            upgrade(url)
        asyncio.run(_write(url, message, f"{number:04d}"))


async def _write(url: str, message: str, number: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(
            lambda sync: command.revision(configuration(sync), message, autogenerate=True, rev_id=number)
        )


if __name__ == "__main__":
    main(sys.argv[1])

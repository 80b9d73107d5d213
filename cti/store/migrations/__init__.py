"""Alembic's environment. One file a step in `versions/`, the same for SQLite and PostgreSQL.

Must not import any room: `upgrade` needs no table, only the written steps. A new step is written by
`python -m tests.store.write_migration "what changes"`, which knows every room's tables.
"""

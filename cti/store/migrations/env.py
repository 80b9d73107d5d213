"""Runs migration steps on the connection that `cti.store.migrate` opened. Must not open one itself."""

from __future__ import annotations

from alembic import context

from cti.store.base import Base
from cti.store.migrate import is_declared

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    include_object=is_declared,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

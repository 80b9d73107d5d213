"""Keep who asked to be called back, whom callers spoke with outside, and what they hear while they wait.

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bridged", cti.store.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("callback_asked", cti.store.base.UtcDateTime(timezone=True), nullable=True))
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=10), server_default="missed", nullable=False))
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waiting", sa.String(length=10), server_default="", nullable=False))
        batch_op.add_column(sa.Column("waiting_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("waiting_language", sa.String(length=5), server_default="", nullable=False))
        batch_op.add_column(sa.Column("waiting_answered", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.drop_column("waiting_answered")
        batch_op.drop_column("waiting_language")
        batch_op.drop_column("waiting_seconds")
        batch_op.drop_column("waiting")
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.drop_column("origin")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("callback_asked")
        batch_op.drop_column("bridged")

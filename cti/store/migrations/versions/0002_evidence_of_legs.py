"""Keep the evidence a leg's reason is decided from: its cause, whether it was refused, and when it was connected.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_legs") as table:
        table.add_column(sa.Column("connected", cti.store.base.UtcDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("cause", sa.Integer(), nullable=True))
    with op.batch_alter_table("calls") as table:
        table.add_column(sa.Column("steps_over", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("calls") as table:
        table.drop_column("steps_over")
    with op.batch_alter_table("call_legs") as table:
        table.drop_column("cause")
        table.drop_column("refused")
        table.drop_column("connected")

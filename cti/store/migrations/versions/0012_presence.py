"""Keep how everybody was, and until when they said so.

Revision 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presence_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=True),
        sa.Column("until", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("left_page", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_changes")),
    )
    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.create_index("ix_presence_changes_agent_code_at", ["agent_code", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_presence_changes_at"), ["at"], unique=False)

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("presence_reason", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("presence_since", cti.store.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("presence_until", cti.store.base.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_column("presence_until")
        batch_op.drop_column("presence_since")
        batch_op.drop_column("presence_reason")

    with op.batch_alter_table("presence_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_presence_changes_at"))
        batch_op.drop_index("ix_presence_changes_agent_code_at")

    op.drop_table("presence_changes")

"""Keep what was decided for each call, and what each rehearsal of the chains found.

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_plans",
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_call_plans")),
    )
    with op.batch_alter_table("call_plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_plans_at"), ["at"], unique=False)
    op.create_table(
        "rehearsals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
    )
    with op.batch_alter_table("rehearsals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rehearsals_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("rehearsals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rehearsals_at"))
    op.drop_table("rehearsals")
    with op.batch_alter_table("call_plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_plans_at"))
    op.drop_table("call_plans")

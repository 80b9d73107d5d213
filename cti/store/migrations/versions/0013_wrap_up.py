"""Keep what came of calls, and next steps beside calls back.

Revision 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wrap_ups",
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("started", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ends", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("ended", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=False),
        sa.Column("disposition", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_step_due", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("saved", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("saved_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_wrap_ups")),
    )
    with op.batch_alter_table("wrap_ups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrap_ups_agent"), ["agent"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrap_ups_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrap_ups_disposition"), ["disposition"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrap_ups_ended"), ["ended"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrap_ups_matter_id"), ["matter_id"], unique=False)

    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=20), server_default="call_back", nullable=False))
        batch_op.add_column(sa.Column("text", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.drop_column("text")
        batch_op.drop_column("kind")

    with op.batch_alter_table("wrap_ups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrap_ups_matter_id"))
        batch_op.drop_index(batch_op.f("ix_wrap_ups_ended"))
        batch_op.drop_index(batch_op.f("ix_wrap_ups_disposition"))
        batch_op.drop_index(batch_op.f("ix_wrap_ups_customer_id"))
        batch_op.drop_index(batch_op.f("ix_wrap_ups_agent"))

    op.drop_table("wrap_ups")

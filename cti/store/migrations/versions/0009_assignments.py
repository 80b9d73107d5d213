"""Keep who looked after which customer, from when until when; who has one now has had them since they came.

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("starts", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_assignments_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_agent_ends", "assignments", ["agent", "ends"], unique=False)
    op.create_index(op.f("ix_assignments_customer_id"), "assignments", ["customer_id"], unique=False)
    op.execute(
        'INSERT INTO assignments (customer_id, agent, starts, "by", reason) '
        "SELECT id, owner, created, source, '' FROM customers WHERE owner IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_assignments_customer_id"), table_name="assignments")
    op.drop_index("ix_assignments_agent_ends", table_name="assignments")
    op.drop_table("assignments")

"""Keep what each customer is worth, plays for segments of them, and what an order earns and when it was paid.

Revision 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "plays",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("prompt", sa.String(length=300), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_plays")),
    )
    op.create_table(
        "customer_worth",
        sa.Column("customer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computed", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("orders_life", sa.Integer(), nullable=False),
        sa.Column("margin_life", sa.BigInteger(), nullable=False),
        sa.Column("first_order", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_order", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("orders_12m", sa.Integer(), nullable=False),
        sa.Column("turnover_12m", sa.BigInteger(), nullable=False),
        sa.Column("margin_12m", sa.BigInteger(), nullable=False),
        sa.Column("margin_90d", sa.BigInteger(), nullable=False),
        sa.Column("quotes_12m", sa.Integer(), nullable=False),
        sa.Column("pay_days", sa.Integer(), nullable=True),
        sa.Column("contacts_12m", sa.Integer(), nullable=False),
        sa.Column("complaints_12m", sa.Integer(), nullable=False),
        sa.Column("renews", sa.Date(), nullable=True),
        sa.Column("rhythm_days", sa.Integer(), nullable=True),
        sa.Column("next_purchase", sa.Date(), nullable=True),
        sa.Column("recency", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("monetary", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("dormancy", sa.String(length=4), nullable=False),
        sa.Column("hollow", sa.Boolean(), nullable=False),
        sa.Column("sensitivity", sa.String(length=10), nullable=False),
        sa.Column("completeness", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_worth_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_worth")),
    )
    op.create_table(
        "play_outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("linkedid", sa.String(length=150), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_play_outcomes_customer_id_customers")),
        sa.ForeignKeyConstraint(["play"], ["plays.code"], name=op.f("fk_play_outcomes_play_plays")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play_outcomes")),
    )
    with op.batch_alter_table("play_outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_play_outcomes_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_play_outcomes_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_play_outcomes_play_customer", ["play", "customer_id"], unique=False)

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tier_by", sa.String(length=10), server_default="", nullable=False))

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("margin", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("settled", cti.store.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("renews", sa.Date(), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_column("renews")
        batch_op.drop_column("settled")
        batch_op.drop_column("margin")

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_column("tier_by")

    with op.batch_alter_table("play_outcomes", schema=None) as batch_op:
        batch_op.drop_index("ix_play_outcomes_play_customer")
        batch_op.drop_index(batch_op.f("ix_play_outcomes_customer_id"))
        batch_op.drop_index(batch_op.f("ix_play_outcomes_at"))

    op.drop_table("play_outcomes")
    op.drop_table("customer_worth")
    op.drop_table("plays")

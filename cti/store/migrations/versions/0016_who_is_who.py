"""Keep who is who: learned callers, duplicates, merges, identity numbers, own fields, waiting messages.

Revision 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_fields",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("ask", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_customer_fields")),
    )
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("winner_id", sa.Integer(), nullable=False),
        sa.Column("loser_id", sa.Integer(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("undone", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    with op.batch_alter_table("customer_merges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_merges_loser_id"), ["loser_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_merges_winner_id"), ["winner_id"], unique=False)

    op.create_table(
        "caller_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_caller_choices_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_choices")),
        sa.UniqueConstraint("e164", "customer_id", "bucket", name=op.f("uq_caller_choices_e164")),
    )
    with op.batch_alter_table("caller_choices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_caller_choices_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "duplicate_pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["customers.id"], name=op.f("fk_duplicate_pairs_first_id_customers")),
        sa.ForeignKeyConstraint(["second_id"], ["customers.id"], name=op.f("fk_duplicate_pairs_second_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_duplicate_pairs_first_id")),
    )
    with op.batch_alter_table("duplicate_pairs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_pairs_first_id"), ["first_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_pairs_score"), ["score"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_pairs_second_id"), ["second_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_duplicate_pairs_state"), ["state"], unique=False)

    op.create_table(
        "identity_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_identity_numbers_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_numbers")),
        sa.UniqueConstraint("customer_id", "kind", name=op.f("uq_identity_numbers_customer_id")),
    )
    with op.batch_alter_table("identity_numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_numbers_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_numbers_digest"), ["digest"], unique=False)

    op.create_table(
        "outgoing_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("not_before", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_outgoing_messages_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_messages_key")),
    )
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_messages_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_outgoing_messages_state_not_before", ["state", "not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_messages_target"), ["target"], unique=False)

    with op.batch_alter_table("customer_numbers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("valid_from", cti.store.base.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("customer_relations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("linkedid", sa.String(length=150), nullable=True))
        batch_op.add_column(sa.Column("since", cti.store.base.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_customers_code"), ["code"], unique=True)
        batch_op.create_index(batch_op.f("ix_customers_merged_into"), ["merged_into"], unique=False)

    with op.batch_alter_table("preferences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=20), server_default="preference", nullable=False))
        batch_op.add_column(sa.Column("linkedid", sa.String(length=150), nullable=True))
        batch_op.add_column(sa.Column("by", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("created", cti.store.base.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("preferences", schema=None) as batch_op:
        batch_op.drop_column("created")
        batch_op.drop_column("by")
        batch_op.drop_column("linkedid")
        batch_op.drop_column("kind")

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customers_merged_into"))
        batch_op.drop_index(batch_op.f("ix_customers_code"))
        batch_op.drop_column("merged_into")
        batch_op.drop_column("code")

    with op.batch_alter_table("customer_relations", schema=None) as batch_op:
        batch_op.drop_column("since")
        batch_op.drop_column("linkedid")
        batch_op.drop_column("source")

    with op.batch_alter_table("customer_numbers", schema=None) as batch_op:
        batch_op.drop_column("valid_from")

    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_messages_target"))
        batch_op.drop_index("ix_outgoing_messages_state_not_before")
        batch_op.drop_index(batch_op.f("ix_outgoing_messages_customer_id"))

    op.drop_table("outgoing_messages")
    with op.batch_alter_table("identity_numbers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_numbers_digest"))
        batch_op.drop_index(batch_op.f("ix_identity_numbers_customer_id"))

    op.drop_table("identity_numbers")
    with op.batch_alter_table("duplicate_pairs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_state"))
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_second_id"))
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_score"))
        batch_op.drop_index(batch_op.f("ix_duplicate_pairs_first_id"))

    op.drop_table("duplicate_pairs")
    with op.batch_alter_table("caller_choices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_caller_choices_customer_id"))

    op.drop_table("caller_choices")
    with op.batch_alter_table("customer_merges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_merges_winner_id"))
        batch_op.drop_index(batch_op.f("ix_customer_merges_loser_id"))

    op.drop_table("customer_merges")
    op.drop_table("customer_fields")

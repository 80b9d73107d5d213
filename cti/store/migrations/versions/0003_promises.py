"""Promises to call back: what is owed, the calls it comes from, its history, and its notices.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("caller", sa.String(length=250), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("raw", sa.String(length=200), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("dialled", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("why", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_missed", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_missed", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("since", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("escalated_to", sa.String(length=40), nullable=True),
        sa.Column("ended", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("kept_linkedid", sa.String(length=150), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promises_caller"), ["caller"], unique=False)
        batch_op.create_index(batch_op.f("ix_promises_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_promises_due"), ["due"], unique=False)
        batch_op.create_index(batch_op.f("ix_promises_number"), ["number"], unique=False)
        batch_op.create_index(batch_op.f("ix_promises_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_promises_revision"), ["revision"], unique=False)
        batch_op.create_index(batch_op.f("ix_promises_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_promises_open",
            ["caller"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "promise_calls",
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("promise_id", sa.Integer(), nullable=True),
        sa.Column("caller", sa.String(length=250), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_calls_promise_id_promises")),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_promise_calls")),
    )
    with op.batch_alter_table("promise_calls", schema=None) as batch_op:
        batch_op.create_index("ix_promise_calls_caller_at", ["caller", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_promise_calls_promise_id"), ["promise_id"], unique=False)

    op.create_table(
        "promise_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=True),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_history_promise_id_promises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_history")),
    )
    with op.batch_alter_table("promise_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_history_promise_id"), ["promise_id"], unique=False)

    op.create_table(
        "promise_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_try", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("given_up", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_notices_promise_id_promises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_promise_notices_key")),
    )
    with op.batch_alter_table("promise_notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_notices_promise_id"), ["promise_id"], unique=False)
        batch_op.create_index("ix_promise_notices_waiting", ["next_try", "sent"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("promise_notices", schema=None) as batch_op:
        batch_op.drop_index("ix_promise_notices_waiting")
        batch_op.drop_index(batch_op.f("ix_promise_notices_promise_id"))

    op.drop_table("promise_notices")
    with op.batch_alter_table("promise_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_history_promise_id"))

    op.drop_table("promise_history")
    with op.batch_alter_table("promise_calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promise_calls_promise_id"))
        batch_op.drop_index("ix_promise_calls_caller_at")

    op.drop_table("promise_calls")
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_promises_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_promises_state"))
        batch_op.drop_index(batch_op.f("ix_promises_revision"))
        batch_op.drop_index(batch_op.f("ix_promises_owner"))
        batch_op.drop_index(batch_op.f("ix_promises_number"))
        batch_op.drop_index(batch_op.f("ix_promises_due"))
        batch_op.drop_index(batch_op.f("ix_promises_customer_id"))
        batch_op.drop_index(batch_op.f("ix_promises_caller"))

    op.drop_table("promises")

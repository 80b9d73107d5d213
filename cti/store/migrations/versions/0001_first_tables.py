"""Tables of agents, customers and calls.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("nickname", sa.String(length=100), nullable=False),
        sa.Column("department", sa.String(length=100), nullable=False),
        sa.Column("extension", sa.String(length=20), nullable=True),
        sa.Column("mobile", sa.String(length=20), nullable=True),
        sa.Column("deputy", sa.String(length=40), nullable=True),
        sa.Column("desk_seconds", sa.Integer(), nullable=False),
        sa.Column("mobile_seconds", sa.Integer(), nullable=False),
        sa.Column("deputy_seconds", sa.Integer(), nullable=False),
        sa.Column("presence", sa.String(length=20), nullable=False),
        sa.Column("phone_secret", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("code", name=op.f("uq_agents_code")),
        sa.UniqueConstraint("extension", name=op.f("uq_agents_extension")),
    )
    op.create_table(
        "calls",
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("caller_raw", sa.String(length=200), nullable=False),
        sa.Column("caller_name", sa.String(length=200), nullable=False),
        sa.Column("caller_e164", sa.String(length=20), nullable=True),
        sa.Column("dialled", sa.String(length=60), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.String(length=40), nullable=True),
        sa.Column("plan_source", sa.String(length=10), nullable=True),
        sa.Column("caller_channel", sa.String(length=150), nullable=True),
        sa.Column("started", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calls_caller_e164"), ["caller_e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_started"), ["started"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_state"), ["state"], unique=False)

    op.create_table(
        "customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("terms", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("created", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customers_external_id")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customers_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_customers_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_customers_revision"), ["revision"], unique=False)

    op.create_table(
        "groups",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_groups")),
    )
    op.create_table(
        "journal_marks",
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_journal_marks")),
    )
    op.create_table(
        "revisions",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_revisions")),
    )
    op.create_table(
        "call_legs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("endpoint", sa.String(length=200), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=150), nullable=True),
        sa.Column("started", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ringing", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("picked_up", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(
            ["linkedid"], ["calls.linkedid"], name=op.f("fk_call_legs_linkedid_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_legs")),
        sa.UniqueConstraint("linkedid", "position", name=op.f("uq_call_legs_linkedid")),
    )
    with op.batch_alter_table("call_legs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_legs_agent"), ["agent"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_legs_linkedid"), ["linkedid"], unique=False)

    op.create_table(
        "customer_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("raw", sa.String(length=60), nullable=False),
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column("extension", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("valid_until", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_numbers_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_numbers")),
        sa.UniqueConstraint("customer_id", "e164", name=op.f("uq_customer_numbers_customer_id")),
    )
    with op.batch_alter_table("customer_numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_numbers_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_numbers_e164"), ["e164"], unique=False)

    op.create_table(
        "customer_relations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_relations_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["of_id"], ["customers.id"], name=op.f("fk_customer_relations_of_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_relations")),
        sa.UniqueConstraint("customer_id", "of_id", "role", name=op.f("uq_customer_relations_customer_id")),
    )
    with op.batch_alter_table("customer_relations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_relations_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_relations_of_id"), ["of_id"], unique=False)

    op.create_table(
        "group_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_group_members_agent_code_agents")),
        sa.ForeignKeyConstraint(["group_code"], ["groups.code"], name=op.f("fk_group_members_group_code_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("group_code", "agent_code", name=op.f("uq_group_members_group_code")),
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("linkedid", sa.String(length=150), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_interactions_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
    )
    with op.batch_alter_table("interactions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interactions_at"), ["at"], unique=False)
        batch_op.create_index("ix_interactions_customer_id_at", ["customer_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_interactions_linkedid"), ["linkedid"], unique=False)
        batch_op.create_index(
            "uq_interactions_call",
            ["linkedid"],
            unique=True,
            sqlite_where=sa.text("channel = 'phone'"),
            postgresql_where=sa.text("channel = 'phone'"),
        )

    op.create_table(
        "leaves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=False),
        sa.Column("starts", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("deputy", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_leaves_agent_code_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leaves_agent_code"), ["agent_code"], unique=False)

    op.create_table(
        "logins",
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_logins_agent_code_agents")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_logins")),
    )
    op.create_table(
        "matters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_matters_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
    )
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_matters_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "numbers",
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=True),
        sa.Column("group_code", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_numbers_agent_code_agents")),
        sa.ForeignKeyConstraint(["group_code"], ["groups.code"], name=op.f("fk_numbers_group_code_groups")),
        sa.PrimaryKeyConstraint("e164", name=op.f("pk_numbers")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("placed", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("external_id", name=op.f("uq_orders_external_id")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_customer_id_placed", ["customer_id", "placed"], unique=False)

    op.create_table(
        "preferences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("times_confirmed", sa.Integer(), nullable=False),
        sa.Column("last_confirmed", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("do_not_mention", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_preferences_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
        sa.UniqueConstraint("customer_id", "key", name=op.f("uq_preferences_customer_id")),
    )
    with op.batch_alter_table("preferences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_preferences_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("created", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["logins.login"], name=op.f("fk_sessions_login_logins")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires"), ["expires"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_login"), ["login"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_login"))
        batch_op.drop_index(batch_op.f("ix_sessions_expires"))

    op.drop_table("sessions")
    with op.batch_alter_table("preferences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_preferences_customer_id"))

    op.drop_table("preferences")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_customer_id_placed")

    op.drop_table("orders")
    op.drop_table("numbers")
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matters_customer_id"))

    op.drop_table("matters")
    op.drop_table("logins")
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leaves_agent_code"))

    op.drop_table("leaves")
    with op.batch_alter_table("interactions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_interactions_call",
            sqlite_where=sa.text("channel = 'phone'"),
            postgresql_where=sa.text("channel = 'phone'"),
        )
        batch_op.drop_index(batch_op.f("ix_interactions_linkedid"))
        batch_op.drop_index("ix_interactions_customer_id_at")
        batch_op.drop_index(batch_op.f("ix_interactions_at"))

    op.drop_table("interactions")
    op.drop_table("group_members")
    with op.batch_alter_table("customer_relations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_relations_of_id"))
        batch_op.drop_index(batch_op.f("ix_customer_relations_customer_id"))

    op.drop_table("customer_relations")
    with op.batch_alter_table("customer_numbers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_numbers_e164"))
        batch_op.drop_index(batch_op.f("ix_customer_numbers_customer_id"))

    op.drop_table("customer_numbers")
    with op.batch_alter_table("call_legs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_legs_linkedid"))
        batch_op.drop_index(batch_op.f("ix_call_legs_agent"))

    op.drop_table("call_legs")
    op.drop_table("revisions")
    op.drop_table("journal_marks")
    op.drop_table("groups")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customers_revision"))
        batch_op.drop_index(batch_op.f("ix_customers_owner"))
        batch_op.drop_index(batch_op.f("ix_customers_name"))

    op.drop_table("customers")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calls_state"))
        batch_op.drop_index(batch_op.f("ix_calls_started"))
        batch_op.drop_index(batch_op.f("ix_calls_customer_id"))
        batch_op.drop_index(batch_op.f("ix_calls_caller_e164"))

    op.drop_table("calls")
    op.drop_table("agents")

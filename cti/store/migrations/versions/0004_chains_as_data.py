"""Chains as data: services, hours, calendar, rota, tiers, agents' own steps, and every change of them.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "hours",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("weekly", sa.String(length=500), nullable=False),
        sa.Column("region", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_hours")),
    )
    op.create_table(
        "routing_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_changes")),
    )
    with op.batch_alter_table("routing_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_routing_changes_version"), ["version"], unique=False)

    op.create_table(
        "tiers",
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("desk_seconds", sa.Integer(), nullable=True),
        sa.Column("mobile_seconds", sa.Integer(), nullable=True),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tier", name=op.f("pk_tiers")),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=False),
        sa.Column("starts", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_duties_agent_code_agents")),
        sa.ForeignKeyConstraint(["group_code"], ["groups.code"], name=op.f("fk_duties_group_code_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duties_group_code"), ["group_code"], unique=False)

    op.create_table(
        "services",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=True),
        sa.Column("hours_code", sa.String(length=40), nullable=True),
        sa.Column("closed_group", sa.String(length=40), nullable=True),
        sa.Column("overflow_group", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["closed_group"], ["groups.code"], name=op.f("fk_services_closed_group_groups")),
        sa.ForeignKeyConstraint(["group_code"], ["groups.code"], name=op.f("fk_services_group_code_groups")),
        sa.ForeignKeyConstraint(["hours_code"], ["hours.code"], name=op.f("fk_services_hours_code_hours")),
        sa.ForeignKeyConstraint(["overflow_group"], ["groups.code"], name=op.f("fk_services_overflow_group_groups")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_services")),
    )
    op.create_table(
        "service_teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_code", sa.String(length=40), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["group_code"], ["groups.code"], name=op.f("fk_service_teams_group_code_groups")),
        sa.ForeignKeyConstraint(
            ["service_code"], ["services.code"], name=op.f("fk_service_teams_service_code_services")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_teams")),
        sa.UniqueConstraint("service_code", "tier", "kind", name=op.f("uq_service_teams_service_code")),
    )
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("profile", sa.String(length=20), server_default="desk-and-mobile", nullable=False)
        )
        batch_op.add_column(sa.Column("steps", sa.String(length=200), server_default="", nullable=False))

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deputy", sa.String(length=40), nullable=True))

    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about_agent", sa.String(length=40), nullable=True))

    with op.batch_alter_table("numbers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("service_code", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_numbers_service_code_services"), "services", ["service_code"], ["code"]
        )

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_column("ends")

    with op.batch_alter_table("numbers", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_numbers_service_code_services"), type_="foreignkey")
        batch_op.drop_column("service_code")

    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.drop_column("about_agent")

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_column("deputy")

    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_column("steps")
        batch_op.drop_column("profile")

    op.drop_table("service_teams")
    op.drop_table("services")
    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duties_group_code"))

    op.drop_table("duties")
    op.drop_table("tiers")
    with op.batch_alter_table("routing_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_routing_changes_version"))

    op.drop_table("routing_changes")
    op.drop_table("hours")
    op.drop_table("calendar_days")

"""Keep the links of pocket cards, and the ways by which each agent gets them.

Revision 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pocket_cards",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("endpoint", sa.String(length=200), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("issued", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.Column("ended", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("opened", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("sent", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.Column("shown_link", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pocket_cards")),
        sa.UniqueConstraint("digest", name=op.f("uq_pocket_cards_digest")),
    )
    with op.batch_alter_table("pocket_cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pocket_cards_expires"), ["expires"], unique=False)
        batch_op.create_index(batch_op.f("ix_pocket_cards_issued"), ["issued"], unique=False)
        batch_op.create_index("ix_pocket_cards_linkedid_agent", ["linkedid", "agent"], unique=False)

    op.create_table(
        "pocket_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last", cti.store.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_pocket_channels_agent_code_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pocket_channels")),
    )
    with op.batch_alter_table("pocket_channels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pocket_channels_agent_code"), ["agent_code"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("pocket_channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pocket_channels_agent_code"))

    op.drop_table("pocket_channels")
    with op.batch_alter_table("pocket_cards", schema=None) as batch_op:
        batch_op.drop_index("ix_pocket_cards_linkedid_agent")
        batch_op.drop_index(batch_op.f("ix_pocket_cards_issued"))
        batch_op.drop_index(batch_op.f("ix_pocket_cards_expires"))

    op.drop_table("pocket_cards")

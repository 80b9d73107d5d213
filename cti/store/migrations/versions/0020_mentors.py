"""Who looks after a newcomer's calls, and until when.

Revision 0020, after 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mentors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_code", sa.String(length=40), nullable=False),
        sa.Column("mentor_code", sa.String(length=40), nullable=False),
        sa.Column("starts", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["agent_code"], ["agents.code"], name=op.f("fk_mentors_agent_code_agents")),
        sa.ForeignKeyConstraint(["mentor_code"], ["agents.code"], name=op.f("fk_mentors_mentor_code_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentors")),
    )
    with op.batch_alter_table("mentors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mentors_agent_code"), ["agent_code"], unique=False)


def downgrade() -> None:
    op.drop_table("mentors")

"""Tokens of the screens that show the wallboard.

Revision 0019, after 0018.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "wall_tokens",
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created", cti.store.base.UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_wall_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_wall_tokens_token_sha256")),
    )


def downgrade() -> None:

    op.drop_table("wall_tokens")

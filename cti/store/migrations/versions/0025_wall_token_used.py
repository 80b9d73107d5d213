"""When a screen last showed the wallboard.

Revision 0025, after 0024.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("wall_tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("used", cti.store.base.UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("wall_tokens", schema=None) as batch_op:
        batch_op.drop_column("used")

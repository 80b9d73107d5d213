"""To whom each call was handed on, by whom, and whether it came back.

Revision 0014, after 0013.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("transfers", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("transfers")

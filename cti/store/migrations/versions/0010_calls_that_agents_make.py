"""Calls that agents make, whom they went to, and how often a missed caller was called back in vain.

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dialled_e164", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("made_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("shown", sa.String(length=40), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_calls_dialled_e164"), ["dialled_e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_made_by"), ["made_by"], unique=False)

    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.add_column(sa.Column("called_back", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:

    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.drop_column("called_back")

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calls_made_by"))
        batch_op.drop_index(batch_op.f("ix_calls_dialled_e164"))
        batch_op.drop_column("shown")
        batch_op.drop_column("made_by")
        batch_op.drop_column("dialled_e164")

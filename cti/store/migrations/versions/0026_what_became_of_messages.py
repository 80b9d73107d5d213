"""When a message to a customer was last tried, who gave it up and why; who dismissed a waiting one and why.

Revision 0026, after 0025.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tried", cti.store.base.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("decided", cti.store.base.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reason", sa.String(length=300), nullable=False, server_default=""))
    with op.batch_alter_table("waiting_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dismissed", cti.store.base.UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("dismissed_by", sa.String(length=100), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reason", sa.String(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("waiting_messages", schema=None) as batch_op:
        batch_op.drop_column("reason")
        batch_op.drop_column("dismissed_by")
        batch_op.drop_column("dismissed")
    with op.batch_alter_table("outgoing_messages", schema=None) as batch_op:
        batch_op.drop_column("reason")
        batch_op.drop_column("decided_by")
        batch_op.drop_column("decided")
        batch_op.drop_column("tried")

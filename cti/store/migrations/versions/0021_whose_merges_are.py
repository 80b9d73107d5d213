"""Say by foreign keys whose merges are, so that erasing a customer reaches them.

Revision 0021, after 0020.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("customer_merges", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_customer_merges_winner_id_customers"), "customers", ["winner_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_customer_merges_loser_id_customers"), "customers", ["loser_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("customer_merges", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_customer_merges_loser_id_customers"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_customer_merges_winner_id_customers"), type_="foreignkey")

"""Give PostgreSQL the indexes that a search of customers as one types needs. SQLite's LIKE reads its own.

Revision 0023, after 0022.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Collated by bytes: that is the order a LIKE of a beginning can use, and the first ten of a thousand are read alone.
BEGINNINGS = {
    "px_customers_name": 'customers (lower(name) COLLATE "C")',
    "px_customers_code": 'customers (lower(code) COLLATE "C")',
    "px_customers_external_id": 'customers (lower(external_id) COLLATE "C")',
    "px_orders_external_id": 'orders (lower(external_id) COLLATE "C")',
    "px_customer_numbers_e164": 'customer_numbers (lower(e164) COLLATE "C")',
}
# Without fastupdate, which would leave what an import brought in a list that every search reads through.
MIDDLES = {
    "px_customers_name_trigrams": "customers USING gin (name gin_trgm_ops) WITH (fastupdate = off)",
    "px_customer_numbers_e164_trigrams": "customer_numbers USING gin (e164 gin_trgm_ops) WITH (fastupdate = off)",
}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for name, what in BEGINNINGS.items():
        op.execute(text(f"CREATE INDEX {name} ON {what}"))
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            for name, what in MIDDLES.items():
                connection.execute(text(f"CREATE INDEX {name} ON {what}"))
    except DBAPIError:
        # Not installed on the server, or this role may not add it: what stands in the middle of a name or number is
        # found all the same, by reading through. docs/customers.md says how to add these two later.
        return


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in (*BEGINNINGS, *MIDDLES):
        op.execute(text(f"DROP INDEX IF EXISTS {name}"))

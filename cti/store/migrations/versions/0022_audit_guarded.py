"""Close what the audit's triggers left open: on SQLite a REPLACE deletes without them, on PostgreSQL a TRUNCATE of the
contents, and on both the end of the chain could be set back or taken away.

Revision 0022, after 0021.
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

REPLACED = {
    "audit_entries": "NEW.number IN (SELECT number FROM audit_entries)",
    "audit_contents": "NEW.number IN (SELECT number FROM audit_contents)",
}
TRUNCATED = ("audit_contents", "audit_head")
REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
CALLED = "EXECUTE FUNCTION audit_only_grows()"
SET_BACK = "NEW.number < OLD.number OR NEW.id <> OLD.id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, there in REPLACED.items():
            op.execute(f"CREATE TRIGGER {table}_replace_refused BEFORE INSERT ON {table} WHEN {there} {REFUSED}")
        op.execute(f"CREATE TRIGGER audit_head_delete_refused BEFORE DELETE ON audit_head {REFUSED}")
        op.execute(f"CREATE TRIGGER audit_head_update_refused BEFORE UPDATE ON audit_head WHEN {SET_BACK} {REFUSED}")
        return
    for table in TRUNCATED:
        op.execute(f"CREATE TRIGGER {table}_truncate_refused BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {CALLED}")
    op.execute(f"CREATE TRIGGER audit_head_delete_refused BEFORE DELETE ON audit_head FOR EACH ROW {CALLED}")
    op.execute(
        f"CREATE TRIGGER audit_head_update_refused BEFORE UPDATE ON audit_head FOR EACH ROW WHEN ({SET_BACK}) {CALLED}"
    )


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    made = [f"{table}_replace_refused" for table in REPLACED] if on_sqlite else []
    made += [] if on_sqlite else [f"{table}_truncate_refused" for table in TRUNCATED]
    for name in (*made, "audit_head_delete_refused", "audit_head_update_refused"):
        table = "_".join(name.split("_")[:2])
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")

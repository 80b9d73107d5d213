"""Keep an audit that only grows: entries chained by hash, which the database itself refuses to change or delete.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import cti.store.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GENESIS = "0" * 64

FORBIDDEN = (("audit_entries", "UPDATE"), ("audit_entries", "DELETE"), ("audit_contents", "UPDATE"))


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", cti.store.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("department", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=150), nullable=False),
        sa.Column("linkedid", sa.String(length=150), nullable=True),
        sa.Column("recording", sa.String(length=200), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    for column in ("at", "action", "actor", "subject_id", "linkedid"):
        op.create_index(op.f(f"ix_audit_entries_{column}"), "audit_entries", [column], unique=False)
    op.create_table(
        "audit_contents",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["audit_entries.number"], name=op.f("fk_audit_contents_number_audit_entries")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_contents")),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "link": GENESIS}])
    if op.get_bind().dialect.name == "sqlite":
        for table, verb in FORBIDDEN:
            op.execute(
                f"CREATE TRIGGER {table}_{verb.lower()}_refused BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit only grows'; END $$"
    )
    for table, verb in FORBIDDEN:
        op.execute(
            f"CREATE TRIGGER {table}_{verb.lower()}_refused BEFORE {verb} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit_only_grows()"
        )
    op.execute(
        "CREATE TRIGGER audit_entries_truncate_refused BEFORE TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    )


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_table("audit_contents")
    for column in ("linkedid", "subject_id", "actor", "action", "at"):
        op.drop_index(op.f(f"ix_audit_entries_{column}"), table_name="audit_entries")
    op.drop_table("audit_entries")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_only_grows()")

"""Why it is not known whom a report is about and how many; a divided report is about the same people as the first."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_REASONS = "('answered', 'not_asked', 'refused', 'unknown', 'not_applicable')"


def upgrade() -> None:
    op.add_column("affected", sa.Column("first_report_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_affected_first_report_id_report", "affected", "report", ["first_report_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(
        "ix_affected_first_report_id", "affected", ["first_report_id"],
        postgresql_where=sa.text("first_report_id IS NOT NULL"),
    )  # fmt: skip
    op.alter_column("affected", "role", nullable=True)
    for item in ("sex", "age", "difficulty"):
        op.execute(
            f"UPDATE affected SET {item}_why = 'not_applicable'"
            f" WHERE role <> 'person' AND {item}_why IN ('not_asked', 'unknown')"
        )
    for item in ("role", "number"):
        op.add_column("affected", sa.Column(f"{item}_why", sa.Text(), nullable=False, server_default="not_asked"))
        op.execute(f"UPDATE affected SET {item}_why = 'answered' WHERE {item} IS NOT NULL")
        op.create_check_constraint(op.f(f"ck_affected_{item}_why"), "affected", f"{item}_why IN {_REASONS}")
        op.create_check_constraint(
            op.f(f"ck_affected_{item}_answered"), "affected", f"({item} IS NOT NULL) = ({item}_why = 'answered')"
        )


def downgrade() -> None:
    op.execute("DELETE FROM affected WHERE role IS NULL")
    for item in ("role", "number"):
        op.drop_column("affected", f"{item}_why")
    op.alter_column("affected", "role", nullable=False)
    op.drop_index("ix_affected_first_report_id", "affected")
    op.drop_column("affected", "first_report_id")

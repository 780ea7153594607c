"""A report knows the account or the browser that sent it, and an account since when its volunteer is accredited."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("accredited_on", sa.Date(), nullable=True))
    op.add_column("report", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.add_column("report", sa.Column("browser_hash", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_report_account_id_account", "report", "account", ["account_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(
        "ix_report_by_browser", "report", ["campaign_id", "reported_at"],
        postgresql_where=sa.text("browser_hash IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_report_by_browser", "report")
    op.drop_column("report", "browser_hash")
    op.drop_column("report", "account_id")
    op.drop_column("account", "accredited_on")

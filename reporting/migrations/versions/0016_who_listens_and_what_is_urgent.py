"""Who receives the messages of a campaign, which topics are urgent, and what a report may be besides."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("organisation", sa.Text()))
    op.add_column("campaign", sa.Column("contact", sa.Text()))
    op.add_column("campaign", sa.Column("privacy_notice", JSONB(), nullable=False, server_default="{}"))
    op.add_column("topic", sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("report", sa.Column("other_topics", JSONB(), nullable=False, server_default="[]"))
    op.add_column("report", sa.Column("other_places", JSONB(), nullable=False, server_default="[]"))
    op.add_column(
        "report",
        sa.Column("perhaps_answers_id", sa.BigInteger(), sa.ForeignKey("report.id", ondelete="SET NULL")),
    )
    op.create_index(
        "ix_report_perhaps_answers", "report", ["perhaps_answers_id"],
        postgresql_where=sa.text("perhaps_answers_id IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_report_perhaps_answers", table_name="report")
    for column in ("perhaps_answers_id", "other_places", "other_topics"):
        op.drop_column("report", column)
    op.drop_column("topic", "is_urgent")
    for column in ("privacy_notice", "contact", "organisation"):
        op.drop_column("campaign", column)

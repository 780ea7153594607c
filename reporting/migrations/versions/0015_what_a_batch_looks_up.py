"""Indexes for what batches of messages, rounds of answers and pages of reports look up, whatever stands in the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_report_restricted_by_contact", "report", ["contact_id", "reported_at", "id"],
        postgresql_where=sa.text("is_sensitive"),
    )  # fmt: skip
    op.create_index("ix_report_list", "report", ["campaign_id", "state", "is_sensitive", "id"])
    op.create_index(
        "ix_report_approved", "report", ["campaign_id", "occurred_at"],
        postgresql_where=sa.text("state = 'approved' AND NOT is_sensitive"),
    )  # fmt: skip
    op.drop_index("ix_report_campaign_id_state", table_name="report")
    op.create_index(
        "ix_message_mark_without_words", "message", ["id"],
        postgresql_where=sa.text("direction = 'in' AND text = '' AND content_hash IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.create_index("ix_report_campaign_id_state", "report", ["campaign_id", "state"])
    op.drop_index("ix_report_approved", table_name="report")
    op.drop_index("ix_report_list", table_name="report")
    op.drop_index("ix_message_mark_without_words", table_name="message")
    op.drop_index("ix_report_restricted_by_contact", table_name="report")

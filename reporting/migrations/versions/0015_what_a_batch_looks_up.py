"""Indexes for what every batch of messages and every round of answers looks up, whatever stands in the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_report_restricted_by_contact", "report", ["contact_id", "id"], postgresql_where=sa.text("is_sensitive")
    )
    op.create_index(
        "ix_message_mark_without_words", "message", ["id"],
        postgresql_where=sa.text("direction = 'in' AND text = '' AND content_hash IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_message_mark_without_words", table_name="message")
    op.drop_index("ix_report_restricted_by_contact", table_name="report")

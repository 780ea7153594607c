"""What waits of an incident is found by an index; the one of the queue's old order, which nothing reads, goes."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_report_queue", table_name="report")
    op.create_index(
        "ix_report_incident_waiting",
        "report",
        ["incident_id", "id"],
        postgresql_where=sa.text("state = 'queued' AND NOT is_sensitive"),
    )


def downgrade() -> None:
    op.drop_index("ix_report_incident_waiting", table_name="report")
    op.create_index(
        "ix_report_queue",
        "report",
        ["campaign_id", "reported_at", "id"],
        postgresql_where=sa.text("state = 'queued'"),
    )

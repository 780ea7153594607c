"""The queue hands out what came first, whatever number it has."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 'queued'")


def upgrade() -> None:
    op.drop_index("ix_report_queue", table_name="report")
    op.create_index("ix_report_queue", "report", ["campaign_id", "reported_at", "id"], postgresql_where=_WAITS)


def downgrade() -> None:
    op.drop_index("ix_report_queue", table_name="report")
    op.create_index("ix_report_queue", "report", ["campaign_id", "id"], postgresql_where=_WAITS)

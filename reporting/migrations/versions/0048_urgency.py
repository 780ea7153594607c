"""How urgent a waiting report is, with its reasons, and the order of the desk by it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("urgency", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "report",
        sa.Column("urgency_reasons", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    # Most urgent first and then oldest first: one direction, so that a page begins behind a row of three values.
    op.create_index(
        "ix_report_urgent", "report",
        ["campaign_id", "state", "is_sensitive", sa.text("(- urgency)"), "reported_at", "id"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_report_urgent", "report")
    op.drop_column("report", "urgency_reasons")
    op.drop_column("report", "urgency")

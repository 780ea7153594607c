"""When each host last worked on a queue, for those who watch over the installation."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("queue", "host", name=op.f("pk_heartbeat")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeat TO baraza_app")


def downgrade() -> None:
    op.drop_table("heartbeat")

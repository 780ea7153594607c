"""The messages of a sender are found by an index: the report page and the simulator show them as a thread."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_message_contact_id", "message", ["contact_id", "id"], postgresql_where=sa.text("contact_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_message_contact_id", table_name="message")

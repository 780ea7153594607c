"""Ids that are plain hashes of content are found to be keyed; a gateway's own mark tells a message it brings twice."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("twin_hash", sa.LargeBinary))
    op.create_index(
        "ix_message_twin_hash", "message", ["twin_hash"], postgresql_where=sa.text("twin_hash IS NOT NULL")
    )
    op.create_index(
        "ix_message_unkeyed_id", "message", ["id"], postgresql_where=sa.text("external_id LIKE 'sha256:%'")
    )


def downgrade() -> None:
    op.drop_index("ix_message_unkeyed_id", "message")
    op.drop_index("ix_message_twin_hash", "message")
    op.drop_column("message", "twin_hash")

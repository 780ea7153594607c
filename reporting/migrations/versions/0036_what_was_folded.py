"""A row of the roll-up says whether it is a sum already, so that folding touches only months that changed."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("roll_up", sa.Column("is_folded", sa.Boolean(), nullable=False, server_default="false"))
    op.create_index(
        "ix_roll_up_not_folded", "roll_up", ["campaign_id", "month"], postgresql_where=sa.text("NOT is_folded")
    )


def downgrade() -> None:
    op.drop_index("ix_roll_up_not_folded", "roll_up")
    op.drop_column("roll_up", "is_folded")

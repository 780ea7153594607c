"""Call a number of ours a campaign address in messages and contacts too, and an index after the addresses it holds."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("message", "contact"):
        op.alter_column(table, "line", new_column_name="campaign_address")
    op.execute("ALTER INDEX ix_message_unprocessed_by_party RENAME TO ix_message_unprocessed_by_address")


def downgrade() -> None:
    op.execute("ALTER INDEX ix_message_unprocessed_by_address RENAME TO ix_message_unprocessed_by_party")
    for table in ("message", "contact"):
        op.alter_column(table, "campaign_address", new_column_name="line")

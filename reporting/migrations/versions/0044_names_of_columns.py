"""Two columns have the field's words: what is encrypted says so, and retention purges."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_NEW_BY_OLD = (("report", "minimised_at", "purged_at"), ("media", "source_sealed", "source_encrypted"))


def upgrade() -> None:
    for table, old, new in _NEW_BY_OLD:
        op.alter_column(table, old, new_column_name=new)


def downgrade() -> None:
    for table, old, new in _NEW_BY_OLD:
        op.alter_column(table, new, new_column_name=old)

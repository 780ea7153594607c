"""Names can be looked up by their last letters; places and boundaries have a version apart from lessons."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_search_name_from_behind", "search_name", ["campaign_id", sa.text("reverse(folded)")])
    op.add_column("gazetteer", sa.Column("names_version", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE gazetteer SET names_version = version")


def downgrade() -> None:
    op.drop_column("gazetteer", "names_version")
    op.drop_index("ix_search_name_from_behind", table_name="search_name")

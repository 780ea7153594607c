"""Names for the search box are folded anew at the next start: Arabic ones keep their vowels, and apostrophes join."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("TRUNCATE search_name")


def downgrade() -> None:
    op.execute("TRUNCATE search_name")

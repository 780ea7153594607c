"""Figures of a release are found by slice: all categories first, then the area."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_release_cell_codes",
        "release_cell",
        ["release_id", "codes", "area_level", "area_code", "month", "measure"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index("ix_release_cell_codes", "release_cell")

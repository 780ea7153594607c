"""The codes of a figure are one text, by which the public role may use an index.

Its rows are guarded by a policy, and behind a policy only leakproof operators reach an index: equality of text is one,
equality of arrays is not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_REST = ["area_level", "area_code", "month", "measure"]


def upgrade() -> None:
    op.drop_index("ix_release_cell_codes", "release_cell")
    # The codes are text, so that joining them depends on no setting, as the server's own function might.
    op.execute(
        "CREATE FUNCTION join_codes(codes text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE"
        " AS $$ SELECT array_to_string(codes, '|') $$"
    )
    op.add_column("release_cell", sa.Column("slice", sa.Text(), sa.Computed("join_codes(codes)", persisted=True), nullable=False))
    op.create_index("ix_release_cell_slice", "release_cell", ["release_id", "slice", *_REST], unique=True)


def downgrade() -> None:
    op.drop_index("ix_release_cell_slice", "release_cell")
    op.drop_column("release_cell", "slice")
    op.execute("DROP FUNCTION join_codes")
    op.create_index("ix_release_cell_codes", "release_cell", ["release_id", "codes", *_REST], unique=True)

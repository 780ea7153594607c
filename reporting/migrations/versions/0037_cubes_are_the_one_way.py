"""The earlier setting `cube` becomes the cube that it stood for; a seed that nothing reads goes."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_USED = """
    SELECT jsonb_agg(CASE name WHEN 'age_band' THEN 'age' ELSE name END ORDER BY number)
      FROM jsonb_array_elements_text(settings #> '{cube,dimensions}') WITH ORDINALITY AS listed(name, number)
     WHERE name NOT IN ('area', 'month', 'topic')
"""


def upgrade() -> None:
    op.execute(
        f"""
        UPDATE campaign
           SET settings = (settings - 'cube') || CASE
               WHEN jsonb_exists(settings, 'cubes') OR ({_USED}) IS NULL THEN '{{}}'
               ELSE jsonb_build_object('cubes', jsonb_build_object('incidents', jsonb_build_object(
                        'dimensions', '["topic"]' || ({_USED}), 'measures', '["people", "incidents"]'::jsonb)))
               END
         WHERE jsonb_exists(settings, 'cube')
        """
    )
    op.drop_column("campaign", "release_seed")


def downgrade() -> None:
    op.add_column(
        "campaign", sa.Column("release_seed", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()"))
    )

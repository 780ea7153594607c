"""Figures have codes by dimension, an estimate and a standard error; a ledger says which months were drawn.

Rows of earlier releases keep their values. Their codes are their topic, and they have no estimate.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE release_cell DISABLE TRIGGER USER")
    op.add_column("release_cell", sa.Column("area_level", sa.Integer(), nullable=True))
    op.add_column("release_cell", sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("release_cell", sa.Column("estimate", sa.BigInteger(), nullable=True))
    op.add_column("release_cell", sa.Column("standard_error", sa.Float(), nullable=True))
    op.add_column("release_cell", sa.Column("confidentiality", sa.Text(), nullable=False, server_default="F"))
    op.execute(
        "UPDATE release_cell SET codes = ARRAY[topic],"
        " area_level = coalesce((SELECT (policy ->> 'area_level')::int FROM release WHERE id = release_id), 2),"
        " confidentiality = CASE WHEN value IS NULL THEN 'C' ELSE 'F' END"
    )
    op.execute("ALTER TABLE release_cell ENABLE TRIGGER USER")
    op.execute("ALTER TABLE release_cell DROP CONSTRAINT pk_release_cell")
    op.drop_column("release_cell", "topic")
    op.alter_column("release_cell", "codes", nullable=False)
    op.alter_column("release_cell", "area_level", nullable=False)
    op.create_primary_key(
        "pk_release_cell", "release_cell", ["release_id", "area_level", "area_code", "month", "codes", "measure"]
    )
    op.execute("ALTER TABLE release_area DROP CONSTRAINT pk_release_area")
    op.create_primary_key("pk_release_area", "release_area", ["release_id", "level", "code"])
    op.drop_table("release_cell_report")
    op.create_table(
        "cube_month",
        sa.Column("campaign_id", sa.BigInteger(), sa.ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
        sa.Column("cube", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.BigInteger(), sa.ForeignKey("release.id", ondelete="CASCADE"), nullable=False),
        sa.Column("counted_sha256", sa.Text(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("campaign_id", "cube", "month", "revision"),
    )
    op.create_index("ix_cube_month_release_id", "cube_month", ["release_id"])
    op.execute(
        "CREATE TRIGGER cube_month_appended BEFORE UPDATE OR DELETE ON cube_month"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute("GRANT SELECT, INSERT ON cube_month TO baraza_app")


def downgrade() -> None:
    op.drop_table("cube_month")
    op.create_table(
        "release_cell_report",
        sa.Column("release_id", sa.BigInteger(), sa.ForeignKey("release.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("area_code", sa.Text(), primary_key=True),
        sa.Column("topic", sa.Text(), primary_key=True),
        sa.Column("month", sa.Text(), primary_key=True),
        sa.Column("report_id", sa.BigInteger(), primary_key=True),
    )
    op.create_index("ix_release_cell_report_report_id", "release_cell_report", ["report_id"])
    op.execute("GRANT SELECT, INSERT, DELETE ON release_cell_report TO baraza_app")
    op.execute("ALTER TABLE release_area DROP CONSTRAINT pk_release_area")
    # Figures of several levels and dimensions have no place in the old table: only those by topic at one level stay.
    op.execute("ALTER TABLE release_area DISABLE TRIGGER USER")
    op.execute(
        "DELETE FROM release_area AS area USING release_area AS other WHERE other.release_id = area.release_id"
        " AND other.code = area.code AND other.level > area.level"
    )
    op.execute("ALTER TABLE release_area ENABLE TRIGGER USER")
    op.create_primary_key("pk_release_area", "release_area", ["release_id", "code"])
    op.execute("ALTER TABLE release_cell DISABLE TRIGGER USER")
    op.execute("ALTER TABLE release_cell DROP CONSTRAINT pk_release_cell")
    op.execute(
        "DELETE FROM release_cell WHERE codes[1] LIKE '\\_%' OR cardinality(codes) > 1 OR month !~ '-' OR area_level <>"
        " (SELECT max(area_level) FROM release_cell AS other WHERE other.release_id = release_cell.release_id)"
    )
    op.add_column("release_cell", sa.Column("topic", sa.Text(), nullable=True))
    op.execute("UPDATE release_cell SET topic = codes[1]")
    op.execute("ALTER TABLE release_cell ENABLE TRIGGER USER")
    op.alter_column("release_cell", "topic", nullable=False)
    for column in ("codes", "area_level", "estimate", "standard_error", "confidentiality"):
        op.drop_column("release_cell", column)
    op.create_primary_key("pk_release_cell", "release_cell", ["release_id", "area_code", "topic", "month", "measure"])

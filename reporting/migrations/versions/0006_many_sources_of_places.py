"""Places come from many sources and are one where they mean one thing; areas are cut small for lookups.

What leaves the moderation area of a report's place is drawn once and kept.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Whoever writes an area, its pieces follow: no program can forget them.
_CUT = """
CREATE FUNCTION cut_area() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM area_piece WHERE area_id = NEW.id;
    INSERT INTO area_piece (area_id, campaign_id, level, code, geom)
    SELECT NEW.id, NEW.campaign_id, NEW.level, NEW.code, piece
      FROM (SELECT ST_Subdivide(NEW.geom, 96) AS piece) AS cut WHERE ST_Dimension(piece) = 2;
    RETURN NULL;
END $$
"""
_CUT_ALL = """
INSERT INTO area_piece (area_id, campaign_id, level, code, geom)
SELECT id, campaign_id, level, code, piece
  FROM (SELECT id, campaign_id, level, code, ST_Subdivide(geom, 96) AS piece FROM area) AS cut
 WHERE ST_Dimension(piece) = 2
"""


def upgrade() -> None:
    op.add_column("area", sa.Column("population", sa.BigInteger(), nullable=True))
    op.add_column("area", sa.Column("is_urban", sa.Boolean(), nullable=True))
    op.add_column("place", sa.Column("scheme", sa.Text(), server_default="", nullable=False))
    op.add_column("place", sa.Column("same_as_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_place_same_as_id"), "place", "place", ["same_as_id"], ["id"], ondelete="SET NULL")
    op.create_index(
        op.f("ix_place_same_as_id"), "place", ["same_as_id"], postgresql_where=sa.text("same_as_id IS NOT NULL")
    )
    _add_names()
    _add_pieces()
    _add_shown()
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON alias, area_piece, shown_cell, shown_place TO baraza_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO baraza_app")


def _add_names() -> None:
    op.create_table(
        "alias",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("area_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("is_preferred", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_short", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_colloquial", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_historic", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("num_nonnulls(place_id, area_id) = 1", name=op.f("ck_alias_one_thing")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_alias_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_alias_place_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_alias_area_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
        sa.UniqueConstraint(
            "campaign_id", "source", "source_id", "place_id", "area_id",
            name=op.f("uq_alias_campaign_id_source_source_id"), postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    for thing in ("place", "area"):
        op.create_index(
            op.f(f"ix_alias_{thing}_id"), "alias", [f"{thing}_id"], postgresql_where=sa.text(f"{thing}_id IS NOT NULL")
        )


def _add_pieces() -> None:
    op.create_table(
        "area_piece",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("geom", Geometry("POLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_piece_area_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_area_piece_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_piece")),
    )
    op.create_index(op.f("ix_area_piece_area_id"), "area_piece", ["area_id"])
    op.create_geospatial_index("idx_area_piece_geom", "area_piece", ["geom"], postgresql_using="gist")
    op.execute(_CUT_ALL)
    op.execute(_CUT)
    op.execute(
        "CREATE TRIGGER area_cut AFTER INSERT OR UPDATE OF campaign_id, level, code, geom ON area"
        " FOR EACH ROW EXECUTE FUNCTION cut_area()"
    )


def _add_shown() -> None:
    op.create_table(
        "shown_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_shown_cell_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_cell")),
        sa.UniqueConstraint("campaign_id", "cell", name=op.f("uq_shown_cell_campaign_id_cell")),
    )
    op.create_table(
        "shown_place",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('area', 'cell', 'campaign')", name=op.f("ck_shown_place_kind")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_shown_place_report_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_shown_place_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_shown_place")),
    )
    op.create_index(op.f("ix_shown_place_campaign_id_code"), "shown_place", ["campaign_id", "code"])


def downgrade() -> None:
    op.drop_table("shown_place")
    op.drop_table("shown_cell")
    op.execute("DROP TRIGGER area_cut ON area")
    op.execute("DROP FUNCTION cut_area()")
    op.drop_table("area_piece")
    op.drop_table("alias")
    op.drop_column("place", "same_as_id")
    op.drop_column("place", "scheme")
    op.drop_column("area", "is_urban")
    op.drop_column("area", "population")

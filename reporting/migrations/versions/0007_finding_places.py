"""Places are found by typing a name, and other geocoders may be asked for reports that have no place."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "search_name",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("area_id", sa.BigInteger(), nullable=True),
        sa.Column("folded", sa.Text(collation="C"), nullable=False),
        sa.Column("sound", sa.Text(collation="C"), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("print", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("num_nonnulls(place_id, area_id) = 1", name=op.f("ck_search_name_one_thing")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_search_name_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_search_name_place_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_search_name_area_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_name")),
    )
    _index_names()
    op.create_table(
        "geocoder_answer",
        sa.Column("query_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("query_hash", name=op.f("pk_geocoder_answer")),
    )
    op.create_index(op.f("ix_geocoder_answer_expires_at"), "geocoder_answer", ["expires_at"])
    op.create_table(
        "geocoder_turn",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_geocoder_turn")),
    )
    op.add_column("report", sa.Column("geocoder_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_report_unlocated", "report", ["campaign_id", "id"],
        postgresql_where=sa.text(
            "point IS NULL AND geocoder_asked_at IS NULL AND state = 'queued' AND NOT is_sensitive"
        ),
    )  # fmt: skip
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON search_name, geocoder_answer, geocoder_turn TO baraza_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO baraza_app")


def _index_names() -> None:
    op.create_index(
        op.f("ix_search_name_place_id"), "search_name", ["place_id"], postgresql_where=sa.text("place_id IS NOT NULL")
    )
    op.create_index(
        op.f("ix_search_name_area_id"), "search_name", ["area_id"], postgresql_where=sa.text("area_id IS NOT NULL")
    )
    op.create_index(op.f("ix_search_name_campaign_id_folded"), "search_name", ["campaign_id", "folded"])
    op.create_index(op.f("ix_search_name_campaign_id_sound"), "search_name", ["campaign_id", "sound"])
    for name, letters in (("two", 2), ("three", 3)):
        op.create_index(
            f"ix_search_name_{name}_letters", "search_name",
            ["campaign_id", sa.text(f'"left"(folded, {letters})'), sa.text("weight DESC")],
        )  # fmt: skip
    op.create_index(
        "ix_search_name_letters", "search_name", ["folded"],
        postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"},
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_report_unlocated", table_name="report")
    op.drop_column("report", "geocoder_asked_at")
    op.drop_table("geocoder_turn")
    op.drop_table("geocoder_answer")
    op.drop_table("search_name")
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")

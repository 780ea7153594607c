"""Add the population by area, sex, age, disability, phone and locality."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "population",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("area_level", sa.Integer(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age", sa.Text(), nullable=False),
        sa.Column("disability", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("urban", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("method", sa.Text()),
        sa.CheckConstraint("value >= 0", name=op.f("ck_population_value")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_population_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population")),
        sa.UniqueConstraint(
            "campaign_id", "area_code", "sex", "age", "disability", "phone", "urban", "year", "source",
            name="uq_population_figure",
        ),
    )  # fmt: skip
    op.create_index(
        op.f("ix_population_campaign_id_area_level_year_source"), "population",
        ["campaign_id", "area_level", "year", "source"],
    )  # fmt: skip
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON population TO baraza_app")
    op.execute("GRANT USAGE ON SEQUENCE population_id_seq TO baraza_app")


def downgrade() -> None:
    op.drop_table("population")

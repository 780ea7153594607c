"""Near copies of a text are found in the whole campaign, and the weights of likeness are learned from moderators."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_band",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_report_band_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_band_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "band", "report_id", name=op.f("pk_report_band")),
    )
    op.create_index(op.f("ix_report_band_report_id"), "report_band", ["report_id"])
    op.create_table(
        "likeness_weights",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("weights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_likeness_weights_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness_weights")),
        sa.UniqueConstraint("campaign_id", "version", name=op.f("uq_likeness_weights_campaign_id_version")),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON report_band TO baraza_app")
    op.execute("GRANT SELECT ON likeness_weights TO baraza_app")


def downgrade() -> None:
    op.drop_table("likeness_weights")
    op.drop_table("report_band")

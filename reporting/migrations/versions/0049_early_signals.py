"""Early signals: more independent sources than usual on a topic in an area, found by a job."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "early_signal",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_early_signal_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_early_signal_topic_id_topic"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_signal")),
        sa.UniqueConstraint(
            "campaign_id", "topic_id", "area_code", name=op.f("uq_early_signal_campaign_id_topic_id_area_code")
        ),
    )  # fmt: skip
    op.execute("REVOKE ALL ON early_signal FROM baraza_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON early_signal TO baraza_app")


def downgrade() -> None:
    op.drop_table("early_signal")

"""Incidents are passed on to offices, and their reporters say whether they are solved."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_referral_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_referral_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index("ix_referral_campaign_id", "referral", ["campaign_id"])
    op.create_index("ix_referral_report_id", "referral", ["report_id"])
    op.add_column("update_recipient", sa.Column("is_asked", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("update_recipient", sa.Column("is_solved", sa.Boolean(), nullable=True))
    op.execute("REVOKE ALL ON referral FROM baraza_app")
    op.execute("GRANT SELECT, INSERT ON referral TO baraza_app")
    op.execute("GRANT UPDATE (withdrawn_at) ON referral TO baraza_app")


def downgrade() -> None:
    op.drop_column("update_recipient", "is_solved")
    op.drop_column("update_recipient", "is_asked")
    op.drop_table("referral")

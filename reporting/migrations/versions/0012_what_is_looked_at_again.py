"""Reports whose links are looked at again, and decisions by the reports that they moved."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stale_links",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_stale_links_report_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_stale_links_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_stale_links")),
    )
    op.create_index("ix_stale_links_campaign_id_report_id", "stale_links", ["campaign_id", "report_id"])
    op.create_index(
        "ix_decision_moved", "decision", [sa.text("(after #> '{changed,incident_of}')")],
        postgresql_using="gin", postgresql_where=sa.text("after ? 'changed'"),
    )  # fmt: skip
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON stale_links TO baraza_app")


def downgrade() -> None:
    op.drop_index("ix_decision_moved", table_name="decision")
    op.drop_table("stale_links")

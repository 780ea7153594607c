"""The words of a report are translated once, for everybody who may read them; translators have a permission."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_translation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("text_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_report_translation_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_translation_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_translation")),
        sa.UniqueConstraint("report_id", name=op.f("uq_report_translation_report_id")),
    )  # fmt: skip
    op.execute("REVOKE ALL ON report_translation FROM baraza_app")
    # A correction replaces the row; nothing of it is changed.
    op.execute("GRANT SELECT, INSERT, DELETE ON report_translation TO baraza_app")
    # An administrator has all permissions.
    op.execute("UPDATE role SET permissions = permissions || ',translate' WHERE name = 'admin'")


def downgrade() -> None:
    op.execute("UPDATE role SET permissions = replace(permissions, ',translate', '') WHERE name = 'admin'")
    op.drop_table("report_translation")

"""Reports are assigned to a person or put off until a day; moderators leave each other notes and mention colleagues."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "report_assignment",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("assigned_to", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_report_assignment_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_assignment_report_id_report"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["account.id"], name=op.f("fk_report_assignment_assigned_to_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_assignment")),
    )
    op.create_index(
        "ix_report_assignment_assigned_to", "report_assignment", ["assigned_to", "report_id"],
        postgresql_where=sa.text("assigned_to IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "report_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("text_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_NOW),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_report_note_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_note_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_note")),
    )
    op.create_index("ix_report_note_report_id", "report_note", ["report_id", "id"])
    op.create_table(
        "note_mention",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["note_id"], ["report_note.id"], name=op.f("fk_note_mention_note_id_report_note"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_note_mention_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("note_id", "account_id", name=op.f("pk_note_mention")),
    )
    op.create_index(
        "ix_note_mention_unseen", "note_mention", ["account_id", "note_id"],
        postgresql_where=sa.text("seen_at IS NULL"),
    )  # fmt: skip
    op.execute("REVOKE ALL ON report_assignment, report_note, note_mention FROM baraza_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON report_assignment, report_note TO baraza_app")
    op.execute("GRANT UPDATE (assigned_to, snoozed_until, changed_by, changed_at) ON report_assignment TO baraza_app")
    # What was written stays as it was written; it goes with its report's words.
    op.execute("GRANT SELECT, INSERT ON note_mention TO baraza_app")
    op.execute("GRANT UPDATE (seen_at) ON note_mention TO baraza_app")


def downgrade() -> None:
    op.drop_table("note_mention")
    op.drop_table("report_note")
    op.drop_table("report_assignment")

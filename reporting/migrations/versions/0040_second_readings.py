"""Reports that a second moderator reads without seeing what the first one decided."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_VERDICTS = "('approved', 'rejected')"
_TAKEN = "leased_by, leased_until, second_account_id, second_verdict, second_reason, second_topic_id, second_at"
_SETTLED = "settled_by, settled_verdict, settled_at, first_note"  # the note goes to the decision log


def upgrade() -> None:
    op.create_table(
        "second_reading",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.Column("first_account_id", sa.BigInteger(), nullable=True),
        sa.Column("first_verdict", sa.Text(), nullable=False),
        sa.Column("first_reason", sa.Text(), nullable=True),
        sa.Column("first_note", sa.Text(), nullable=True),
        sa.Column("first_topic_id", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("leased_by", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_account_id", sa.BigInteger(), nullable=True),
        sa.Column("second_verdict", sa.Text(), nullable=True),
        sa.Column("second_reason", sa.Text(), nullable=True),
        sa.Column("second_topic_id", sa.BigInteger(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.BigInteger(), nullable=True),
        sa.Column("settled_verdict", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("chosen_by IN ('sensitive', 'sample')", name=op.f("ck_second_reading_chosen_by")),
        sa.CheckConstraint(f"first_verdict IN {_VERDICTS}", name=op.f("ck_second_reading_first_verdict")),
        sa.CheckConstraint(f"second_verdict IN {_VERDICTS}", name=op.f("ck_second_reading_second_verdict")),
        sa.CheckConstraint(f"settled_verdict IN {_VERDICTS}", name=op.f("ck_second_reading_settled_verdict")),
        sa.CheckConstraint("first_account_id <> second_account_id", name=op.f("ck_second_reading_two_people")),
        sa.CheckConstraint(
            "settled_by NOT IN (first_account_id, second_account_id)", name=op.f("ck_second_reading_third_person")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_second_reading_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_second_reading_report_id_report"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["first_topic_id"], ["topic.id"], name=op.f("fk_second_reading_first_topic_id_topic")
        ),
        sa.ForeignKeyConstraint(
            ["second_topic_id"], ["topic.id"], name=op.f("fk_second_reading_second_topic_id_topic")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_reading")),
        sa.UniqueConstraint("report_id", name=op.f("uq_second_reading_report_id")),
    )
    op.create_index(
        "ix_second_reading_open", "second_reading", ["campaign_id", "id"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )  # fmt: skip
    # Finds what was decided lately, of which a share is read twice.
    op.create_index(
        "ix_decision_verdicts", "decision", ["decided_at"],
        postgresql_where=sa.text("kind IN ('approve', 'reject')"),
    )  # fmt: skip
    # What the first reader said stays as it was said. A report that is erased or decided on anew loses its reading.
    op.execute("REVOKE ALL ON second_reading FROM baraza_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON second_reading TO baraza_app")
    op.execute(f"GRANT UPDATE ({_TAKEN}, {_SETTLED}) ON second_reading TO baraza_app")


def downgrade() -> None:
    op.drop_index("ix_decision_verdicts", "decision")
    op.drop_table("second_reading")

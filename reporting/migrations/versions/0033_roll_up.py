"""Approved reports are counted as they are decided on, by month, area and topic."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_COLUMNS = "campaign_id, month, area_codes, topic_id, reports"
# A report whose campaign is being deleted finds none, and adds nothing.
_ADD = """
        INSERT INTO roll_up (campaign_id, month, area_codes, topic_id, reports)
        SELECT id, date_trunc('month', {row}.occurred_at AT TIME ZONE timezone)::date, {row}.area_codes,
               {row}.topic_id, {change} FROM campaign WHERE id = {row}.campaign_id;
"""
_COUNTS = "{row}.state = 'approved' AND NOT {row}.is_sensitive AND {row}.occurred_at IS NOT NULL"
_FUNCTION = f"""
CREATE FUNCTION roll_up_report() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND {_COUNTS.format(row="OLD")} THEN
        {_ADD.format(row="OLD", change=-1)}
    END IF;
    IF TG_OP <> 'DELETE' AND {_COUNTS.format(row="NEW")} THEN
        {_ADD.format(row="NEW", change=1)}
    END IF;
    RETURN NULL;
END $$
"""
_KEY = "state, is_sensitive, occurred_at, area_codes, topic_id, campaign_id"
_CHANGES = (
    f"({', '.join(f'OLD.{column}' for column in _KEY.split(', '))}) IS DISTINCT FROM"
    f" ({', '.join(f'NEW.{column}' for column in _KEY.split(', '))})"
    " AND (OLD.state = 'approved' OR NEW.state = 'approved')"
)


def upgrade() -> None:
    op.create_table(
        "roll_up",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("area_codes", postgresql.JSONB(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=True),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_roll_up_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_up")),
    )
    op.create_index("ix_roll_up_campaign_id_month", "roll_up", ["campaign_id", "month"])
    op.execute("GRANT SELECT, INSERT, DELETE ON roll_up TO baraza_app")
    op.execute(_FUNCTION)
    op.execute(
        "CREATE TRIGGER report_rolled_up AFTER INSERT ON report FOR EACH ROW"
        " WHEN (NEW.state = 'approved') EXECUTE FUNCTION roll_up_report()"
    )
    op.execute(
        "CREATE TRIGGER report_rolled_up_again AFTER UPDATE ON report FOR EACH ROW"
        f" WHEN ({_CHANGES}) EXECUTE FUNCTION roll_up_report()"
    )
    op.execute(
        "CREATE TRIGGER report_rolled_back AFTER DELETE ON report FOR EACH ROW"
        " WHEN (OLD.state = 'approved') EXECUTE FUNCTION roll_up_report()"
    )
    op.execute(
        f"INSERT INTO roll_up ({_COLUMNS}) SELECT report.campaign_id,"
        " date_trunc('month', occurred_at AT TIME ZONE timezone)::date, area_codes, topic_id, count(*)"
        " FROM report JOIN campaign ON campaign.id = report.campaign_id"
        f" WHERE {_COUNTS.format(row='report')} GROUP BY 1, 2, 3, 4"
    )


def downgrade() -> None:
    for trigger in ("report_rolled_up", "report_rolled_up_again", "report_rolled_back"):
        op.execute(f"DROP TRIGGER {trigger} ON report")
    op.execute("DROP FUNCTION roll_up_report()")
    op.drop_table("roll_up")

"""No more than needed: when a report's words went, and what of decisions goes with them; who sees which campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Who decided what, when and why stays, and which incident a report was moved to; where exactly it was and what somebody
# noted goes. A correction of place or topic can then not be taken back: nothing is as it left it any more.
MINIMISE_DECISIONS = """
CREATE FUNCTION minimise_decisions(minimised_report_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    too_much CONSTANT text[] := ARRAY['lat', 'lon', 'radius_m', 'area_codes', 'note'];
    gone CONSTANT jsonb := '{"point": [null, "gone"]}';
BEGIN
    PERFORM set_config('baraza.erasing', minimised_report_id::text, true);
    UPDATE decision SET before = before - too_much, after = CASE
               WHEN coalesce(after #> '{changed,corrected}', '{}') = '{}' THEN after - too_much
               ELSE jsonb_set(after - too_much, '{changed,corrected}', gone) END
     WHERE report_id = minimised_report_id;
    PERFORM set_config('baraza.erasing', '', true);
END $$;
"""
_WITH_WORDS = "minimised_at IS NULL AND state IN ('approved', 'rejected')"


def upgrade() -> None:
    op.add_column("report", sa.Column("minimised_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_report_with_words", "report", ["campaign_id", "is_sensitive", "id"], postgresql_where=sa.text(_WITH_WORDS)
    )
    op.execute(MINIMISE_DECISIONS)
    op.execute("REVOKE ALL ON FUNCTION minimise_decisions(bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION minimise_decisions(bigint) TO baraza_app")
    op.add_column("person", sa.Column("is_bound", sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "person_campaign",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_campaign_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_person_campaign_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "campaign_id", name=op.f("pk_person_campaign")),
    )
    op.execute("GRANT SELECT ON person_campaign TO baraza_app")


def downgrade() -> None:
    op.drop_table("person_campaign")
    op.drop_column("person", "is_bound")
    op.execute("DROP FUNCTION minimise_decisions(bigint)")
    op.drop_index("ix_report_with_words", table_name="report")
    op.drop_column("report", "minimised_at")

"""Keep what people told about themselves by contact and in versions, and whom a report is about apart from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ITEMS = ("sex", "age", "difficulty")
_WHY = "('answered', 'not_asked', 'refused', 'unknown', 'not_applicable')"
# Until now every answer lay with its report, and what was known of a sender was copied to each of their reports. What was
# asked and not answered was not noted: it is unknown.
_REASONS = """
    sex, CASE WHEN sex IS NULL THEN 'unknown' ELSE 'answered' END,
    age_band, CASE WHEN age_band IS NULL THEN 'unknown' ELSE 'answered' END,
    difficulty, CASE WHEN difficulty = '{}' THEN 'unknown' ELSE 'answered' END
"""
_PROFILES_UP = f"""
    INSERT INTO reporter_profile (campaign_id, contact_id, report_id, version, sex, sex_why, age, age_why, difficulty,
                                  difficulty_why, created_at, expires_at)
    SELECT report.campaign_id, report.contact_id, report_id,
           CASE WHEN report.contact_id IS NULL THEN 1
                ELSE row_number() OVER (PARTITION BY report.contact_id ORDER BY report_id) END,
           {_REASONS}, answered_at, answered_at + interval '730 days'
      FROM report_demographics JOIN report ON report.id = report_id WHERE is_sender
"""
_AFFECTED_UP = f"""
    INSERT INTO affected (report_id, role, sex, sex_why, age, age_why, difficulty, difficulty_why)
    SELECT report_id, 'person', {_REASONS} FROM report_demographics WHERE NOT is_sender
"""
# The wide band of a band of five years; a wide one is its own.
_WIDE = """
    CASE WHEN age = 'Y_GE100' THEN 'Y_GE65'
         WHEN age IS NULL OR age !~ '^Y[0-9]+T[0-9]+$' THEN age
         WHEN CAST(substring(age FROM '[0-9]+') AS integer) < 15 THEN 'Y0T14'
         WHEN CAST(substring(age FROM '[0-9]+') AS integer) < 25 THEN 'Y15T24'
         WHEN CAST(substring(age FROM '[0-9]+') AS integer) < 65 THEN 'Y25T64'
         ELSE 'Y_GE65' END
"""
_PROFILES_DOWN = f"""
    INSERT INTO report_demographics (report_id, is_sender, sex, age_band, difficulty, answered_at)
    SELECT DISTINCT ON (report_id) report_id, true, sex, {_WIDE}, difficulty, created_at
      FROM reporter_profile WHERE report_id IS NOT NULL ORDER BY report_id, version DESC
"""
_AFFECTED_DOWN = f"""
    INSERT INTO report_demographics (report_id, is_sender, sex, age_band, difficulty, answered_at)
    SELECT report_id, false, sex, {_WIDE}, difficulty, report.created_at
      FROM affected JOIN report ON report.id = report_id
    ON CONFLICT (report_id) DO NOTHING
"""


def upgrade() -> None:
    _add_profile()
    _add_affected()
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON reporter_profile, affected TO baraza_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO baraza_app")
    op.execute(_PROFILES_UP)
    op.execute(_AFFECTED_UP)
    op.drop_table("report_demographics")


def downgrade() -> None:
    op.create_table(
        "report_demographics",
        sa.Column("report_id", sa.BigInteger(), sa.ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("is_sender", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sex", sa.Text()),
        sa.Column("age_band", sa.Text()),
        sa.Column("difficulty", JSONB(), server_default="{}", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON report_demographics TO baraza_app")
    op.execute(_PROFILES_DOWN)
    op.execute(_AFFECTED_DOWN)
    op.drop_table("affected")
    op.drop_table("reporter_profile")


def _add_profile() -> None:
    op.create_table(
        "reporter_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("campaign_id", sa.BigInteger(), sa.ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), sa.ForeignKey("contact.id", ondelete="CASCADE")),
        sa.Column("report_id", sa.BigInteger(), sa.ForeignKey("report.id", ondelete="CASCADE")),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *_make_items(),
        sa.Column("mode", sa.Text(), server_default="self", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("contact_id", "campaign_id", "version"),
        *_make_checks(),
        sa.CheckConstraint("mode IN ('self', 'proxy', 'assisted')", name="mode"),
        sa.CheckConstraint("contact_id IS NOT NULL OR report_id IS NOT NULL", name="of_somebody"),
    )
    anonymous = sa.text("contact_id IS NULL")
    op.create_index(
        "uq_reporter_profile_anonymous", "reporter_profile", ["report_id"], unique=True, postgresql_where=anonymous
    )
    op.create_index("ix_reporter_profile_report_id", "reporter_profile", ["report_id"])
    op.create_index("ix_reporter_profile_campaign_id_expires_at", "reporter_profile", ["campaign_id", "expires_at"])


def _add_affected() -> None:
    op.create_table(
        "affected",
        sa.Column("report_id", sa.BigInteger(), sa.ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer()),
        *_make_items(),
        *_make_checks(),
        sa.CheckConstraint("role IN ('person', 'household', 'community')", name="role"),
        sa.CheckConstraint("number > 0", name="number"),
    )


def _make_items() -> list[sa.Column]:
    why = {"server_default": "not_asked", "nullable": False}
    return [
        sa.Column("sex", sa.Text()),
        sa.Column("sex_why", sa.Text(), **why),
        sa.Column("age", sa.Text()),
        sa.Column("age_why", sa.Text(), **why),
        sa.Column("difficulty", JSONB(), server_default="{}", nullable=False),
        sa.Column("difficulty_why", sa.Text(), **why),
    ]


def _make_checks() -> list[sa.CheckConstraint]:
    reasons = [sa.CheckConstraint(f"{item}_why IN {_WHY}", name=f"{item}_why") for item in _ITEMS]
    answered = [
        sa.CheckConstraint(f"({item} IS NOT NULL) = ({item}_why = 'answered')", name=f"{item}_answered")
        for item in _ITEMS[:2]
    ]
    return [*reasons, *answered]

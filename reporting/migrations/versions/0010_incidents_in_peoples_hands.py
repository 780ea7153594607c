"""Best place and time of an incident, copies of one text, and what all reporters of an incident are told once."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Until one of its reports changes, an incident of before lies where its most certain report lies, and began when the
# first one says. The index goes first: it is how they are found.
_FIRST_PLACE = """
    UPDATE incident SET point = best.point, radius_m = best.radius_m
      FROM (SELECT DISTINCT ON (incident_id) incident_id, point, radius_m FROM report
             WHERE point IS NOT NULL AND state <> 'rejected' ORDER BY incident_id, radius_m, id) AS best
     WHERE best.incident_id = incident.id
"""
_FIRST_TIME = """
    UPDATE incident SET occurred_at = best.occurred_at, occurred_precision_s = best.occurred_precision_s
      FROM (SELECT DISTINCT ON (incident_id) incident_id, occurred_at, occurred_precision_s FROM report
             WHERE state NOT IN ('rejected', 'erased') ORDER BY incident_id, occurred_at, id) AS best
     WHERE best.incident_id = incident.id
"""


def upgrade() -> None:
    _make_tables()
    op.add_column("incident", sa.Column("point", Geometry("POINT", srid=4326, spatial_index=False), nullable=True))
    op.add_column("incident", sa.Column("radius_m", sa.Float(), nullable=True))
    op.add_column("incident", sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incident", sa.Column("occurred_precision_s", sa.Float(), nullable=True))
    op.add_column("report", sa.Column("copy_wave_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_report_copy_wave_id"), "report", "copy_wave", ["copy_wave_id"], ["id"])
    op.create_index("ix_report_copy_wave_id", "report", ["copy_wave_id"], postgresql_where=sa.text("copy_wave_id IS NOT NULL"))
    op.create_index("ix_report_incident_id_occurred_at_id", "report", ["incident_id", "occurred_at", "id"])
    op.create_index(
        "ix_report_incident_id_radius_m_id", "report", ["incident_id", "radius_m", "id"],
        postgresql_where=sa.text("point IS NOT NULL"),
    )
    op.drop_index("ix_report_incident_id", table_name="report")
    op.create_index(
        "ix_decision_incident", "decision", [sa.text("(before ->> 'incident_id')")],
        postgresql_where=sa.text("before ? 'incident_id'"),
    )
    op.execute(_FIRST_PLACE)
    op.execute(_FIRST_TIME)
    op.execute("GRANT SELECT, INSERT, UPDATE ON copy_wave, incident_update TO baraza_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON told TO baraza_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO baraza_app")


def _make_tables() -> None:
    to_campaign = {"ondelete": "CASCADE"}
    op.create_table(
        "copy_wave",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        _created_at(),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_copy_wave_campaign_id"), **to_campaign),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_wave")),
    )
    op.create_index(op.f("ix_copy_wave_campaign_id"), "copy_wave", ["campaign_id"])
    op.create_table(
        "incident_update",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("reaches_copies", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        _created_at(),
        sa.CheckConstraint("kind IN ('text', 'solved')", name=op.f("ck_incident_update_kind")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_incident_update_campaign_id"), **to_campaign
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_incident_update_report_id"), **to_campaign),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_update")),
    )
    op.create_index(op.f("ix_incident_update_campaign_id"), "incident_update", ["campaign_id"])
    op.create_index(op.f("ix_incident_update_report_id"), "incident_update", ["report_id"])
    op.create_table(
        "told",
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["update_id"], ["incident_update.id"], name=op.f("fk_told_update_id"), **to_campaign),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_told_contact_id"), **to_campaign),
        sa.PrimaryKeyConstraint("update_id", "contact_id", name=op.f("pk_told")),
    )
    op.create_index("ix_told_message_id", "told", ["message_id"])


def _created_at() -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def downgrade() -> None:
    op.drop_index("ix_decision_incident", table_name="decision")
    op.create_index("ix_report_incident_id", "report", ["incident_id"])
    op.drop_index("ix_report_incident_id_radius_m_id", table_name="report")
    op.drop_index("ix_report_incident_id_occurred_at_id", table_name="report")
    op.drop_index("ix_report_copy_wave_id", table_name="report")
    op.drop_column("report", "copy_wave_id")
    for column in ("occurred_precision_s", "occurred_at", "radius_m", "point"):
        op.drop_column("incident", column)
    for table in ("told", "incident_update", "copy_wave"):
        op.drop_table(table)

"""Reports, their incidents, the links between them with reasons, and learned match weights."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from geo.reasons import LocationSource
from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import DECIDED, ReportState, sql_list

# A report as a point in four dimensions: longitude, latitude, time and campaign. Its GiST index finds the nearest
# reports in a few steps for any data: a thousand reports on one pin differ in time. One unit (degree) of the third
# dimension is twelve years, so 100 m weigh as much as four days. Campaigns lie far apart in the fourth.
SPACETIME = (
    "ST_SetSRID(ST_MakePoint(ST_X({0}point), ST_Y({0}point),"
    " extract(epoch FROM {0}occurred_at AT TIME ZONE 'UTC')::float8 / 3.8e8, {0}campaign_id::float8 * 1000), 4326)"
)


class Incident(Base):
    """One thing that happened. Every report belongs to an incident; most incidents have one report.

    Place and time are estimated from its reports, again after each change of them (`incidents/refresh.py`).
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_clusters", "campaign_id", "report_count", postgresql_where=text("report_count > 1")),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    radius_m: Mapped[float | None]
    occurred_at: Mapped[datetime | None]
    occurred_precision_s: Mapped[float | None]  # None: only known from when it was first reported
    report_count: Mapped[int] = mapped_column(server_default="1")  # of its reports, 60 at most: `incidents/refresh.py`
    created_at: Mapped[CreatedAt]


class Report(Base):
    """What one person says happened, with place, time and topic.

    The location is a point with a radius in metres that contains the true place about four times in five, the words it
    was read from, and alternatives. A moderator's pin has the radius that the moderator set.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("campaign_id", "reference"),
        UniqueConstraint("campaign_id", "source", "source_id"),
        CheckConstraint(f"state IN {sql_list(*ReportState)}", name="state"),
        CheckConstraint(f"location_source IN {sql_list(*LocationSource)}", name="location_source"),
        Index("ix_report_geography", text("(point::geography)"), postgresql_using="gist"),
        Index(
            "ix_report_incident_waiting",
            "incident_id",
            "id",
            postgresql_where=text(f"state = '{ReportState.QUEUED}' AND NOT is_sensitive"),
        ),
        Index("ix_report_list", "campaign_id", "state", "is_sensitive", "id"),
        Index("ix_report_desk", "campaign_id", "state", "is_sensitive", "reported_at", "id"),
        Index("ix_report_urgent", "campaign_id", "state", "is_sensitive", text("(- urgency)"), "reported_at", "id"),
        Index("ix_report_search", "search_facets", "search_words", postgresql_using="gin"),
        Index(
            "ix_report_approved",
            "campaign_id",
            "occurred_at",
            postgresql_where=text(f"state = '{ReportState.APPROVED}' AND NOT is_sensitive"),
        ),
        Index(
            "ix_report_perhaps_answers", "perhaps_answers_id", postgresql_where=text("perhaps_answers_id IS NOT NULL")
        ),
        Index(
            "ix_report_spacetime",
            text(f"({SPACETIME.format('')}) gist_geometry_ops_nd"),
            postgresql_using="gist",
            postgresql_where=text("point IS NOT NULL"),
        ),
        Index("ix_report_campaign_id_text_key_id", "campaign_id", "text_key", "id"),
        Index("ix_report_incident_id_occurred_at_id", "incident_id", "occurred_at", "id"),
        Index(
            "ix_report_incident_id_radius_m_id",
            "incident_id",
            "radius_m",
            "id",
            postgresql_where=text("point IS NOT NULL"),
        ),
        Index(
            "ix_report_duplicate_burst_id",
            "duplicate_burst_id",
            postgresql_where=text("duplicate_burst_id IS NOT NULL"),
        ),
        Index("ix_report_message_id", "message_id"),
        Index(
            "ix_report_with_words",
            "campaign_id",
            "is_sensitive",
            "id",
            postgresql_where=text(f"purged_at IS NULL AND state IN {DECIDED}"),
        ),
        Index("ix_report_contact_id_id", "contact_id", "id"),
        Index(
            "ix_report_restricted_by_contact", "contact_id", "reported_at", "id", postgresql_where=text("is_sensitive")
        ),
        Index("ix_report_by_browser", "campaign_id", "reported_at", postgresql_where=text("browser_hash IS NOT NULL")),
        Index(
            "ix_report_unlocated",
            "campaign_id",
            "id",
            postgresql_where=text(
                f"point IS NULL AND geocoder_asked_at IS NULL AND state = '{ReportState.QUEUED}' AND NOT is_sensitive"
            ),
        ),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    reference: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)  # the channel, or the import it came with
    source_id: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL", use_alter=True))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    # The account of whoever filled in the form; of an anonymous web form a keyed hash of the browser's token.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    browser_hash: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    text_key: Mapped[int | None] = mapped_column(BigInteger)  # hash of the normalised text: finds equal texts
    language: Mapped[str | None] = mapped_column(Text)
    language_confidence: Mapped[float | None]
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    topic_confidence: Mapped[float | None]
    occurred_at: Mapped[datetime]
    occurred_precision_s: Mapped[float | None]  # None: only known from when it was received
    reported_at: Mapped[datetime]
    point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    radius_m: Mapped[float | None]
    place_confidence: Mapped[float | None]
    location_source: Mapped[str | None] = mapped_column(Text)  # who or what said where: `geo.reasons.LocationSource`
    gazetteer_name: Mapped[str | None] = mapped_column(Text)  # the place that the toponym was resolved to
    location_reasons: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")  # `geo.reasons.Reason` as rows
    alternatives: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    area_codes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # code by level
    geocoder_asked_at: Mapped[datetime | None]  # when an external geocoder was asked for the location
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    duplicate_burst_id: Mapped[int | None] = mapped_column(ForeignKey("duplicate_burst.id"))
    state: Mapped[str] = mapped_column(Text, server_default=ReportState.QUEUED)
    is_sensitive: Mapped[bool] = mapped_column(server_default="false")  # restricted queue, no ordinary figure
    sensitive_reason: Mapped[str | None] = mapped_column(Text)  # a code; `moderator` if a person marked it
    answers: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # of the campaign's form, by question code
    other_topics: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")  # codes of further topics in its text
    other_places: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")  # further toponyms in its text
    # An earlier report of the same sender that a moderator asked about: this report may be the answer.
    perhaps_answers_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="SET NULL"))
    urgency: Mapped[int] = mapped_column(server_default="0")  # points, written by `reports/urgency.py`
    urgency_reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")  # `UrgencyReason`
    leased_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    leased_until: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]  # when retention deleted its text
    created_at: Mapped[CreatedAt]
    # What the desk finds it by, computed by the database (migrations 0045, 0051): its words without accents, their
    # spelling keys, and topic, language, channel and areas as one array.
    search_words: Mapped[str] = mapped_column(TSVECTOR, Computed("search_words(text)", persisted=True))
    search_facets: Mapped[list[str]] = mapped_column(
        ARRAY(Text),
        Computed("search_facets(topic_id, language, source, area_codes, point IS NOT NULL)", persisted=True),
    )


class ReportMinhash(Base):
    """A MinHash band of a report's text: reports that share a band are candidates with nearly the same text."""

    __tablename__ = "report_minhash"
    __table_args__ = (Index("ix_report_minhash_report_id", "report_id"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    band: Mapped[int] = mapped_column(Integer, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)


class MatchWeights(Base):
    """Match weights learned from the decisions of a campaign; versions count from 1, and 0 are the default weights."""

    __tablename__ = "match_weights"
    __table_args__ = (UniqueConstraint("campaign_id", "version"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    version: Mapped[int]
    weights: Mapped[dict[str, Any]]  # number by name of the evidence
    figures: Mapped[dict[str, Any]]  # how many decisions it was learned from, and how well it did on those held out
    created_at: Mapped[CreatedAt]


class Link(Base):
    """A comparison of two reports: the candidate, the similarity score, the reasons, and what was decided."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("report_id", "candidate_id"),
        CheckConstraint("report_id <> candidate_id", name="two_reports"),
        Index("ix_link_candidate_id", "candidate_id"),
    )

    id: Mapped[Id]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    candidate_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    score: Mapped[float]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

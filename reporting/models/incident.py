"""Incidents beyond their reports: duplicate bursts, incident updates with their recipients, referrals."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import UpdateKind, sql_list


class DuplicateBurst(Base):
    """Coordinated duplicates: one text from many numbers in a short time.

    Its reports do not count as independent sources unless a moderator says so (`dismissed_at`).
    """

    __tablename__ = "duplicate_burst"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    figures: Mapped[dict[str, Any]]  # why it was marked: `numbers`, `new_numbers`, `within_s` when it was noticed
    dismissed_at: Mapped[datetime | None]  # when a moderator declared the reports independent
    created_at: Mapped[CreatedAt]


class IncidentUpdate(Base):
    """A text that every reporter of an incident is sent once. It belongs to the incident of its report.

    The update therefore follows that report through link, split, merge and undo, and no row has to be moved.
    """

    __tablename__ = "incident_update"
    __table_args__ = (CheckConstraint(f"kind IN {sql_list(*UpdateKind)}", name="kind"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # by language; none for fixed words
    reaches_copies: Mapped[bool] = mapped_column(server_default="false")  # also sent to senders of duplicate bursts
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class UpdateRecipient(Base):
    """A contact who was sent an update. One row each, so that concurrent workers never send it twice."""

    __tablename__ = "update_recipient"
    __table_args__ = (Index("ix_update_recipient_message_id", "message_id"),)

    update_id: Mapped[int] = mapped_column(ForeignKey("incident_update.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    told_at: Mapped[datetime] = mapped_column(server_default=func.now())
    is_asked: Mapped[bool] = mapped_column(server_default="false")  # whether it is solved, of an update that says so
    is_solved: Mapped[bool | None]  # what they answered


class Referral(Base):
    """An incident that was passed on to an office (a code of the campaign's settings). Belongs as an update does."""

    __tablename__ = "referral"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    office: Mapped[str] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

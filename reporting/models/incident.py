"""What is known of incidents beyond their reports: copies of one text, and what all their reporters are told."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id

OWN_WORDS = "text"  # an update that a moderator wrote
SOLVED = "solved"  # the fixed words that it is said to be solved
UPDATE_KINDS = (OWN_WORDS, SOLVED)


class DuplicateBurst(Base):
    """One text from many numbers in a short time: its reports are no independent voices, unless a person says so."""

    __tablename__ = "duplicate_burst"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    figures: Mapped[dict[str, Any]]  # why it was marked: `numbers`, `new_numbers`, `within_s` when it was noticed
    dismissed_at: Mapped[datetime | None]  # a person said that these are independent after all
    created_at: Mapped[CreatedAt]


class IncidentUpdate(Base):
    """Something that every reporter of an incident is told once. It is about the incident that its report is of now.

    So it goes where that report goes, by link, split, merge and undo, and nothing needs to be moved for it.
    """

    __tablename__ = "incident_update"
    __table_args__ = (CheckConstraint(f"kind IN {UPDATE_KINDS}", name="kind"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # by language; none for fixed words
    reaches_copies: Mapped[bool] = mapped_column(server_default="false")  # also those who sent copies of one text
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class UpdateRecipient(Base):
    """That somebody was told an update: one row each, so that nobody is told twice whoever tells at the same time."""

    __tablename__ = "update_recipient"
    __table_args__ = (Index("ix_update_recipient_message_id", "message_id"),)

    update_id: Mapped[int] = mapped_column(ForeignKey("incident_update.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    told_at: Mapped[datetime] = mapped_column(server_default=func.now())

"""What moderators do beside deciding: assign, put off, note, translate, save views of the desk; and signals."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id


class ReportAssignment(Base):
    """Whose a report is, and until when it is put off; no row: anybody's, and now."""

    __tablename__ = "report_assignment"
    __table_args__ = (
        Index(
            "ix_report_assignment_assigned_to",
            "assigned_to",
            "report_id",
            postgresql_where=text("assigned_to IS NOT NULL"),
        ),
    )

    report_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("report.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    snoozed_until: Mapped[datetime | None]
    changed_by: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReportNote(Base):
    """A private note of a moderator on a report, encrypted; it is never published."""

    __tablename__ = "report_note"
    __table_args__ = (Index("ix_report_note_report_id", "report_id", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(BigInteger)
    text_encrypted: Mapped[bytes]
    created_at: Mapped[CreatedAt]


class NoteMention(Base):
    """Somebody who is mentioned in a note, and when they said that they have seen it."""

    __tablename__ = "note_mention"
    __table_args__ = (
        Index("ix_note_mention_unseen", "account_id", "note_id", postgresql_where=text("seen_at IS NULL")),
    )

    note_id: Mapped[int] = mapped_column(ForeignKey("report_note.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime | None]


class ReportTranslation(Base):
    """The translation of a report's words, encrypted; it is never published, and a correction replaces it."""

    __tablename__ = "report_translation"
    __table_args__ = (UniqueConstraint("report_id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(BigInteger)
    text_encrypted: Mapped[bytes]
    written_at: Mapped[CreatedAt]


class SavedView(Base):
    """A view of one account: the filters of an address, in which words that were searched stand encrypted."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("campaign_id", "account_id", "name"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class EarlySignal(Base):
    """More independent sources than usual on a topic in an area within a day, as a job found it last."""

    __tablename__ = "early_signal"
    __table_args__ = (UniqueConstraint("campaign_id", "topic_id", "area_code"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"))
    area_code: Mapped[str] = mapped_column(Text)
    sources: Mapped[int] = mapped_column(Integer)
    usual: Mapped[float]  # mean of a day of the four weeks before
    found_at: Mapped[CreatedAt]

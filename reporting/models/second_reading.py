"""Second readings: what two moderators decided about one report, each without seeing the other's decision."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import DECIDED, ReadingChoice, sql_list


class SecondReading(Base):
    """A report that is read twice; the verdicts are states of a report, `approved` or `rejected`.

    Until `settled_at` it waits: for the second reader while `second_at` is empty, then for a third who settles it.
    Accounts are kept as numbers, as in the decision log, so that an account that is deleted leaves no gap.
    """

    __tablename__ = "second_reading"
    __table_args__ = (
        UniqueConstraint("report_id"),
        CheckConstraint(f"chosen_by IN {sql_list(*ReadingChoice)}", name="chosen_by"),
        CheckConstraint(f"first_verdict IN {DECIDED}", name="first_verdict"),
        CheckConstraint(f"second_verdict IN {DECIDED}", name="second_verdict"),
        CheckConstraint(f"settled_verdict IN {DECIDED}", name="settled_verdict"),
        CheckConstraint("first_account_id <> second_account_id", name="two_people"),
        CheckConstraint("settled_by NOT IN (first_account_id, second_account_id)", name="third_person"),
        Index("ix_second_reading_open", "campaign_id", "id", postgresql_where=text("settled_at IS NULL")),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    chosen_by: Mapped[str] = mapped_column(Text)
    first_account_id: Mapped[int | None] = mapped_column(BigInteger)
    first_verdict: Mapped[str] = mapped_column(Text)
    first_reason: Mapped[str | None] = mapped_column(Text)  # of a rejection
    first_note: Mapped[str | None] = mapped_column(Text)  # of a rejection that does not count yet
    first_topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    first_at: Mapped[CreatedAt]
    leased_by: Mapped[int | None] = mapped_column(BigInteger)
    leased_until: Mapped[datetime | None]
    second_account_id: Mapped[int | None] = mapped_column(BigInteger)
    second_verdict: Mapped[str | None] = mapped_column(Text)
    second_reason: Mapped[str | None] = mapped_column(Text)
    second_topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    second_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(BigInteger)  # None where both agreed
    settled_verdict: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None]

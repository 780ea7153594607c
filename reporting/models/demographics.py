"""What people told about themselves, and about whom a report is: each item with the reason why it is there or not.

Neither table holds a number, a name or a word of a report. Their values leave the database only as protected figures.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import AffectedRole, AnswerMode, ItemStatus, sql_list

_BY_DOMAIN: Final = "difficulty"  # an item with a value for each domain, none where there was no answer
ITEMS: Final = ("sex", "age", _BY_DOMAIN)


def _check_items(*items: str) -> list[CheckConstraint]:
    """Make the checks of items: a known reason, and a value only where there was an answer."""
    reasons = [CheckConstraint(f"{item}_why IN {sql_list(*ItemStatus)}", name=f"{item}_why") for item in items]
    values = [
        CheckConstraint(f"({item} IS NOT NULL) = ({item}_why = '{ItemStatus.ANSWERED}')", name=f"{item}_answered")
        for item in items
        if item != _BY_DOMAIN
    ]
    return [*reasons, *values]


class ReporterProfile(Base):
    """One version of what a contact told about themselves; of a sender without a contact, what came with one report.

    The versions of a contact are numbered from 1 in the order in which they were written. Each is in force from its
    `created_at`, the time of the report with which it was told, until the next one's. `report_id` is that report, None
    once it is erased. `sex` is of SDMX CL_SEX (F, M, _O); `age` is of the SDGs' CL_AGE,
    a band of five years where a number was told (Y5T9), else the wide band that was chosen (Y15T24). `difficulty` holds
    the Washington Group Short Set by domain (see, hear, walk, cog, self, comm), 1 to 4, or `any` of a source that
    tells of no single domain.
    """

    __tablename__ = "reporter_profile"
    __table_args__ = (
        # Its index also finds the latest version of a contact.
        UniqueConstraint("contact_id", "campaign_id", "version"),
        *_check_items(*ITEMS),
        CheckConstraint(f"mode IN {sql_list(*AnswerMode)}", name="mode"),
        CheckConstraint("contact_id IS NOT NULL OR report_id IS NOT NULL", name="of_somebody"),
        Index("uq_reporter_profile_anonymous", "report_id", unique=True, postgresql_where=text("contact_id IS NULL")),
        Index("ix_reporter_profile_report_id", "report_id"),
        Index("ix_reporter_profile_campaign_id_expires_at", "campaign_id", "expires_at"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(server_default="1")
    sex: Mapped[str | None] = mapped_column(Text)
    sex_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    age: Mapped[str | None] = mapped_column(Text)
    age_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    difficulty: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    difficulty_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    mode: Mapped[str] = mapped_column(Text, server_default=AnswerMode.SELF)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]  # retention: deleted after it


class Affected(Base):
    """Whom a report is about: a person, a household or a community, with their number and, of a person, the items.

    The person affected need not be the sender, whose `ReporterProfile` stands apart.
    """

    __tablename__ = "affected"
    __table_args__ = (
        CheckConstraint(f"role IN {sql_list(*AffectedRole)}", name="role"),
        CheckConstraint("number > 0", name="number"),
        *_check_items("role", "number", *ITEMS),
        Index("ix_affected_first_report_id", "first_report_id", postgresql_where=text("first_report_id IS NOT NULL")),
    )

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    # Of a divided report: the one that is about the same people.
    first_report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="SET NULL"))
    is_sender: Mapped[bool] = mapped_column(server_default="false")  # the person is whoever sent the report
    role: Mapped[str | None] = mapped_column(Text)
    role_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    number: Mapped[int | None]
    number_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    sex: Mapped[str | None] = mapped_column(Text)
    sex_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    age: Mapped[str | None] = mapped_column(Text)
    age_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)
    difficulty: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    difficulty_why: Mapped[str] = mapped_column(Text, server_default=ItemStatus.NOT_ASKED)

"""What translators see: waiting reports without a translation, the most urgent first, and of each its words alone.

They see no sender, no place and no decision. A report that somebody else has translated is closed to them again, so
that they read no more than they are needed for; their own translations they may correct.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, select

from reporting.models.desk import ReportTranslation
from reporting.models.report import Report
from reporting.models.states import ReportState
from reporting.moderation.access_log import record_access, record_new_access
from reporting.moderation.desk.listing import Order, be_behind, find_cursor, sort
from reporting.moderation.errors import ReportUnknown, TranslatedMeanwhile

PAGE_SIZE: Final = 30
UNKNOWN: Final = "none"  # in place of a language's code: the language of the words is not known
BEGINNING: Final = 240  # characters of the words that a list shows
_ACTIVE: Final = (ReportState.QUEUED, ReportState.APPROVED)
_COLUMNS: Final = (
    Report.id, Report.reference, Report.text, Report.language, Report.reported_at, Report.urgency,
    Report.urgency_reasons,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a translator asks for: a language's code or UNKNOWN, or all but one; restricted reports or the others."""

    language: str | None = None
    not_language: str | None = None
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A report that waits for a translation. The words are shown without personal details."""

    id: int
    reference: str
    words: str
    language: str | None
    reported_at: datetime
    urgency: int
    urgency_reasons: list[str]


def list_untranslated(
    connection: Connection, campaign_id: int, account_id: int, wanted: Wanted, *, after_id: int | None = None
) -> tuple[list[Untranslated], bool]:
    """List a page of reports, and whether there are more; record that this account saw the beginning of their words.

    The page begins behind the report `after_id`. The caller has checked the right to see restricted reports.
    """
    query = select(*_COLUMNS).where(*_conditions(connection, campaign_id, wanted, after_id))
    rows = connection.execute(query.order_by(*sort(Order.URGENT)).limit(PAGE_SIZE + 1)).all()
    found = [Untranslated(*row) for row in rows[:PAGE_SIZE]]
    record_new_access(connection, account_id, [each.id for each in found])
    return found, len(rows) > PAGE_SIZE


def find_next(connection: Connection, campaign_id: int, wanted: Wanted, *, after_id: int) -> int | None:
    """Find the report behind this one; None where it is the last."""
    query = select(Report.id).where(*_conditions(connection, campaign_id, wanted, after_id))
    return connection.execute(query.order_by(*sort(Order.URGENT)).limit(1)).scalar()


def get_words(
    connection: Connection, campaign_id: int, report_id: int, account_id: int, *, sees_restricted: bool
) -> Untranslated:
    """Get the words of a report for a translator, and record the access.

    Raises ReportUnknown, also for what this account may not see, and TranslatedMeanwhile where somebody else has
    translated it.
    """
    query = select(*_COLUMNS, Report.is_sensitive, ReportTranslation.account_id).where(
        Report.id == report_id, Report.campaign_id == campaign_id, Report.state.in_(_ACTIVE), Report.text != ""
    )
    joined = query.outerjoin(ReportTranslation, ReportTranslation.report_id == Report.id)
    row = connection.execute(joined).first()
    if row is None or (row.is_sensitive and not sees_restricted):
        raise ReportUnknown
    if row.account_id not in (None, account_id):
        raise TranslatedMeanwhile
    record_access(connection, account_id, [report_id])
    return Untranslated(*row[:-2])


def _conditions(
    connection: Connection, campaign_id: int, wanted: Wanted, after_id: int | None
) -> list[ColumnElement[bool]]:
    is_translated = exists().where(ReportTranslation.report_id == Report.id)
    conditions = [
        Report.campaign_id == campaign_id,
        Report.state == ReportState.QUEUED,
        Report.is_sensitive.is_(wanted.is_restricted),
        Report.text != "",
        ~is_translated,
    ]
    if wanted.language is not None:
        is_asked = Report.language.is_(None) if wanted.language == UNKNOWN else Report.language == wanted.language
        conditions.append(is_asked)
    elif wanted.not_language is not None:
        conditions.append(Report.language.is_distinct_from(wanted.not_language))
    cursor = find_cursor(connection, after_id) if after_id is not None else None
    if cursor is not None:
        conditions.append(be_behind(cursor, Order.URGENT))
    return conditions

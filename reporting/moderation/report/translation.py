"""The translation of a report's words: written once by anybody who may read the report, for everybody who may.

Like a private note it is encrypted with the key that is kept outside the database, is in no log, export or figure, and
goes with the words of the report. There is one for a report; whoever corrects it replaces it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, text

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.models.desk import ReportTranslation
from reporting.models.states import DecisionKind
from reporting.moderation.decision_log import append_decision, open_report
from reporting.moderation.errors import ChangeRefused, InputRefused, TranslatedMeanwhile

TRANSLATION_LONGEST: Final = 4_000  # characters
_OF_REPORT = text(
    """
    SELECT report_translation.id, account.name AS account_name, report_translation.written_at,
           report_translation.text_encrypted
      FROM report_translation LEFT JOIN account ON account.id = report_translation.account_id
     WHERE report_translation.report_id = :report_id
    """
)


@dataclass(frozen=True, slots=True)
class Translation:
    """A translation in words, for people who may see the report."""

    id: int
    account_name: str | None
    written_at: datetime
    text: str


def find_translation(connection: Connection, report_id: int, seals: Pseudonyms) -> Translation | None:
    """Find the translation of a report. The caller has logged that the account sees the report's words."""
    row = connection.execute(_OF_REPORT, {"report_id": report_id}).first()
    if row is None:
        return None
    return Translation(row.id, row.account_name, row.written_at, seals.unseal(row.text_encrypted))


def write_translation(
    connection: Connection, report_id: int, account_id: int, *, words: str, replaces: int | None, seals: Pseudonyms
) -> int:
    """Write the translation of a report and return its id. Nobody's lease stands in the way.

    `replaces` is the id of the translation that the writer saw, None where there was none. Raises InputRefused for one
    that is empty or too long, TranslatedMeanwhile where another one stands by now, ChangeRefused for a report whose
    words are gone, ReportUnknown.
    """
    words = words.strip()
    if not words or len(words) > TRANSLATION_LONGEST:
        raise InputRefused("translation")
    report = open_report(connection, report_id, account_id, is_beside=True)
    if not report.text.strip():
        raise ChangeRefused
    query = select(ReportTranslation.id).where(ReportTranslation.report_id == report.id)
    if connection.execute(query).scalar() != replaces:
        raise TranslatedMeanwhile
    connection.execute(delete(ReportTranslation).where(ReportTranslation.report_id == report.id))
    row = {"campaign_id": report.campaign_id, "report_id": report.id, "account_id": account_id}
    statement = insert(ReportTranslation).values(row | {"text_encrypted": seals.seal(words)})
    translation_id = int(connection.execute(statement.returning(ReportTranslation.id)).scalar_one())
    append_decision(connection, report, account_id, DecisionKind.TRANSLATE, after={"translation_id": translation_id})
    return translation_id

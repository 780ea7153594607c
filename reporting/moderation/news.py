"""What became of it: the sender of a report is told once that it counts, or that it could not be used."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, select

from reporting.intake.definition import read_conversation
from reporting.intake.outbox import queue_text, withdraw_news
from reporting.intake.phrase import Phrase, say, spoken_languages
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.message import FAILED, NEWS, Contact, Message
from reporting.models.report import APPROVED, REJECTED, Report

SETTLES_AFTER: Final = timedelta(minutes=10)  # a decision that is undone by then was never announced
_PHRASES: Final[Mapping[str, Phrase]] = {APPROVED: Phrase.APPROVED, REJECTED: Phrase.REJECTED}


def tell_news(connection: Connection, report_id: int, state: str) -> int | None:
    """Queue the news that the report has come into this state, and take back what was to be told of the state before.

    The id of the text; None where nothing is to be told: in a campaign that tells no news, of a sensitive report, to
    somebody who cannot be reached or was told the same before.
    """
    withdraw_news(connection, report_id)
    phrase = _PHRASES.get(state)
    query = (
        select(
            Report.reference, Report.is_sensitive, Report.contact_id, Report.message_id, Campaign.conversation,
            Campaign.languages, Contact.language,
        )
        .join(Campaign, Campaign.id == Report.campaign_id)
        .outerjoin(Contact, Contact.id == Report.contact_id)
        .where(Report.id == report_id)
    )  # fmt: skip
    row = connection.execute(query).one()
    if phrase is None or row.is_sensitive or row.contact_id is None:
        return None
    if not read_conversation(row.conversation).sends_news:
        return None
    if _was_told(connection, report_id, [say(phrase, each, reference=row.reference) for each in spoken_languages()]):
        return None
    language = next((each for each in (row.language, *row.languages) if each in spoken_languages()), "en")
    return queue_text(
        connection,
        contact_id=row.contact_id,
        text=say(phrase, language, reference=row.reference),
        report_id=report_id,
        answers_id=row.message_id,
        purpose=NEWS,
        language=language,
        due_at=now() + SETTLES_AFTER,
        can_wait=True,
    )


def _was_told(connection: Connection, report_id: int, wordings: list[str]) -> bool:
    """Whether one of the texts left before; the person's language may have changed since."""
    query = select(Message.id).where(
        Message.report_id == report_id, Message.purpose == NEWS, Message.state != FAILED, Message.text.in_(wordings)
    )
    return connection.execute(query).first() is not None

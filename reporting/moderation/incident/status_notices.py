"""Status notifications: tell the sender of a report once that it was approved or could not be used.

A sender is notified once for an incident, however many reports of it they sent, and whether these are decided together
or one by one. A sender is notified once for a message that a moderator divided into several reports, because they know
one reference only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Row, select, text

from reporting.campaigns.definition import read_conversation
from reporting.incidents.updates import SETTLES_AFTER, Recipient, choose_spoken, list_recipients, queue_for_all
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.report import Report
from reporting.models.states import ACTIVE, DECIDED, Direction, MessageState, Purpose, ReportState
from reporting.outbox.outbox import withdraw_status_notices

_PHRASES: Final[Mapping[str, Phrase]] = {ReportState.APPROVED: Phrase.APPROVED, ReportState.REJECTED: Phrase.REJECTED}
# All status notifications of these senders, with the reference that each one names.
_TOLD = text(
    f"""
    SELECT message.contact_id, message.text, report.reference, report.incident_id
      FROM message JOIN report ON report.id = message.report_id
     WHERE message.contact_id = ANY(CAST(:contact_ids AS bigint[])) AND message.direction = '{Direction.OUTBOUND}'
       AND message.purpose = '{Purpose.NEWS}' AND message.state <> '{MessageState.FAILED}'
    """
)
# Other decided reports of the same senders and incidents: their notifications may have been left out before.
_SIBLINGS = text(
    f"""
    SELECT DISTINCT other.id, other.state FROM report own
      JOIN report other ON other.contact_id = own.contact_id AND other.incident_id = own.incident_id
     WHERE own.id = ANY(CAST(:report_ids AS bigint[])) AND other.id <> ALL(CAST(:report_ids AS bigint[]))
       AND other.state IN {DECIDED} ORDER BY other.id
    """
)
# Reports that are parts of one divided message: the reference that the sender knows, all parts, and whether another
# part is approved or waits.
_PARTS = text(
    f"""
    SELECT own.id, array_agg(part.id ORDER BY part.id) AS ids,
           (array_agg(part.reference ORDER BY part.id))[1] AS reference,
           bool_or(part.id <> own.id AND part.state IN {ACTIVE}) AS has_better
      FROM report AS own JOIN report AS part ON part.message_id = own.message_id AND part.contact_id = own.contact_id
     WHERE own.id = ANY(CAST(:report_ids AS bigint[])) GROUP BY own.id HAVING count(*) > 1
    """
)
_DECIDED = text("SELECT id, state FROM report WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id")


def send_status_notices(connection: Connection, report_ids: Sequence[int], state: str) -> list[int]:
    """Queue status notifications for reports that changed to `state`, and withdraw those of the state before.

    All reports are of one campaign.

    Returns the message ids, one for each sender. Nothing is queued in a campaign without notifications, for a sensitive
    report, for a sender who cannot be reached, or for one who was told the same of the same incident before.
    """
    others = {each for row in _list_parts(connection, report_ids) for each in row.ids} - set(report_ids)
    withdrawn = withdraw_status_notices(connection, [*report_ids, *others])
    ids = _notify(connection, report_ids, state)
    if withdrawn:
        siblings = connection.execute(_SIBLINGS, {"report_ids": list(report_ids)}).all()
        for sibling in (*connection.execute(_DECIDED, {"ids": list(others)}).all(), *siblings):
            ids += _notify(connection, [sibling.id], sibling.state)
    return ids


def _list_parts(connection: Connection, report_ids: Sequence[int]) -> Sequence[Row[Any]]:
    return connection.execute(_PARTS, {"report_ids": list(report_ids)}).all()


def _join_divided(connection: Connection, recipients: Sequence[Recipient], state: str) -> list[Recipient]:
    """Replace each report that is a part of a divided message by the report whose reference the sender knows.

    A rejection is left out while another part of the message is approved or waits.
    """
    parts = {row.id: row for row in _list_parts(connection, [each.report_id for each in recipients])}
    told = []
    for each in recipients:
        part = parts.get(each.report_id)
        if part is None:
            told.append(each)
        elif state != ReportState.REJECTED or not part.has_better:
            told.append(replace(each, report_id=part.ids[0], reference=part.reference))
    return told


def _notify(connection: Connection, report_ids: Sequence[int], state: str) -> list[int]:
    phrase = _PHRASES.get(state)
    recipients = _join_divided(connection, list_recipients(connection, report_ids), state)
    if phrase is None or not recipients:
        return []
    query = select(Campaign.languages, Campaign.conversation).where(Campaign.id == recipients[0].campaign_id)
    campaign = connection.execute(query).one()
    if not read_conversation(campaign.conversation).sends_news:
        return []
    told = _list_notified(connection, recipients, phrase)
    incidents = connection.execute(
        select(Report.id, Report.incident_id).where(Report.id.in_([each.report_id for each in recipients]))
    )
    of = {row.id: row.incident_id for row in incidents}
    open_ones = [each for each in recipients if (each.contact_id, of[each.report_id]) not in told]

    def word(to: Recipient) -> tuple[str, str]:
        language = choose_spoken(to.language, campaign.languages)
        return say(phrase, language, reference=to.reference), language

    return queue_for_all(connection, open_ones, word, Purpose.NEWS, due_at=now() + SETTLES_AFTER)


def _list_notified(connection: Connection, recipients: Sequence[Recipient], phrase: Phrase) -> set[tuple[int, int]]:
    """List the pairs (contact, incident) that were notified with this phrase, in any language.

    The contact's language may have changed since then.
    """
    rows = connection.execute(_TOLD, {"contact_ids": [each.contact_id for each in recipients]})
    return {(row.contact_id, row.incident_id) for row in rows if _says(row, phrase)}


def _says(row: Row[Any], phrase: Phrase) -> bool:
    return any(row.text == say(phrase, language, reference=row.reference) for language in spoken_languages())

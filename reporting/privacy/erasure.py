"""FORGET: what somebody sent us goes, here and in everything that was made of it.

Left are rows without content: that a message with a gateway's id was here (so that the gateway cannot bring it back),
and that a report with a reference was erased. Nothing ties the two, or several of one sender, together, and nothing
tells what kind of report it was; moments are kept to the day. Releases that are out stay; the next one no longer counts
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.lessons import TAUGHT_BY_MODERATOR, forget
from reporting.incidents.lock import lock_linking

_MESSAGES = text(
    """
    UPDATE message SET text = '', address_hash = NULL, address_encrypted = NULL, payload_encrypted = NULL,
        details_encrypted = NULL,
           content_hash = NULL, twin_hash = NULL, network_hash = NULL, language = NULL, contact_id = NULL,
           report_id = NULL, received_at = date_trunc('day', received_at)
     WHERE (contact_id = :contact_id OR (state = 'set_aside' AND address_hash =
               (SELECT address_hash FROM contact WHERE id = :contact_id)))
       AND NOT (direction = 'out' AND state = 'queued' AND purpose = 'command')
    RETURNING id
    """
)
_TO_SEND = text(
    """
    UPDATE message SET state = 'failed', error = 'erased'
     WHERE contact_id = :contact_id AND state = 'queued' AND purpose <> 'command'
    """
)
_REPORTS = text(
    """
    UPDATE report SET text = '', text_key = NULL, language = NULL, language_confidence = NULL, topic_id = NULL,
           topic_confidence = NULL, point = NULL, radius_m = NULL, place_confidence = NULL, location_source = NULL,
           gazetteer_name = NULL, location_reasons = '[]', alternatives = '[]', area_codes = '{}', answers = '{}',
           contact_id = NULL, state = 'erased',
           is_sensitive = false, sensitive_reason = NULL, leased_by = NULL, leased_until = NULL, message_id = NULL,
           other_topics = '[]', other_places = '[]', perhaps_answers_id = NULL, occurred_precision_s = NULL,
           occurred_at = date_trunc('day', occurred_at), reported_at = date_trunc('day', reported_at),
           created_at = date_trunc('day', created_at)
     WHERE id = ANY(:report_ids)
    """
)
_LESSONS = text(
    """
    SELECT learned_placement.source, learned_placement.source_id
      FROM report
      JOIN LATERAL (VALUES (CAST(:moderator AS text), report.id::text), (report.source, report.source_id))
           AS taught (source, source_id) ON true
      JOIN learned_placement ON (learned_placement.campaign_id, learned_placement.source, learned_placement.source_id)
                   = (report.campaign_id, taught.source, taught.source_id)
     WHERE report.id = ANY(:report_ids)
    """
)
_OF_CONTACT = text("SELECT id FROM report WHERE contact_id = :contact_id ORDER BY id FOR UPDATE")
_REST_OF_REPORTS = (
    text("DELETE FROM link WHERE report_id = ANY(:report_ids) OR candidate_id = ANY(:report_ids)"),
    text("DELETE FROM report_minhash WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM report_demographics WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM question WHERE report_id = ANY(:report_ids)"),
    text(
        """
        UPDATE incident SET topic_id = NULL, point = NULL, radius_m = NULL, occurred_at = NULL,
               occurred_precision_s = NULL, created_at = date_trunc('day', created_at)
         WHERE id IN (SELECT incident_id FROM report WHERE id = ANY(:report_ids))
           AND NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id AND report.state <> 'erased')
        """
    ),
    text("SELECT erase_decisions(id) FROM unnest(CAST(:report_ids AS bigint[])) AS erased(id)"),
)
_REST = (
    text("DELETE FROM question WHERE contact_id = :contact_id"),
    # The number is still needed for the one text that says that all is gone.
    text(
        "UPDATE contact SET address_hash = decode(md5(random()::text || id), 'hex'), erased_at = now(), language = NULL"
        " WHERE id = :contact_id"
    ),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: ids of messages, whose pictures must go from the store too, and of reports."""

    message_ids: Sequence[int]
    report_ids: Sequence[int]


def erase_contact(connection: Connection, campaign_id: int, contact_id: int) -> Erased:
    """Erase all that a contact of the campaign sent, in the caller's transaction."""
    lock_linking(connection, campaign_id)
    connection.execute(_TO_SEND, {"contact_id": contact_id})
    report_ids = list(connection.execute(_OF_CONTACT, {"contact_id": contact_id}).scalars())
    message_ids = list(connection.execute(_MESSAGES, {"contact_id": contact_id}).scalars())
    erase_reports(connection, campaign_id, report_ids)
    for statement in _REST:
        connection.execute(statement, {"contact_id": contact_id})
    return Erased(message_ids, report_ids)


def erase_reports(connection: Connection, campaign_id: int, report_ids: Sequence[int]) -> None:
    """Leave of these reports their number and their reference, and of decisions on them who decided when.

    What such decisions changed of other reports stays, so that it can still be taken back. `lock_linking` must be held.
    """
    for statement in (_REPORTS, *_REST_OF_REPORTS):
        connection.execute(statement, {"report_ids": list(report_ids)})
    forget_lessons(connection, campaign_id, report_ids)


def forget_lessons(connection: Connection, campaign_id: int, report_ids: Sequence[int]) -> None:
    """Let the geocoder forget what these reports taught it, by their pins or when they were imported: few did."""
    values = {"moderator": TAUGHT_BY_MODERATOR, "report_ids": list(report_ids)}
    for lesson in connection.execute(_LESSONS, values).all():
        forget(connection, campaign_id, lesson.source, lesson.source_id)


def drop_numbers(connection: Connection) -> int:
    """Drop the numbers of erased contacts to whom nothing more is to be sent; returns how many."""
    statement = text(
        """
        UPDATE contact SET number_encrypted = NULL
         WHERE erased_at IS NOT NULL AND number_encrypted IS NOT NULL
           AND NOT EXISTS (SELECT FROM message WHERE contact_id = contact.id AND state IN ('queued', 'sending'))
        """
    )
    return connection.execute(statement).rowcount

"""Erasure (FORGET, GDPR art. 17): delete what a contact sent, and everything that was derived from it.

Rows without content stay: a message with its gateway's id (so that the gateway cannot bring it back), and a report with
its reference. Nothing in these rows links them to each other or to one sender, and nothing tells the kind of report.
Times are reduced to the day. Published releases stay; the next release no longer counts the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.learned_placements import FROM_MODERATOR, delete_placements
from reporting.incidents.lock import lock_linking
from reporting.models.states import UNSENT, Direction, MessageState, Purpose, ReportState
from reporting.outbox.outbox import ERASED

_MESSAGES = text(
    f"""
    UPDATE message SET text = '', address_hash = NULL, address_encrypted = NULL, payload_encrypted = NULL,
        details_encrypted = NULL,
           content_hash = NULL, twin_hash = NULL, network_hash = NULL, language = NULL, contact_id = NULL,
           report_id = NULL, received_at = date_trunc('day', received_at)
     WHERE (contact_id = :contact_id OR (state = '{MessageState.SET_ASIDE}' AND address_hash =
               (SELECT address_hash FROM contact WHERE id = :contact_id)))
       AND NOT (direction = '{Direction.OUTBOUND}' AND state = '{MessageState.QUEUED}'
                AND purpose = '{Purpose.COMMAND}')
    RETURNING id
    """
)
_TO_SEND = text(
    f"""
    UPDATE message SET state = '{MessageState.FAILED}', error = '{ERASED}'
     WHERE contact_id = :contact_id AND state = '{MessageState.QUEUED}' AND purpose <> '{Purpose.COMMAND}'
    """
)
_REPORTS = text(
    f"""
    UPDATE report SET text = '', text_key = NULL, language = NULL, language_confidence = NULL, topic_id = NULL,
           topic_confidence = NULL, point = NULL, radius_m = NULL, place_confidence = NULL, location_source = NULL,
           gazetteer_name = NULL, location_reasons = '[]', alternatives = '[]', area_codes = '{{}}', answers = '{{}}',
           contact_id = NULL, account_id = NULL, browser_hash = NULL, state = '{ReportState.ERASED}',
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
# What a sender told about themselves goes with the last of their reports. Before that a version only loses the link to
# the report with which it was told, and the hour, since it is in force for the others. To be run while reports know
# their senders.
_PROFILES = (
    text("DELETE FROM reporter_profile WHERE report_id = ANY(:report_ids) AND contact_id IS NULL"),
    text(
        """
        DELETE FROM reporter_profile
         WHERE contact_id IN (
               SELECT contact_id FROM report WHERE id = ANY(:report_ids)
                  AND NOT EXISTS (SELECT FROM report AS kept
                                   WHERE kept.contact_id = report.contact_id AND kept.id <> ALL(:report_ids)))
        """
    ),
    text(
        "UPDATE reporter_profile SET report_id = NULL, created_at = date_trunc('day', created_at)"
        " WHERE report_id = ANY(:report_ids)"
    ),
)
_OF_CONTACT = text("SELECT id FROM report WHERE contact_id = :contact_id ORDER BY id FOR UPDATE")
_REST_OF_REPORTS = (
    text("DELETE FROM link WHERE report_id = ANY(:report_ids) OR candidate_id = ANY(:report_ids)"),
    text("DELETE FROM report_minhash WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM affected WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM second_reading WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM report_note WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM report_translation WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM report_assignment WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM question WHERE report_id = ANY(:report_ids)"),
    text(
        f"""
        UPDATE incident SET topic_id = NULL, point = NULL, radius_m = NULL, occurred_at = NULL,
               occurred_precision_s = NULL, created_at = date_trunc('day', created_at)
         WHERE id IN (SELECT incident_id FROM report WHERE id = ANY(:report_ids))
           AND NOT EXISTS (SELECT FROM report
                            WHERE report.incident_id = incident.id AND report.state <> '{ReportState.ERASED}')
        """
    ),
    text("SELECT erase_decisions(id) FROM unnest(CAST(:report_ids AS bigint[])) AS erased(id)"),
)
_REST = (
    text("DELETE FROM question WHERE contact_id = :contact_id"),
    text("DELETE FROM reporter_profile WHERE contact_id = :contact_id"),
    # The number stays until the one message has been sent that confirms the erasure.
    text(
        "UPDATE contact SET address_hash = decode(md5(random()::text || id), 'hex'), erased_at = now(), language = NULL"
        " WHERE id = :contact_id"
    ),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """The erased rows: ids of messages and of reports.

    The caller must delete the pictures of these messages from the media store.
    """

    message_ids: Sequence[int]
    report_ids: Sequence[int]


def erase_contact(connection: Connection, campaign_id: int, contact_id: int) -> Erased:
    """Erase everything that a contact of the campaign sent, in the caller's transaction."""
    lock_linking(connection, campaign_id)
    connection.execute(_TO_SEND, {"contact_id": contact_id})
    report_ids = list(connection.execute(_OF_CONTACT, {"contact_id": contact_id}).scalars())
    message_ids = list(connection.execute(_MESSAGES, {"contact_id": contact_id}).scalars())
    erase_reports(connection, campaign_id, report_ids)
    for statement in _REST:
        connection.execute(statement, {"contact_id": contact_id})
    return Erased(message_ids, report_ids)


def erase_reports(connection: Connection, campaign_id: int, report_ids: Sequence[int]) -> None:
    """Erase the content of reports: their number and reference stay, and who decided on them when.

    Changes that such a decision made to other reports stay, so that they can still be undone. The caller holds
    `lock_linking`.
    """
    for statement in (*_PROFILES, _REPORTS, *_REST_OF_REPORTS):
        connection.execute(statement, {"report_ids": list(report_ids)})
    delete_placements_of(connection, campaign_id, report_ids)


def delete_placements_of(connection: Connection, campaign_id: int, report_ids: Sequence[int]) -> None:
    """Delete the learned placements of these reports, from moderators' pins or from an import. Few reports have one."""
    values = {"moderator": FROM_MODERATOR, "report_ids": list(report_ids)}
    for placement in connection.execute(_LESSONS, values).all():
        delete_placements(connection, campaign_id, placement.source, placement.source_id)


def drop_numbers(connection: Connection) -> int:
    """Delete the numbers of erased contacts who get no further message. Returns how many."""
    statement = text(
        f"""
        UPDATE contact SET number_encrypted = NULL
         WHERE erased_at IS NOT NULL AND number_encrypted IS NOT NULL
           AND NOT EXISTS (SELECT FROM message WHERE contact_id = contact.id AND state IN {UNSENT})
        """
    )
    return connection.execute(statement).rowcount

"""Retention of closed reports: first words, pictures and exact point are deleted, later everything but the reference.

Three kinds of reports are never changed: those that wait for a decision, those that a moderator works on, and those
that a waiting report may have to be compared with. The reports that a function finds stay locked until the caller's
transaction ends.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.campaigns.definition import read_conversation
from reporting.media.attachments import delete_media
from reporting.models.states import DECIDED, UNFINISHED, MessageState, ReportState
from reporting.privacy.erasure import delete_placements_of, erase_reports

REPORTS_AT_ONCE: Final = 500
BROWSERS_AT_ONCE = 1_000
# An exact point is replaced by the middle of its cell of 0.01 degrees, which is at most this far away.
_CELL_RADIUS_M: Final = 800

# Closed since `before`: no decision, no message about it since then, and no message of its sender in the inbox.
_CLOSED = f"""
    SELECT report.id FROM report
     WHERE report.campaign_id = :campaign_id AND report.id > :after AND report.state IN {DECIDED}
       AND report.created_at < :before AND (report.leased_until IS NULL OR report.leased_until < now())
       AND {{condition}}
       AND NOT EXISTS (SELECT FROM decision WHERE decision.report_id = report.id AND decision.decided_at >= :before)
       AND NOT EXISTS (SELECT FROM message WHERE message.report_id = report.id
                          AND (message.received_at >= :before
                               OR message.state IN {UNFINISHED}))
       AND NOT EXISTS (SELECT FROM contact JOIN message USING (address_hash)
                        WHERE contact.id = report.contact_id AND message.state = '{MessageState.RECEIVED}')
       AND NOT EXISTS (SELECT FROM contact JOIN message USING (address_hash)
                        WHERE contact.id = report.contact_id AND message.state = '{MessageState.SET_ASIDE}')
     ORDER BY report.id LIMIT :limit FOR UPDATE OF report SKIP LOCKED
"""
_NOT_COMPARED = f"""
    NOT EXISTS (SELECT FROM report AS other
                 WHERE other.incident_id = report.incident_id AND other.state = '{ReportState.QUEUED}')
    AND NOT EXISTS (SELECT FROM link JOIN report AS other ON other.id = link.candidate_id
                     WHERE link.report_id = report.id AND other.state = '{ReportState.QUEUED}')
    AND NOT EXISTS (SELECT FROM link JOIN report AS other ON other.id = link.report_id
                     WHERE link.candidate_id = report.id AND other.state = '{ReportState.QUEUED}')
"""
_WITH_WORDS = text(
    _CLOSED.format(condition="report.purged_at IS NULL AND report.is_sensitive = :is_restricted AND " + _NOT_COMPARED)
)
_WITH_ROWS = text(_CLOSED.format(condition=_NOT_COMPARED))

_REPORTS = text(
    """
    UPDATE report SET text = '', text_key = NULL, gazetteer_name = NULL, location_reasons = '[]', alternatives = '[]',
           purged_at = now(), point = ST_SnapToGrid(point, 0.005, 0.005, 0.01, 0.01),
           radius_m = CASE WHEN point IS NOT NULL THEN greatest(radius_m, :radius_m) END,
           answers = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(answers)
                                WHERE jsonb_typeof(value) IN ('number', 'boolean')
                                   OR CAST(:choices AS jsonb) -> key @> value), '{}')
     WHERE id = ANY(:report_ids)
    """
)
# A sensitive report keeps neither the cell nor answers to a form, only the widest area that it lies in.
_RESTRICTED = text(
    """
    UPDATE report SET text = '', text_key = NULL, gazetteer_name = NULL, location_reasons = '[]', alternatives = '[]',
           purged_at = now(), point = NULL, radius_m = NULL, place_confidence = NULL, location_source = NULL,
           answers = '{}', account_id = NULL, browser_hash = NULL,
           area_codes = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(area_codes)
                                   WHERE CAST(key AS integer) = (SELECT min(CAST(level AS integer))
                                                                   FROM jsonb_object_keys(area_codes) AS level)), '{}')
     WHERE id = ANY(:report_ids)
    """
)
_INCIDENTS = text(
    f"""
    UPDATE incident
       SET point = CASE WHEN NOT :is_restricted THEN ST_SnapToGrid(point, 0.005, 0.005, 0.01, 0.01) END,
           radius_m = CASE WHEN NOT :is_restricted AND point IS NOT NULL THEN greatest(radius_m, :radius_m) END
     WHERE id IN (SELECT incident_id FROM report WHERE id = ANY(:report_ids))
       AND NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id AND report.purged_at IS NULL
                          AND report.state <> '{ReportState.ERASED}' AND report.point IS NOT NULL)
    """
)
_REST = (
    text("DELETE FROM report_note WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM report_translation WHERE report_id = ANY(:report_ids)"),
    text("DELETE FROM report_minhash WHERE report_id = ANY(:report_ids)"),
    text("UPDATE question SET choices = '[]' WHERE report_id = ANY(:report_ids) AND choices <> '[]'"),
    # The incident update is withdrawn: a sender who joins the incident so late no longer receives it.
    text(
        "UPDATE incident_update SET texts = '{}', withdrawn_at = coalesce(withdrawn_at, now())"
        " WHERE report_id = ANY(:report_ids)"
    ),
    text("SELECT minimise_decisions(id) FROM unnest(CAST(:report_ids AS bigint[])) AS minimised(id)"),
)
_BROWSERS = text(
    """
    UPDATE report SET browser_hash = NULL
     WHERE id IN (SELECT id FROM report
                   WHERE campaign_id = :campaign_id AND browser_hash IS NOT NULL AND reported_at < :before
                   ORDER BY reported_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    """
)
_AFFECTED = text("DELETE FROM affected WHERE report_id = ANY(:report_ids)")
_MESSAGE_IDS = text("SELECT id FROM message WHERE report_id = ANY(:report_ids)")
_WORDS = text("UPDATE message SET text = '' WHERE id = ANY(:message_ids) AND text <> ''")
_RAW = text(
    """
    UPDATE message SET address_encrypted = NULL, payload_encrypted = NULL, details_encrypted = NULL,
        network_hash = NULL,
           content_hash = NULL, twin_hash = NULL
     WHERE id = ANY(:message_ids)
    """
)


def list_with_words(
    connection: Connection, campaign_id: int, before: datetime, *, is_restricted: bool, after: int = 0
) -> list[int]:
    """List reports that closed before `before` and still have their words.

    The reports are locked, ordered by id, and REPORTS_AT_ONCE at most.

    The caller holds `lock_linking`, here and in the functions below, because decisions on incidents read these words.
    """
    values = {"campaign_id": campaign_id, "before": before, "is_restricted": is_restricted, "after": after}
    return list(connection.execute(_WITH_WORDS, values | {"limit": REPORTS_AT_ONCE}).scalars())


def list_with_rows(connection: Connection, campaign_id: int, before: datetime, *, after: int = 0) -> list[int]:
    """List reports that closed before `before`, sensitive or not.

    The reports are locked, ordered by id, and REPORTS_AT_ONCE at most.
    """
    values = {"campaign_id": campaign_id, "before": before, "after": after, "limit": REPORTS_AT_ONCE}
    return list(connection.execute(_WITH_ROWS, values).scalars())


def drop_words(
    connection: Connection, campaign_id: int, report_ids: Sequence[int], *, is_restricted: bool
) -> tuple[int, int]:
    """Delete words, pictures and exact points of these reports.

    Returns how many messages lost their words and how many pictures were deleted. What figures are counted from stays:
    topic, areas, time, the sender's pseudonym, whom it is about, choices and numbers of forms. Of a sensitive report
    the widest area stays, and nothing of the gateway calls that brought it or of whom it is about.
    """
    values: dict[str, Any] = {"report_ids": list(report_ids)}
    if is_restricted:
        connection.execute(_RESTRICTED, values)
    else:
        choices = json.dumps(_list_choices(connection, campaign_id))
        connection.execute(_REPORTS, values | {"radius_m": _CELL_RADIUS_M, "choices": choices})
    connection.execute(_INCIDENTS, values | {"radius_m": _CELL_RADIUS_M, "is_restricted": is_restricted})
    for statement in _REST:
        connection.execute(statement, values)
    delete_placements_of(connection, campaign_id, report_ids)
    message_ids = list(connection.execute(_MESSAGE_IDS, values).scalars())
    words = connection.execute(_WORDS, {"message_ids": message_ids}).rowcount
    if is_restricted:
        connection.execute(_AFFECTED, values)
        connection.execute(_RAW, {"message_ids": message_ids})
    return words, delete_media(connection, message_ids)


def drop_browsers(connection: Connection, campaign_id: int, before: datetime) -> int:
    """Delete whose browser anonymous reports came from, of those sent before `before`, BROWSERS_AT_ONCE at most.

    Returns how many.
    """
    values = {"campaign_id": campaign_id, "before": before, "limit": BROWSERS_AT_ONCE}
    return connection.execute(_BROWSERS, values).rowcount


def drop_rows(connection: Connection, campaign_id: int, report_ids: Sequence[int]) -> tuple[int, int]:
    """Delete as much of these reports as an erasure does.

    Returns how many messages lost their words and how many pictures were deleted.
    """
    message_ids = list(connection.execute(_MESSAGE_IDS, {"report_ids": list(report_ids)}).scalars())
    words = connection.execute(_WORDS, {"message_ids": message_ids}).rowcount
    where = {"report_ids": list(report_ids), "radius_m": None, "is_restricted": True}
    erase_reports(connection, campaign_id, report_ids)
    connection.execute(_INCIDENTS, where)
    return words, delete_media(connection, message_ids)


def _list_choices(connection: Connection, campaign_id: int) -> Mapping[str, list[str]]:
    """List the codes that may be picked, by question. Any other text in an answer was written by a person."""
    query = text("SELECT conversation FROM campaign WHERE id = :campaign_id")
    conversation = read_conversation(connection.execute(query, {"campaign_id": campaign_id}).scalar_one())
    choices: dict[str, list[str]] = {}
    for form in conversation.forms:
        for question in form.questions:
            choices.setdefault(question.code, []).extend(choice.code for choice in question.choices)
    return choices

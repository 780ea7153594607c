"""What of a closed report goes after a time: first its words, pictures and exact point, later all but its reference.

A report that waits for a decision is never touched, nor one that somebody works on, nor what a waiting report may have
to be compared with. The caller's transaction holds what it found until it ends.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.campaigns.definition import read_conversation
from reporting.media.attachments import delete_media
from reporting.privacy.erasure import erase_reports, forget_lessons

REPORTS_AT_ONCE: Final = 500
# An exact point becomes the cell of 0.01 degrees that it lies in; its middle is at most so far away.
_CELL_RADIUS_M: Final = 800

# Closed for long enough: nothing was decided, said or sent about it since, and its sender has nothing in the inbox.
_CLOSED = """
    SELECT report.id FROM report
     WHERE report.campaign_id = :campaign_id AND report.id > :after AND report.state IN ('approved', 'rejected')
       AND report.created_at < :before AND (report.leased_until IS NULL OR report.leased_until < now())
       AND {condition}
       AND NOT EXISTS (SELECT FROM decision WHERE decision.report_id = report.id AND decision.decided_at >= :before)
       AND NOT EXISTS (SELECT FROM message WHERE message.report_id = report.id
                          AND (message.received_at >= :before
                               OR message.state IN ('received', 'set_aside', 'queued', 'sending')))
       AND NOT EXISTS (SELECT FROM contact JOIN message USING (address_hash)
                        WHERE contact.id = report.contact_id AND message.state = 'received')
       AND NOT EXISTS (SELECT FROM contact JOIN message USING (address_hash)
                        WHERE contact.id = report.contact_id AND message.state = 'set_aside')
     ORDER BY report.id LIMIT :limit FOR UPDATE OF report SKIP LOCKED
"""
_NOT_COMPARED = """
    NOT EXISTS (SELECT FROM report AS other WHERE other.incident_id = report.incident_id AND other.state = 'queued')
    AND NOT EXISTS (SELECT FROM link JOIN report AS other ON other.id = link.candidate_id
                     WHERE link.report_id = report.id AND other.state = 'queued')
    AND NOT EXISTS (SELECT FROM link JOIN report AS other ON other.id = link.report_id
                     WHERE link.candidate_id = report.id AND other.state = 'queued')
"""
_WITH_WORDS = text(
    _CLOSED.format(
        condition="report.minimised_at IS NULL AND report.is_sensitive = :is_restricted AND " + _NOT_COMPARED
    )
)
_WITH_ROWS = text(_CLOSED.format(condition=_NOT_COMPARED))

_REPORTS = text(
    """
    UPDATE report SET text = '', text_key = NULL, gazetteer_name = NULL, location_reasons = '[]', alternatives = '[]',
           minimised_at = now(), point = ST_SnapToGrid(point, 0.005, 0.005, 0.01, 0.01),
           radius_m = CASE WHEN point IS NOT NULL THEN greatest(radius_m, :radius_m) END,
           answers = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(answers)
                                WHERE jsonb_typeof(value) IN ('number', 'boolean')
                                   OR CAST(:choices AS jsonb) -> key @> value), '{}')
     WHERE id = ANY(:report_ids)
    """
)
# Of a restricted report not even the cell: the widest area that it lies in, and no answer to any form.
_RESTRICTED = text(
    """
    UPDATE report SET text = '', text_key = NULL, gazetteer_name = NULL, location_reasons = '[]', alternatives = '[]',
           minimised_at = now(), point = NULL, radius_m = NULL, place_confidence = NULL, location_source = NULL,
           answers = '{}',
           area_codes = coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(area_codes)
                                   WHERE CAST(key AS integer) = (SELECT min(CAST(level AS integer))
                                                                   FROM jsonb_object_keys(area_codes) AS level)), '{}')
     WHERE id = ANY(:report_ids)
    """
)
_INCIDENTS = text(
    """
    UPDATE incident
       SET point = CASE WHEN NOT :is_restricted THEN ST_SnapToGrid(point, 0.005, 0.005, 0.01, 0.01) END,
           radius_m = CASE WHEN NOT :is_restricted AND point IS NOT NULL THEN greatest(radius_m, :radius_m) END
     WHERE id IN (SELECT incident_id FROM report WHERE id = ANY(:report_ids))
       AND NOT EXISTS (SELECT FROM report WHERE report.incident_id = incident.id AND report.minimised_at IS NULL
                          AND report.state <> 'erased' AND report.point IS NOT NULL)
    """
)
_REST = (
    text("DELETE FROM report_minhash WHERE report_id = ANY(:report_ids)"),
    text("UPDATE question SET choices = '[]' WHERE report_id = ANY(:report_ids) AND choices <> '[]'"),
    # What all reporters were told: nobody who comes so late is told it any more.
    text(
        "UPDATE incident_update SET texts = '{}', withdrawn_at = coalesce(withdrawn_at, now())"
        " WHERE report_id = ANY(:report_ids)"
    ),
    text("SELECT minimise_decisions(id) FROM unnest(CAST(:report_ids AS bigint[])) AS minimised(id)"),
)
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
    """Reports closed before that moment whose words are still here, locked, in the order of their ids.

    `lock_linking` must be held, here and below: decisions on incidents read what goes.
    """
    values = {"campaign_id": campaign_id, "before": before, "is_restricted": is_restricted, "after": after}
    return list(connection.execute(_WITH_WORDS, values | {"limit": REPORTS_AT_ONCE}).scalars())


def list_with_rows(connection: Connection, campaign_id: int, before: datetime, *, after: int = 0) -> list[int]:
    """Reports closed before that moment, restricted or not, locked, in the order of their ids."""
    values = {"campaign_id": campaign_id, "before": before, "after": after, "limit": REPORTS_AT_ONCE}
    return list(connection.execute(_WITH_ROWS, values).scalars())


def drop_words(
    connection: Connection, campaign_id: int, report_ids: Sequence[int], *, is_restricted: bool
) -> tuple[int, int]:
    """Drop the words, pictures and exact points of these reports; how many messages and pictures lost theirs.

    What stays is what figures are made of: topic, areas, moment, sender's pseudonym, choices and numbers of forms. Of
    restricted reports the widest area stays, and nothing of the calls that brought them.
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
    forget_lessons(connection, campaign_id, report_ids)
    message_ids = list(connection.execute(_MESSAGE_IDS, values).scalars())
    words = connection.execute(_WORDS, {"message_ids": message_ids}).rowcount
    if is_restricted:
        connection.execute(_RAW, {"message_ids": message_ids})
    return words, delete_media(connection, message_ids)


def drop_rows(connection: Connection, campaign_id: int, report_ids: Sequence[int]) -> tuple[int, int]:
    """Leave of these reports what an erasure leaves; how many messages and pictures lost their content."""
    message_ids = list(connection.execute(_MESSAGE_IDS, {"report_ids": list(report_ids)}).scalars())
    words = connection.execute(_WORDS, {"message_ids": message_ids}).rowcount
    where = {"report_ids": list(report_ids), "radius_m": None, "is_restricted": True}
    erase_reports(connection, campaign_id, report_ids)
    connection.execute(_INCIDENTS, where)
    return words, delete_media(connection, message_ids)


def _list_choices(connection: Connection, campaign_id: int) -> Mapping[str, list[str]]:
    """The codes that may be picked, by question: every other text of an answer was written by somebody."""
    query = text("SELECT conversation FROM campaign WHERE id = :campaign_id")
    conversation = read_conversation(connection.execute(query, {"campaign_id": campaign_id}).scalar_one())
    choices: dict[str, list[str]] = {}
    for form in conversation.forms:
        for question in form.questions:
            choices.setdefault(question.code, []).extend(choice.code for choice in question.choices)
    return choices

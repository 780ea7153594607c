"""The view of one report for a moderator.

Reading it shows raw words, so the access is logged in the same transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from channels.built_in.capabilities import get_capabilities
from reporting.campaigns.definition import Texts
from reporting.models.states import UNPROCESSED, DecisionKind, Direction, LinkState, ReportState
from reporting.moderation.access_log import record_access
from reporting.moderation.change_set import CHANGED
from reporting.moderation.errors import ReportUnknown
from reporting.moderation.report.form_answers import AnswerView, list_answers, list_unanswered
from reporting.moderation.report.known_people import KnownPerson, list_known_people
from reporting.moderation.report.split import SECOND
from reporting.reports.create import PLACE

_THREAD_LONGEST = 40
_CANDIDATES_MOST = 12

_REPORT = text(
    f"""
    SELECT report.id, report.campaign_id, report.reference, report.state, report.source, report.text, report.language,
           report.language_confidence, topic.code AS topic_code, topic.name AS topic_names, report.topic_confidence,
           report.occurred_at, report.occurred_precision_s, report.reported_at,
           ST_Y(report.point) AS lat, ST_X(report.point) AS lon, report.radius_m, report.place_confidence,
           report.location_source, report.gazetteer_name, report.location_reasons, report.alternatives,
           report.incident_id, report.contact_id,
           report.is_sensitive, report.sensitive_reason, report.answers, report.purged_at,
           report.other_topics, report.other_places, report.urgency, report.urgency_reasons,
           (SELECT count(*) FROM report AS every WHERE every.incident_id = report.incident_id
               AND every.state <> '{ReportState.ERASED}') AS of_incident,
           EXISTS (SELECT FROM duplicate_burst WHERE duplicate_burst.id = report.duplicate_burst_id
               AND dismissed_at IS NULL) AS is_copy,
           encode(substring(contact.address_hash FOR 3), 'hex') AS sender,
           contact.opted_out_at IS NOT NULL AS has_opted_out,
           contact.number_encrypted IS NOT NULL AND contact.campaign_address IS NOT NULL AS is_reachable,
           report.leased_by, report.leased_until > now() AS is_leased, account.name AS leased_by_name,
           ARRAY(SELECT area.name FROM area WHERE area.campaign_id = report.campaign_id
                    AND area.code IN (SELECT value FROM jsonb_each_text(report.area_codes))
                  ORDER BY area.level DESC) AS area_names
      FROM report
      LEFT JOIN topic ON topic.id = report.topic_id
      LEFT JOIN contact ON contact.id = report.contact_id
      LEFT JOIN account ON account.id = report.leased_by
     WHERE report.id = :report_id AND report.campaign_id = :campaign_id
       AND (NOT report.is_sensitive OR :sees_restricted)
    """
)
# Reports with a link in either direction, and reports of the same incident without a link.
_CANDIDATES = text(
    f"""
    WITH own AS (SELECT id, incident_id, point FROM report WHERE id = :report_id),
    found AS (
        SELECT CASE WHEN link.report_id = own.id THEN link.candidate_id ELSE link.report_id END AS other_id,
               link.score, link.reasons, link.state
          FROM link, own WHERE own.id IN (link.report_id, link.candidate_id)),
    every AS (
        SELECT other_id, score, reasons, state FROM found
        UNION ALL
        SELECT report.id, NULL, '[]', NULL FROM report, own
         WHERE report.incident_id = own.incident_id AND report.id <> own.id
           AND report.id NOT IN (SELECT other_id FROM found))
    SELECT DISTINCT ON (is_same, every.score, report.id)
           report.id, report.reference, report.text, report.state, report.reported_at, every.score, every.reasons,
           report.incident_id = own.incident_id AS is_same,
           ST_Y(report.point) AS lat, ST_X(report.point) AS lon, report.radius_m,
           ST_Distance(report.point::geography, own.point::geography) AS distance_m
      FROM every JOIN report ON report.id = every.other_id CROSS JOIN own
     WHERE (coalesce(every.state, '{LinkState.LINKED}') <> '{LinkState.UNLINKED}'
            OR report.incident_id = own.incident_id)
       AND (NOT report.is_sensitive OR :sees_restricted)
     ORDER BY is_same DESC, every.score DESC NULLS LAST, report.id LIMIT :limit
    """
)
# A message without a report (not yet processed, or a duplicate) may belong to a sensitive report.
_THREAD = text(
    f"""
    SELECT * FROM (
        SELECT id, direction, text, language, received_at, state, report_id, error FROM message
         WHERE (report_id = :report_id OR contact_id = :contact_id) AND campaign_id = :campaign_id
           AND (:sees_restricted OR CASE
                WHEN report_id IS NOT NULL
                THEN NOT EXISTS (SELECT FROM report WHERE report.id = message.report_id AND report.is_sensitive)
                ELSE direction = '{Direction.OUTBOUND}' OR state NOT IN {UNPROCESSED} AND NOT EXISTS
                     (SELECT FROM report WHERE report.contact_id = :contact_id AND report.is_sensitive) END)
         ORDER BY id DESC LIMIT :limit) AS latest ORDER BY id
    """
)
_HISTORY = text(
    f"""
    SELECT decision.kind, decision.reason, decision.before, decision.after, decision.decided_at,
           account.name AS account_name, decision.id,
           (decision.after ? '{CHANGED}' OR decision.kind = '{DecisionKind.DIVIDE}' AND decision.after ? '{SECOND}'
            OR decision.kind IN ('{DecisionKind.TELL}', '{DecisionKind.COUNT_DUPLICATES}', '{DecisionKind.REFER}')
            AND decision.after ?| ARRAY['update_id', 'wave_id', 'referral_id']) AND NOT EXISTS (
               SELECT FROM decision AS later
                WHERE later.report_id = decision.report_id AND later.kind = '{DecisionKind.UNDO}'
                  AND later.after ->> 'undoes' = decision.id::text) AS is_undoable
      FROM decision LEFT JOIN account ON account.id = decision.account_id
     WHERE decision.report_id = :report_id ORDER BY decision.id
    """
)


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A report that may be, or is (`is_same`), of the same incident.

    `score` is the similarity from 0 to 1, None where the two were not compared.
    """

    id: int
    reference: str
    text: str
    state: str
    reported_at: datetime
    score: float | None
    reasons: list[dict[str, Any]]
    is_same: bool
    lat: float | None
    lon: float | None
    radius_m: float | None
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """A message from or to the sender."""

    id: int
    direction: str
    text: str
    language: str | None
    received_at: datetime
    state: str
    report_id: int | None
    error: str | None  # why an outbound message failed


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A decision with its changes."""

    kind: str
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    decided_at: datetime
    account_name: str | None
    id: int
    is_undoable: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """The data of the report's page. `row` has the report's columns, and the names of topic, areas and lease holder."""

    row: Row[Any]
    candidates: list[CandidateView]
    thread: list[ThreadMessage]
    history: list[HistoryLine]
    answers: list[AnswerView]
    unanswered: list[Texts]  # questions of the form that should have been answered
    people: list[KnownPerson]  # of whom something was asked or told
    shows_details: bool  # numbers, addresses and names in its words are shown, too

    def is_held_by_other(self, account_id: int) -> bool:
        """Return whether another account holds the lease now."""
        return bool(self.row.is_leased) and self.row.leased_by != account_id


def get_report_view(
    connection: Connection,
    campaign_id: int,
    report_id: int,
    account_id: int,
    *,
    sees_restricted: bool = False,
    asks_details: bool = False,
) -> ReportView:
    """Read a report with its candidates, messages and decisions, and record which reports' words this account saw.

    Personal details in the words are for whoever has leased the report, and for others who ask for them. Raises
    ReportUnknown, also for a sensitive report that this account may not see.
    """
    values = {"campaign_id": campaign_id, "report_id": report_id, "sees_restricted": sees_restricted}
    row = connection.execute(_REPORT, values).first()
    if row is None:
        raise ReportUnknown
    candidates = [
        CandidateView(*found) for found in connection.execute(_CANDIDATES, {**values, "limit": _CANDIDATES_MOST})
    ]
    thread = _list_thread(connection, {**values, "contact_id": row.contact_id, "limit": _THREAD_LONGEST})
    history = [HistoryLine(*line) for line in connection.execute(_HISTORY, values)]
    seen = [report_id, *(found.id for found in candidates), *(line.report_id for line in thread if line.report_id)]
    shows_details = asks_details or (bool(row.is_leased) and row.leased_by == account_id)
    record_access(connection, account_id, seen, details_of=report_id if shows_details else None)
    answers = list_answers(connection, campaign_id, row.answers)
    people = list_known_people(connection, report_id)
    unanswered = _list_unanswered(connection, row)
    return ReportView(row, candidates, thread, history, answers, unanswered, people, shows_details)


def _list_unanswered(connection: Connection, row: Row[Any]) -> list[Texts]:
    if not row.answers.keys() - {PLACE} and not get_capabilities(row.source).has_enumerator:
        return []  # no question was asked
    is_placed = row.lat is not None
    return list_unanswered(connection, row.campaign_id, row.topic_code, row.answers, is_placed=is_placed)


def _list_thread(connection: Connection, values: dict[str, Any]) -> list[ThreadMessage]:
    return [ThreadMessage(*row) for row in connection.execute(_THREAD, values)]

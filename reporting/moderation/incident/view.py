"""The view of one incident for a moderator.

Reading it shows raw words, so the access is logged in the same transaction. Only one page of the incident's reports is
read. Duplicates of one text are shown by the first of them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from reporting.incidents.corroboration import Corroboration, corroborate
from reporting.incidents.solved_question import SolvedAnswers, count_solved_answers
from reporting.incidents.updates import count_reporters, find_current
from reporting.models.states import DISMISSED, DecisionKind, LinkState, ReportState, UpdateKind
from reporting.moderation.access_log import record_access
from reporting.moderation.bulk import count_lacking, count_waiting, find_newest
from reporting.moderation.change_set import CHANGED
from reporting.moderation.errors import IncidentUnknown
from reporting.moderation.incident.referral import find_office
from reporting.moderation.undo import OUTSIDE_INCIDENTS

PAGE_SIZE: Final = 30
_SUGGESTIONS_MOST: Final = 6
_DECISIONS_MOST: Final = 40
BARS: Final = 24

_INCIDENT = text(
    f"""
    SELECT incident.id, incident.campaign_id, ST_Y(incident.point) AS lat, ST_X(incident.point) AS lon,
           incident.radius_m, incident.occurred_at, incident.occurred_precision_s, topic.name AS topic_names,
           ARRAY(SELECT area.name FROM area WHERE area.campaign_id = incident.campaign_id AND incident.point IS NOT NULL
                    AND ST_Covers(area.geom, incident.point) ORDER BY area.level DESC) AS area_names,
           (SELECT campaign.languages FROM campaign WHERE campaign.id = incident.campaign_id) AS languages
      FROM incident LEFT JOIN topic ON topic.id = incident.topic_id
     WHERE incident.id = :incident_id AND incident.campaign_id = :campaign_id
       AND EXISTS (SELECT FROM report WHERE report.incident_id = incident.id AND report.state <> '{ReportState.ERASED}'
                      AND (NOT report.is_sensitive OR :sees_restricted))
    """
)
_SHOWN = f"""
    report.incident_id = :incident_id AND report.state <> '{ReportState.ERASED}'
    AND (NOT report.is_sensitive OR :sees_restricted)
"""
_MEMBERS = text(
    f"""
    SELECT report.id, report.reference, report.text, report.language, report.state, report.source, report.reported_at,
           report.occurred_at, report.occurred_precision_s, ST_Y(report.point) AS lat, ST_X(report.point) AS lon,
           report.radius_m, encode(substring(contact.address_hash FOR 3), 'hex') AS sender,
           ST_Distance(report.point::geography, incident.point::geography) AS distance_m,
           CASE WHEN duplicate_burst.dismissed_at IS NULL THEN report.duplicate_burst_id END AS duplicate_burst_id
      FROM report JOIN incident ON incident.id = report.incident_id
      LEFT JOIN contact ON contact.id = report.contact_id LEFT JOIN duplicate_burst
          ON duplicate_burst.id = report.duplicate_burst_id
     WHERE {_SHOWN}
       AND (report.duplicate_burst_id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL OR report.id IN (
            SELECT min(report.id) FROM report WHERE {_SHOWN} AND report.duplicate_burst_id IS NOT NULL
             GROUP BY report.duplicate_burst_id))
       AND (CAST(:after_at AS timestamptz) IS NULL OR (report.occurred_at, report.id) > (:after_at, :after_id))
     ORDER BY report.occurred_at, report.id LIMIT :limit
    """
)
_LINKS = text(
    f"""
    SELECT link.report_id, link.candidate_id, link.score, link.reasons, a.reference AS report_reference,
           b.reference AS candidate_reference
      FROM link JOIN report a ON a.id = link.report_id JOIN report b ON b.id = link.candidate_id
     WHERE link.state = '{LinkState.LINKED}' AND a.incident_id = :incident_id AND b.incident_id = :incident_id
       AND (link.report_id = ANY(CAST(:ids AS bigint[])) OR link.candidate_id = ANY(CAST(:ids AS bigint[])))
     ORDER BY link.score DESC, link.id LIMIT 200
    """
)
_SUGGESTED = text(
    f"""
    SELECT DISTINCT ON (other.incident_id) own.id AS own_id, own.reference AS own_reference, other.id, other.reference,
           other.text, other.language, other.state, other.reported_at, other.incident_id, found.score, found.reasons,
           ST_Y(other.point) AS lat, ST_X(other.point) AS lon,
           (SELECT count(*) FROM report
             WHERE report.incident_id = other.incident_id AND report.state <> '{ReportState.ERASED}') AS reports
      FROM (SELECT link.report_id AS own_id, link.candidate_id AS other_id, link.score, link.reasons
              FROM report JOIN link ON link.report_id = report.id
             WHERE report.incident_id = :incident_id AND link.state = '{LinkState.SUGGESTED}'
            UNION ALL
            SELECT link.candidate_id, link.report_id, link.score, link.reasons
              FROM report JOIN link ON link.candidate_id = report.id
             WHERE report.incident_id = :incident_id AND link.state = '{LinkState.SUGGESTED}') AS found
      JOIN report own ON own.id = found.own_id JOIN report other ON other.id = found.other_id
     WHERE other.incident_id <> :incident_id AND other.state NOT IN {DISMISSED} AND NOT other.is_sensitive
       AND NOT own.is_sensitive
     ORDER BY other.incident_id, found.score DESC, other.id
    """
)
_DECISIONS = text(
    f"""
    SELECT decision.id, decision.kind, decision.reason, decision.after, decision.decided_at, decision.report_id,
           report.reference, account.name AS account_name,
           EXISTS (SELECT FROM decision AS later
                    WHERE later.report_id = decision.report_id AND later.kind = '{DecisionKind.UNDO}'
                      AND later.after ->> 'undoes' = decision.id::text) AS is_undone
      FROM (SELECT id FROM decision WHERE report_id IN (SELECT id FROM report WHERE incident_id = :incident_id)
            UNION
            SELECT id FROM decision WHERE before ? 'incident_id' AND before ->> 'incident_id' = :incident
            ORDER BY id DESC LIMIT :limit) AS latest
      JOIN decision USING (id) JOIN report ON report.id = decision.report_id
      LEFT JOIN account ON account.id = decision.account_id
     WHERE decision.campaign_id = :campaign_id AND (NOT report.is_sensitive OR :sees_restricted)
     ORDER BY decision.id DESC
    """
)
_SPAN = text(
    f"""
    SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at FROM report
     WHERE {_SHOWN} AND report.state <> '{ReportState.REJECTED}'
    """
)
_BARS = text(
    f"""
    SELECT least(:bars, width_bucket(extract(epoch FROM report.occurred_at)::float8, :low, :high, :bars)) AS bar,
           report.duplicate_burst_id IS NOT NULL AND duplicate_burst.dismissed_at IS NULL AS is_copy,
               count(*) AS reports
      FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE {_SHOWN} AND report.state <> '{ReportState.REJECTED}' GROUP BY 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class LinkView:
    """The reasons why a report is linked with another report."""

    other_reference: str
    score: float
    reasons: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MemberView:
    """A report of the incident: its row and its links. `copies` counts the duplicates of its text."""

    row: Row[Any]
    links: Sequence[LinkView]
    copies: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision about a report that is, or was, of the incident."""

    row: Row[Any]
    is_undoable: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The numbers of independent reports and of duplicates, in equal time steps from the first report to the last."""

    first_at: datetime
    last_at: datetime
    bars: Sequence[tuple[int, int]]

    @property
    def highest(self) -> int:
        """The largest number of reports in one step."""
        return max((own + copies for own, copies in self.bars), default=0)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """The data of the incident's page.

    `row` has place, time, topic and areas. `languages` are those of reachable recipients, by number of people.
    """

    row: Row[Any]
    corroboration: Corroboration
    members: Sequence[MemberView]
    has_more: bool
    suggestions: Sequence[Row[Any]]
    decisions: Sequence[DecisionView]
    timeline: Timeline | None
    waiting: Mapping[bool, int]
    lacking: Mapping[bool, int]  # waiting reports that would count as unknown in figures
    languages: Mapping[str, int]
    unreachable: int
    update: Row[Any] | None = field(default=None)
    solved_answers: SolvedAnswers | None = None  # to the last update, where it says that it is solved
    office: str | None = None  # the code of the office to which it was passed on
    newest: int = 0  # its last report: a decision on all reports leaves out those that came later


def get_incident_view(
    connection: Connection,
    campaign_id: int,
    incident_id: int,
    account_id: int,
    *,
    after: tuple[datetime, int] | None = None,
    sees_restricted: bool = False,
) -> IncidentView:
    """Read an incident for this account, and record the access to its reports.

    The reports follow `after` (time and id of the last one seen). Raises IncidentUnknown, also for an incident of which
    this account may see nothing.
    """
    values = {"campaign_id": campaign_id, "incident_id": incident_id, "sees_restricted": sees_restricted}
    row = connection.execute(_INCIDENT, values).first()
    if row is None:
        raise IncidentUnknown
    newest = find_newest(connection, incident_id)  # read first: a report that arrives during the queries is not shown
    corroboration = corroborate(connection, incident_id, sees_restricted=sees_restricted)
    paging = {"after_at": after[0] if after else None, "after_id": after[1] if after else None, "limit": PAGE_SIZE + 1}
    rows = connection.execute(_MEMBERS, values | paging).all()
    members = _with_links(connection, incident_id, rows[:PAGE_SIZE], corroboration)
    found = connection.execute(_SUGGESTED, values).all()
    suggestions = sorted(found, key=lambda each: -each.score)[:_SUGGESTIONS_MOST]
    record_access(connection, account_id, [*(each.row.id for each in members), *(each.id for each in suggestions)])
    languages, unreachable = count_reporters(connection, incident_id)
    told = find_current(connection, incident_id)
    is_solved = told is not None and told.kind == UpdateKind.SOLVED
    return IncidentView(
        row, corroboration, members, len(rows) > PAGE_SIZE, suggestions, _list_decisions(connection, values),
        _read_timeline(connection, values), count_waiting(connection, incident_id),
        count_lacking(connection, incident_id),
        _by_spoken(languages, row.languages), unreachable, told,
        count_solved_answers(connection, told.id) if told is not None and is_solved else None,
        find_office(connection, incident_id), newest,
    )  # fmt: skip


def _with_links(
    connection: Connection, incident_id: int, rows: Sequence[Row[Any]], corroboration: Corroboration
) -> list[MemberView]:
    """Add to each report its links to earlier reports; where there are none, its links to later reports."""
    ids = [row.id for row in rows]
    own, others = defaultdict(list), defaultdict(list)
    for link in connection.execute(_LINKS, {"incident_id": incident_id, "ids": ids}):
        own[link.report_id].append(LinkView(link.candidate_reference, link.score, link.reasons))
        others[link.candidate_id].append(LinkView(link.report_reference, link.score, link.reasons))
    copies = {burst.burst_id: burst.reports for burst in corroboration.copies}
    return [
        MemberView(row, (own[row.id] or others[row.id])[:3], copies.get(row.duplicate_burst_id, 1) - 1) for row in rows
    ]


def _list_decisions(connection: Connection, values: Mapping[str, Any]) -> list[DecisionView]:
    bound = {**values, "incident": str(values["incident_id"]), "limit": _DECISIONS_MOST}
    return [DecisionView(row, not row.is_undone and _is_undoable(row)) for row in connection.execute(_DECISIONS, bound)]


def _is_undoable(row: Row[Any]) -> bool:
    """Return whether a decision can be undone: erasure and retention delete its change set."""
    return CHANGED in row.after or (row.kind in OUTSIDE_INCIDENTS and bool(row.after))


def _read_timeline(connection: Connection, values: Mapping[str, Any]) -> Timeline | None:
    """Read the timeline; None where all reports have the same time, or no report is left."""
    span = connection.execute(_SPAN, values).one()
    if span.first_at is None or span.first_at == span.last_at:
        return None
    edges = {"low": span.first_at.timestamp(), "high": span.last_at.timestamp(), "bars": BARS}
    counted: Counter[tuple[int, bool]] = Counter()
    for row in connection.execute(_BARS, {**values, **edges}):
        counted[max(1, row.bar), row.is_copy] += row.reports
    bars = [(counted[bar, False], counted[bar, True]) for bar in range(1, BARS + 1)]
    return Timeline(span.first_at, span.last_at, bars)


def _by_spoken(languages: Mapping[str | None, int], of_campaign: Sequence[str]) -> dict[str, int]:
    """Count recipients by language.

    An unknown language counts as the campaign's first, which is always in the result.
    """
    counted: Counter[str] = Counter({of_campaign[0]: 0})
    for language, people in languages.items():
        counted[language or of_campaign[0]] += people
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))

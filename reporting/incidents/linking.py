"""Links reports of one incident: automatically above one score, as a suggestion above another, always undoable."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection, delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from reporting.db import plan_afresh
from reporting.incidents.campaign_weights import get_weights_for
from reporting.incidents.candidates import Candidate, list_candidates, list_observations
from reporting.incidents.corroboration import mark_duplicates
from reporting.incidents.human_links import list_decided
from reporting.incidents.lock import lock_linking
from reporting.incidents.reasons import Reason
from reporting.incidents.refresh import follow
from reporting.incidents.rescore_queue import mark_affected
from reporting.incidents.similarity import LASTING_WINDOWS, LINK_AT, LINK_REACH_M, SUGGEST_AT, compare, lay, score_of
from reporting.models.report import Incident, Link, Report
from reporting.models.states import LinkState

SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate to show to a moderator, or with a score that is high enough to be linked automatically."""

    candidate_id: int
    incident_id: int
    score: float
    reasons: tuple[Reason, ...]


def link_reports(connection: Connection, report_ids: Sequence[int]) -> int:
    """Find the incidents of new reports; return how many were linked to an earlier report.

    `lock_linking` must be held.
    """
    plan_afresh(connection)
    found = list_suggestions(connection, report_ids)
    moved: dict[int, int] = {}  # report → the incident it has joined in this call
    links: list[dict[str, object]] = []
    for report_id in sorted(found):
        for rank, suggestion in enumerate(found[report_id]):
            incident_id = moved.get(suggestion.candidate_id, suggestion.incident_id)
            is_linked = rank == 0 and suggestion.score >= LINK_AT and may_join(connection, report_id, incident_id)
            if is_linked:
                moved[report_id] = incident_id
            links.append(link_row(report_id, suggestion, LinkState.LINKED if is_linked else LinkState.SUGGESTED))
    if links:
        connection.execute(upsert(Link).values(links).on_conflict_do_nothing())
    _move_many(connection, moved)
    mark_duplicates(connection, report_ids)
    follow(connection, moved.values(), list(moved))
    return len(moved)


def relink(connection: Connection, report_ids: Sequence[int]) -> None:
    """Link reports again after a place or topic was corrected; links that moderators decided stay.

    Later reports whose links rest on these go to the rescore queue.
    """
    before = _list_incidents(connection, report_ids)
    _look_again(connection, report_ids)
    mark_affected(connection, report_ids)
    follow(connection, before | _list_incidents(connection, report_ids), report_ids)


def _look_again(connection: Connection, report_ids: Sequence[int]) -> None:
    decided = list_decided(connection, report_ids)
    open_ids = [report_id for report_id in report_ids if report_id not in decided]
    if not open_ids:
        return
    campaign_ids = connection.execute(select(Report.campaign_id).where(Report.id.in_(open_ids)).distinct()).scalars()
    for campaign_id in sorted(campaign_ids):
        lock_linking(connection, campaign_id)
    for report_id in _list_linked(connection, open_ids):
        split_off(connection, report_id)
    connection.execute(delete(Link).where(Link.report_id.in_(open_ids), Link.state != LinkState.UNLINKED))
    link_reports(connection, open_ids)


def _list_incidents(connection: Connection, report_ids: Sequence[int]) -> set[int]:
    return set(connection.execute(select(Report.incident_id).where(Report.id.in_(report_ids))).scalars())


def move_to_incident(connection: Connection, report_id: int, incident_id: int) -> int:
    """Move a report to another incident; return the id of the earlier one."""
    query = select(Report.incident_id).where(Report.id == report_id).with_for_update(key_share=True)
    before = connection.execute(query).scalar_one()
    connection.execute(update(Report).where(Report.id == report_id).values(incident_id=incident_id))
    return int(before)


def split_off(connection: Connection, report_id: int) -> int:
    """Move a report to a new incident of its own; return the id of the new one."""
    report = connection.execute(select(Report.campaign_id, Report.topic_id).where(Report.id == report_id)).one()
    incident_id = connection.execute(
        insert(Incident).values(campaign_id=report.campaign_id, topic_id=report.topic_id).returning(Incident.id)
    ).scalar_one()
    move_to_incident(connection, report_id, incident_id)
    return int(incident_id)


def list_suggestions(
    connection: Connection, report_ids: Sequence[int], standing: Mapping[int, Collection[int]] = MappingProxyType({})
) -> Mapping[int, list[Suggestion]]:
    """List the best suggestions by report, best first, without pairs that a moderator has parted.

    Links that a report has already (`standing`) are scored too, however low their score.
    """
    parted = _list_parted(connection, report_ids)
    candidates = _list_with_standing(connection, report_ids, standing)
    weights = get_weights_for(connection, report_ids)
    suggestions: dict[int, list[Suggestion]] = {}
    for own in list_observations(connection, list(candidates)):
        report = own.observation
        open_ones = [other for other in candidates[report.id] if (report.id, other.observation.id) not in parted]
        laid = [(lay(report, other.observation, window_s=own.window_s), other) for other in open_ones]
        scored = sorted(((score_of(each, weights), other) for each, other in laid), key=lambda pair: -pair[0])
        best = [pair for pair in scored if pair[0] >= SUGGEST_AT][:SUGGESTIONS]
        kept = standing.get(report.id, ())
        best += [pair for pair in scored if pair[1].observation.id in kept and pair not in best]
        if best:
            suggestions[report.id] = [_suggest(own, other, weights) for _, other in best]
    return suggestions


def _list_with_standing(
    connection: Connection, report_ids: Sequence[int], standing: Mapping[int, Collection[int]]
) -> dict[int, list[Candidate]]:
    candidates = list_candidates(connection, report_ids)
    missing: dict[int, set[int]] = {}
    for report_id, others in standing.items():
        found = {candidate.observation.id for candidate in candidates.get(report_id, ())}
        missing[report_id] = set(others) - found
    wanted = sorted(set().union(*missing.values()))
    seen = (
        {candidate.observation.id: candidate for candidate in list_observations(connection, wanted)} if wanted else {}
    )
    for report_id, others in missing.items():
        if others:
            candidates.setdefault(report_id, []).extend(seen[other] for other in sorted(others) if other in seen)
    return candidates


def _suggest(own: Candidate, other: Candidate, weights: Mapping[str, float]) -> Suggestion:
    """Make a suggestion with its reasons, only for pairs that are shown, since reasons cost more than the score."""
    compared = compare(own.observation, other.observation, window_s=own.window_s, weights=weights)
    return Suggestion(other.observation.id, other.incident_id, compared.score, compared.reasons)


def _list_parted(connection: Connection, report_ids: Sequence[int]) -> set[tuple[int, int]]:
    """List pairs that a moderator parted, in both directions, because it can be done on the page of either report."""
    of_them = or_(Link.report_id.in_(report_ids), Link.candidate_id.in_(report_ids))
    rows = list(
        connection.execute(select(Link.report_id, Link.candidate_id).where(of_them, Link.state == LinkState.UNLINKED))
    )
    return {(row.report_id, row.candidate_id) for row in rows} | {(row.candidate_id, row.report_id) for row in rows}


def _list_linked(connection: Connection, report_ids: Sequence[int]) -> list[int]:
    query = select(Link.report_id).where(Link.report_id.in_(report_ids), Link.state == LinkState.LINKED).distinct()
    return sorted(connection.execute(query).scalars())


def link_row(report_id: int, suggestion: Suggestion, state: str) -> dict[str, object]:
    """Make the columns of a link."""
    return {
        "report_id": report_id,
        "candidate_id": suggestion.candidate_id,
        "score": suggestion.score,
        "reasons": [reason.to_row() for reason in suggestion.reasons],
        "state": state,
    }


# True if a moderator parted the report from a member of the incident, or if it lies too far from the incident's most
# certain place or first report. This keeps chains of links from drifting, and parted reports from meeting again through
# a third one.
_MUST_NOT_JOIN = text(
    f"""
    SELECT EXISTS (SELECT FROM link JOIN report member
                      ON member.id = CASE WHEN link.report_id = :id THEN link.candidate_id ELSE link.report_id END
                    WHERE :id IN (link.report_id, link.candidate_id) AND link.state = '{LinkState.UNLINKED}'
                      AND member.incident_id = :incident_id)
        OR EXISTS (SELECT FROM report own,
                      (SELECT point FROM report WHERE incident_id = :incident_id AND point IS NOT NULL AND id <> :id
                        ORDER BY radius_m, id LIMIT 1) AS best
                    WHERE own.id = :id AND NOT ST_DWithin(own.point::geography, best.point::geography, :reach_m))
        OR EXISTS (SELECT FROM report own LEFT JOIN topic ON topic.id = own.topic_id,
                      (SELECT occurred_at FROM report WHERE incident_id = :incident_id AND id <> :id
                        ORDER BY occurred_at, id LIMIT 1) AS first
                    WHERE own.id = :id AND abs(extract(epoch FROM own.occurred_at - first.occurred_at))
                                           > :windows * 3600 * coalesce(topic.incident_window_h, 72))
    """
)


def may_join(connection: Connection, report_id: int, incident_id: int) -> bool:
    """Return whether automatic linking may put the report into the incident, judged by its other reports."""
    values = {"id": report_id, "incident_id": incident_id, "reach_m": LINK_REACH_M, "windows": LASTING_WINDOWS}
    return not connection.execute(_MUST_NOT_JOIN, values).scalar_one()


_MOVE = text(
    """
    UPDATE report SET incident_id = moved.incident_id
    FROM unnest(CAST(:reports AS bigint[]), CAST(:incidents AS bigint[])) AS moved(report_id, incident_id)
    WHERE report.id = moved.report_id
    """
)
# Deletes incidents that are empty because their only report has joined another one.
_DROP_EMPTY = text(
    """
    DELETE FROM incident WHERE id = ANY(CAST(:ids AS bigint[]))
    AND NOT EXISTS (SELECT 1 FROM report WHERE report.incident_id = incident.id)
    """
)


def _move_many(connection: Connection, moved: Mapping[int, int]) -> None:
    if not moved:
        return
    before = connection.execute(select(Report.incident_id).where(Report.id.in_(list(moved)))).scalars().all()
    connection.execute(_MOVE, {"reports": list(moved), "incidents": list(moved.values())})
    connection.execute(_DROP_EMPTY, {"ids": list(before)})

"""Links reports of the same incident: automatic above one threshold, suggested above another, always undoable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from reporting.models.person import Decision
from reporting.models.report import LINKED, SUGGESTED, UNLINKED, Incident, Link, Report
from reporting.triage.candidate import Candidate, list_candidates, list_observations
from reporting.triage.likeness import LINK_AT, SUGGEST_AT, compare, lay, score_of

_SUGGESTIONS = 3
LINK_KIND, UNLINK_KIND = "link", "unlink"  # kinds of decisions of people about links


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate worth a moderator's look, or good enough to be linked at once."""

    candidate_id: int
    incident_id: int
    score: float
    reasons: tuple[str, ...]


def lock_linking(connection: Connection, campaign_id: int) -> None:
    """One worker links reports of a campaign at a time: two that arrive together must see each other.

    Taken last in a batch and given back with its commit.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('linking', :id))"), {"id": campaign_id})


def link_reports(connection: Connection, report_ids: Sequence[int]) -> int:
    """Look for the incidents of new reports; returns how many were linked to an earlier report.

    `lock_linking` must be held.
    """
    found = _list_suggestions(connection, report_ids)
    moved: dict[int, int] = {}  # report → the incident it has joined in this call
    links: list[dict[str, object]] = []
    for report_id in sorted(found):
        for rank, suggestion in enumerate(found[report_id]):
            is_linked = rank == 0 and suggestion.score >= LINK_AT
            if is_linked:
                moved[report_id] = moved.get(suggestion.candidate_id, suggestion.incident_id)
            links.append(_link_row(report_id, suggestion, LINKED if is_linked else SUGGESTED))
    if links:
        connection.execute(upsert(Link).values(links).on_conflict_do_nothing())
    _move_many(connection, moved)
    return len(moved)


def relink(connection: Connection, report_ids: Sequence[int]) -> None:
    """Look again after a place or topic was corrected. What people decided about links stays as it is."""
    decided = set(
        connection.execute(
            select(Decision.report_id).where(
                Decision.report_id.in_(report_ids), Decision.kind.in_((LINK_KIND, UNLINK_KIND))
            )
        ).scalars()
    )
    open_ids = [report_id for report_id in report_ids if report_id not in decided]
    if not open_ids:
        return
    campaign_ids = connection.execute(select(Report.campaign_id).where(Report.id.in_(open_ids)).distinct()).scalars()
    for campaign_id in sorted(campaign_ids):
        lock_linking(connection, campaign_id)
    for report_id in _list_linked(connection, open_ids):
        split_off(connection, report_id)
    connection.execute(delete(Link).where(Link.report_id.in_(open_ids), Link.state != UNLINKED))
    link_reports(connection, open_ids)


def move_to_incident(connection: Connection, report_id: int, incident_id: int) -> int:
    """Let a report be of another incident; returns the one it was of."""
    before = connection.execute(select(Report.incident_id).where(Report.id == report_id).with_for_update()).scalar_one()
    connection.execute(update(Report).where(Report.id == report_id).values(incident_id=incident_id))
    return int(before)


def split_off(connection: Connection, report_id: int) -> int:
    """Give a report an incident of its own; returns the new one."""
    report = connection.execute(select(Report.campaign_id, Report.topic_id).where(Report.id == report_id)).one()
    incident_id = connection.execute(
        insert(Incident).values(campaign_id=report.campaign_id, topic_id=report.topic_id).returning(Incident.id)
    ).scalar_one()
    move_to_incident(connection, report_id, incident_id)
    return int(incident_id)


def _list_suggestions(connection: Connection, report_ids: Sequence[int]) -> Mapping[int, list[Suggestion]]:
    """The best suggestions by report, best first; a pair that a person has parted is not suggested again."""
    parted = _list_parted(connection, report_ids)
    candidates = list_candidates(connection, report_ids)
    suggestions: dict[int, list[Suggestion]] = {}
    for own in list_observations(connection, list(candidates)):
        report = own.observation
        open_ones = [other for other in candidates[report.id] if (report.id, other.observation.id) not in parted]
        scored = [(score_of(lay(report, other.observation, window_s=own.window_s)), other) for other in open_ones]
        best = sorted((pair for pair in scored if pair[0] >= SUGGEST_AT), key=lambda pair: -pair[0])[:_SUGGESTIONS]
        if best:
            suggestions[report.id] = [_suggest(own, other) for _, other in best]
    return suggestions


def _suggest(own: Candidate, other: Candidate) -> Suggestion:
    """Reasons cost more than the score, so they are written for what is shown alone."""
    likeness = compare(own.observation, other.observation, window_s=own.window_s)
    return Suggestion(other.observation.id, other.incident_id, likeness.score, likeness.reasons)


def _list_parted(connection: Connection, report_ids: Sequence[int]) -> set[tuple[int, int]]:
    query = select(Link.report_id, Link.candidate_id).where(Link.report_id.in_(report_ids), Link.state == UNLINKED)
    return {(row.report_id, row.candidate_id) for row in connection.execute(query)}


def _list_linked(connection: Connection, report_ids: Sequence[int]) -> list[int]:
    query = select(Link.report_id).where(Link.report_id.in_(report_ids), Link.state == LINKED).distinct()
    return sorted(connection.execute(query).scalars())


def _link_row(report_id: int, suggestion: Suggestion, state: str) -> dict[str, object]:
    return {
        "report_id": report_id,
        "candidate_id": suggestion.candidate_id,
        "score": suggestion.score,
        "reasons": [{"text": reason} for reason in suggestion.reasons],
        "state": state,
    }


_MOVE = text(
    """
    UPDATE report SET incident_id = moved.incident_id
    FROM unnest(CAST(:reports AS bigint[]), CAST(:incidents AS bigint[])) AS moved(report_id, incident_id)
    WHERE report.id = moved.report_id
    """
)
# A report's own incident is left empty when it joins another one.
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

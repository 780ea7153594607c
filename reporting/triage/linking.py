"""Links reports of the same incident: automatic above one threshold, suggested above another, always undoable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from reporting.models.person import Decision
from reporting.models.report import LINKED, SUGGESTED, UNLINKED, Incident, Link, Report
from reporting.triage.candidate import Candidate, list_candidates, list_observations
from reporting.triage.corroboration import mark_copies
from reporting.triage.following import follow
from reporting.triage.learned import get_weights_for
from reporting.triage.likeness import LINK_AT, LINK_REACH_M, SUGGEST_AT, compare, lay, score_of

_SUGGESTIONS = 3
LINK_KIND, UNLINK_KIND = "link", "unlink"  # kinds of decisions of people about links
PEOPLES_KINDS = (LINK_KIND, UNLINK_KIND, "split", "merge")


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
            incident_id = moved.get(suggestion.candidate_id, suggestion.incident_id)
            is_linked = rank == 0 and suggestion.score >= LINK_AT and _may_join(connection, report_id, incident_id)
            if is_linked:
                moved[report_id] = incident_id
            links.append(_link_row(report_id, suggestion, LINKED if is_linked else SUGGESTED))
    if links:
        connection.execute(upsert(Link).values(links).on_conflict_do_nothing())
    _move_many(connection, moved)
    mark_copies(connection, report_ids)
    follow(connection, moved.values(), list(moved))
    return len(moved)


def relink(connection: Connection, report_ids: Sequence[int]) -> None:
    """Look again after a place or topic was corrected. What people decided about links stays as it is."""
    before = _list_incidents(connection, report_ids)
    _look_again(connection, report_ids)
    follow(connection, before | _list_incidents(connection, report_ids), report_ids)


def _look_again(connection: Connection, report_ids: Sequence[int]) -> None:
    decided = _list_decided(connection, report_ids)
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


def _list_incidents(connection: Connection, report_ids: Sequence[int]) -> set[int]:
    return set(connection.execute(select(Report.incident_id).where(Report.id.in_(report_ids))).scalars())


def _list_decided(connection: Connection, report_ids: Sequence[int]) -> set[int]:
    """Reports about whose links a person decided, on their own page or on the other report's."""
    kinds = Decision.kind.in_(PEOPLES_KINDS)
    own = select(Decision.report_id).where(Decision.report_id.in_(report_ids), kinds)
    linked = select(Link.candidate_id).where(
        Link.candidate_id.in_(report_ids),
        Link.state == LINKED,
        exists().where(Decision.report_id == Link.report_id, kinds),
    )
    return set(connection.execute(own.union(linked)).scalars())


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
    weights = get_weights_for(connection, report_ids)
    suggestions: dict[int, list[Suggestion]] = {}
    for own in list_observations(connection, list(candidates)):
        report = own.observation
        open_ones = [other for other in candidates[report.id] if (report.id, other.observation.id) not in parted]
        laid = [(lay(report, other.observation, window_s=own.window_s), other) for other in open_ones]
        scored = [(score_of(side_by_side, weights), other) for side_by_side, other in laid]
        best = sorted((pair for pair in scored if pair[0] >= SUGGEST_AT), key=lambda pair: -pair[0])[:_SUGGESTIONS]
        if best:
            suggestions[report.id] = [_suggest(own, other, weights) for _, other in best]
    return suggestions


def _suggest(own: Candidate, other: Candidate, weights: Mapping[str, float]) -> Suggestion:
    """Reasons cost more than the score, so they are written for what is shown alone."""
    likeness = compare(own.observation, other.observation, window_s=own.window_s, weights=weights)
    return Suggestion(other.observation.id, other.incident_id, likeness.score, likeness.reasons)


def _list_parted(connection: Connection, report_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs that a person parted, both ways round: it may have been said on the page of either."""
    of_them = or_(Link.report_id.in_(report_ids), Link.candidate_id.in_(report_ids))
    rows = list(connection.execute(select(Link.report_id, Link.candidate_id).where(of_them, Link.state == UNLINKED)))
    return {(row.report_id, row.candidate_id) for row in rows} | {(row.candidate_id, row.report_id) for row in rows}


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


# Whether somebody parted the report from one that is of the incident, or it lies too far from the most certain place of
# the incident: links must not wander off in steps, and what a person parted must not meet again by way of a third.
_MUST_NOT_JOIN = text(
    """
    SELECT EXISTS (SELECT FROM link JOIN report member
                      ON member.id = CASE WHEN link.report_id = :id THEN link.candidate_id ELSE link.report_id END
                    WHERE :id IN (link.report_id, link.candidate_id) AND link.state = 'unlinked'
                      AND member.incident_id = :incident_id)
        OR EXISTS (SELECT FROM report own,
                      (SELECT point FROM report WHERE incident_id = :incident_id AND point IS NOT NULL AND id <> :id
                        ORDER BY radius_m, id LIMIT 1) AS best
                    WHERE own.id = :id AND NOT ST_DWithin(own.point::geography, best.point::geography, :reach_m))
    """
)


def _may_join(connection: Connection, report_id: int, incident_id: int) -> bool:
    values = {"id": report_id, "incident_id": incident_id, "reach_m": LINK_REACH_M}
    return not connection.execute(_MUST_NOT_JOIN, values).scalar_one()


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

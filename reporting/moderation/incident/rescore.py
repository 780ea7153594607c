"""Rescore: compare linked reports again when a place, a topic or the match weights have changed.

Links that people decided stay. A report that moves to another incident gets a decision in the log, which a moderator
can undo like any other; after that undo no machine moves the report again. The rescore queue
(`incidents/rescore_queue.py`) is worked off a few reports at a time, so that new reports are not delayed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from reporting.db import Database
from reporting.incidents.human_links import LINKING_DECISIONS, list_decided, list_recorded
from reporting.incidents.linking import (
    SUGGESTIONS,
    Suggestion,
    link_row,
    list_suggestions,
    may_join,
    move_to_incident,
    split_off,
)
from reporting.incidents.lock import lock_linking
from reporting.incidents.refresh import follow
from reporting.incidents.rescore_queue import claim_rescores, mark_following
from reporting.incidents.similarity import LINK_AT, SUGGEST_AT
from reporting.models.account import Decision
from reporting.models.report import Incident, Link, Report
from reporting.models.states import DecisionKind, LinkState, ReportState
from reporting.moderation.change_set import CHANGED

AT_ONCE: Final = 20  # reports in one transaction: new reports wait at most so long

_INCIDENT = text("SELECT id, campaign_id, topic_id, created_at::text AS created_at FROM incident WHERE id = :id")
_LINKS = text(
    f"""
    SELECT report_id, candidate_id, score, reasons, state, created_at::text AS created_at FROM link
     WHERE report_id = ANY(CAST(:ids AS bigint[])) AND state <> '{LinkState.UNLINKED}' ORDER BY report_id, candidate_id
    """
)
_WORDLESS = text(
    f"""
    SELECT id FROM report WHERE id = ANY(CAST(:ids AS bigint[]))
       AND (purged_at IS NOT NULL OR state = '{ReportState.ERASED}' OR is_sensitive)
    """
)

Links = dict[int, dict[str, Any]]  # links of one report by the id of the other report


@dataclass(slots=True)
class RescoreCounts:
    """Counts of rescored reports by outcome."""

    looked_at: int = 0
    moved: int = 0  # to another incident, or to an incident of their own
    left_to_people: int = 0


def rescore(
    database: Database, campaign_id: int, *, may_go_on: Callable[[RescoreCounts], bool] = lambda _: True
) -> RescoreCounts:
    """Rescore the queued reports in transactions of AT_ONCE; `may_go_on` is asked between two transactions.

    Reports that another transaction has locked stay in the rescore queue for the next run.
    """
    counts, after_id = RescoreCounts(), 0
    while True:
        with database.begin() as connection:
            last_id = rescore_some(connection, campaign_id, counts, after_id=after_id)
        if not last_id or not may_go_on(counts):
            return counts
        after_id = last_id


def rescore_some(connection: Connection, campaign_id: int, counts: RescoreCounts, *, after_id: int = 0) -> int:
    """Rescore the next AT_ONCE queued reports after `after_id`.

    Returns the id of the last one, 0 when there is none.
    """
    lock_linking(connection, campaign_id)
    report_ids, last_id = claim_rescores(connection, campaign_id, limit=AT_ONCE, after_id=after_id)
    _Look(connection, report_ids, counts).take_all()
    return last_id


class _Look:
    """The rescore of some reports, earliest first.

    When a report moves to another incident, later reports are rescored against the incident it has moved to.
    """

    def __init__(self, connection: Connection, report_ids: Sequence[int], counts: RescoreCounts) -> None:
        self._connection = connection
        self._report_ids = report_ids
        self._counts = counts
        self._moved: dict[int, int] = {}  # report → its incident now

    def take_all(self) -> None:
        """Score all reports, and update their links and incidents."""
        if not self._report_ids:
            return
        connection = self._connection
        decided = list_decided(connection, self._report_ids, (*LINKING_DECISIONS, DecisionKind.UNDO))
        links = _list_links(connection, self._report_ids)
        others = sorted({other for found in links.values() for other in found})
        wordless = set(connection.execute(_WORDLESS, {"ids": others}).scalars())
        standing = {report_id: found.keys() - wordless for report_id, found in links.items()}
        found = list_suggestions(connection, self._report_ids, standing)
        for report_id in self._report_ids:
            own, scored = links.get(report_id, {}), found.get(report_id, [])
            self._counts.looked_at += 1
            if report_id in decided:
                self._counts.left_to_people += 1
                suggested = [s for s in scored if own.get(s.candidate_id, {}).get("state") == LinkState.SUGGESTED]
                self._write(report_id, dict.fromkeys(suggested, LinkState.SUGGESTED), ())
            elif not any(link["state"] == LinkState.LINKED and other in wordless for other, link in own.items()):
                # Else the text of a linked report has been deleted, so there is nothing to compare.
                self._rescore(report_id, own, scored, wordless)
        if self._moved:
            mark_following(connection, self._moved, after_id=self._report_ids[-1])

    def _rescore(self, report_id: int, own: Links, scored: Sequence[Suggestion], wordless: set[int]) -> None:
        linked = [other for other, link in own.items() if link["state"] == LinkState.LINKED]
        choice = self._choose(report_id, scored, linked)
        kept = [s for s in scored if s.score >= SUGGEST_AT][:SUGGESTIONS]
        kept += [s for s in scored if s is choice and s not in kept]
        gone = own.keys() - {s.candidate_id for s in kept} - wordless
        if gone:  # the undo of a moderator's decision needs the links as that decision left them
            noted = list_recorded(self._connection, {report_id, *gone})
            still = gone if report_id in noted else gone & noted
            kept += [s for s in scored if s.candidate_id in still]
            gone -= still
        incident_id = _get_incident_id(self._connection, report_id)
        left = _get_incident(self._connection, incident_id)
        target = self._go(report_id, incident_id, choice, was_linked=bool(linked))
        self._write(report_id, {s: LinkState.LINKED if s is choice else LinkState.SUGGESTED for s in kept}, gone)
        if target != incident_id:
            self._counts.moved += 1
            self._moved[report_id] = target
            self._record(report_id, left, target, own)
            follow(self._connection, [incident_id, target], [report_id])

    def _choose(self, report_id: int, scored: Sequence[Suggestion], linked: Sequence[int]) -> Suggestion | None:
        """Choose the report to link with: an existing link while its score holds, else the best candidate.

        Returns None where no score reaches LINK_AT or a machine may not link.
        """
        for suggestion in [s for s in scored if s.candidate_id in linked] + list(scored[:1]):
            incident_id = self._moved.get(suggestion.candidate_id, suggestion.incident_id)
            if suggestion.score >= LINK_AT and may_join(self._connection, report_id, incident_id):
                return suggestion
        return None

    def _go(self, report_id: int, incident_id: int, choice: Suggestion | None, *, was_linked: bool) -> int:
        """Move the report to the incident of the choice, or to an incident of its own. Returns its incident."""
        connection = self._connection
        if choice is None:
            has_others = exists().where(Report.incident_id == incident_id, Report.id != report_id)
            is_among_others = was_linked and connection.execute(select(has_others)).scalar_one()
            return split_off(connection, report_id) if is_among_others else incident_id
        target = self._moved.get(choice.candidate_id, choice.incident_id)
        if target != incident_id:
            move_to_incident(connection, report_id, target)
            has_reports = exists().where(Report.incident_id == incident_id)
            connection.execute(delete(Incident).where(Incident.id == incident_id, ~has_reports))
        return target

    def _write(self, report_id: int, states: Mapping[Suggestion, str], gone: Collection[int]) -> None:
        """Write the new links of a report and delete the old ones. A pair that a person unlinked stays unlinked."""
        if gone:
            of_them = (Link.report_id == report_id) & Link.candidate_id.in_(gone)
            self._connection.execute(delete(Link).where(of_them, Link.state != LinkState.UNLINKED))
        if states:
            statement = upsert(Link).values([link_row(report_id, s, state) for s, state in states.items()])
            new = statement.excluded
            changed = {"score": new.score, "reasons": new.reasons, "state": new.state}
            self._connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["report_id", "candidate_id"], set_=changed, where=Link.state != LinkState.UNLINKED
                )
            )

    def _record(self, report_id: int, left: dict[str, Any], target: int, links_before: Links) -> None:
        """Append a decision with the change set, in the form that undo reads (`change_set.py`)."""
        connection = self._connection
        is_left = connection.execute(_INCIDENT, {"id": left["id"]}).first() is not None
        incidents = {str(left["id"]): [left, left if is_left else None]}
        links_after = _list_links(connection, [report_id]).get(report_id, {})
        links = {
            f"{report_id}-{other}": [links_before.get(other), links_after.get(other)]
            for other in sorted(links_before.keys() | links_after.keys())
            if links_before.get(other) != links_after.get(other)
        }
        note = {
            "incident_of": {str(report_id): [left["id"], target]}, "incidents": incidents, "links": links,
            "corrected": {},
        }  # fmt: skip
        values = {
            "campaign_id": left["campaign_id"], "report_id": report_id, "kind": DecisionKind.RESCORE,
            "before": {"incident_id": left["id"]}, "after": {"incident_id": target, CHANGED: note},
        }  # fmt: skip
        connection.execute(insert(Decision).values(values))


def _list_links(connection: Connection, report_ids: Sequence[int]) -> dict[int, Links]:
    found: dict[int, Links] = {}
    for row in connection.execute(_LINKS, {"ids": list(report_ids)}).mappings():
        found.setdefault(row["report_id"], {})[row["candidate_id"]] = dict(row)
    return found


def _get_incident_id(connection: Connection, report_id: int) -> int:
    return int(connection.execute(select(Report.incident_id).where(Report.id == report_id)).scalar_one())


def _get_incident(connection: Connection, incident_id: int) -> dict[str, Any]:
    return dict(connection.execute(_INCIDENT, {"id": incident_id}).mappings().one())

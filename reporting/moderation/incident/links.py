"""Links between reports of one incident: link, merge, split and unlink. Each is a decision; none deletes a report."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from reporting.incidents.linking import move_to_incident, split_off
from reporting.models.report import Incident, Link, Report
from reporting.models.states import DecisionKind, LinkState
from reporting.moderation.change_set import CHANGED, noted
from reporting.moderation.decision_log import OpenReport, append_decision, open_report
from reporting.moderation.errors import ChangeRefused, InputRefused, ReportUnknown, SameReport

SPLIT_MOST: Final = 50  # other reports that can be split off together with one report
_BY_A_PERSON: list[dict[str, Any]] = [{"kind": "person"}]


def link(connection: Connection, report_id: int, account_id: int, *, candidate_id: int) -> None:
    """Link a report to a candidate: move it into the candidate's incident.

    Raises ReportUnknown for a candidate of another campaign, SameReport for the report itself, and ChangeRefused when
    both are of one incident already, or the report is sensitive.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    incident_id = _get_incident_id(connection, report, candidate_id)
    if incident_id == report.incident_id or report.is_sensitive:
        raise ChangeRefused
    with noted(connection, report.id, [candidate_id]) as note:
        move_to_incident(connection, report.id, incident_id)
        _drop_empty(connection, report.incident_id)
        _mark_pair(connection, report.id, candidate_id, LinkState.LINKED)
    append_decision(
        connection,
        report,
        account_id,
        DecisionKind.LINK,
        before={"incident_id": report.incident_id},
        after={"incident_id": incident_id, "candidate_id": candidate_id, CHANGED: note},
    )


def merge(connection: Connection, report_id: int, account_id: int, *, candidate_id: int) -> None:
    """Merge two incidents: move all reports of this report's incident into the candidate's.

    Raises the errors of `link`.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    incident_id = _get_incident_id(connection, report, candidate_id)
    if incident_id == report.incident_id or report.is_sensitive:
        raise ChangeRefused
    with noted(connection, report.id, [candidate_id]) as note:
        of_it = Report.incident_id == report.incident_id
        connection.execute(update(Report).where(of_it).values(incident_id=incident_id))
        _drop_empty(connection, report.incident_id)
        _mark_pair(connection, report.id, candidate_id, LinkState.LINKED)
    before = {"incident_id": report.incident_id}
    after = {"incident_id": incident_id, "candidate_id": candidate_id, CHANGED: note}
    append_decision(connection, report, account_id, DecisionKind.MERGE, before=before, after=after)


def split(connection: Connection, report_id: int, account_id: int, *, member_ids: Sequence[int]) -> int:
    """Split an incident: move the report and `member_ids` into an incident of their own, and return its id.

    Raises InputRefused for more than SPLIT_MOST others or for one that is not of the incident, ChangeRefused when no
    report would stay behind.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    members = set(connection.execute(select(Report.id).where(Report.incident_id == report.incident_id)).scalars())
    leaving = {report.id, *member_ids}
    if len(leaving) > SPLIT_MOST + 1 or not leaving <= members:
        raise InputRefused("members")
    if leaving == members:
        raise ChangeRefused
    with noted(connection, report.id) as note:
        incident_id = split_off(connection, report.id)
        connection.execute(update(Report).where(Report.id.in_(leaving)).values(incident_id=incident_id))
        for member_id in sorted(leaving):
            _refuse_members(connection, member_id, report.incident_id)
    before = {"incident_id": report.incident_id}
    after = {"incident_id": incident_id, "report_ids": sorted(leaving), CHANGED: note}
    append_decision(connection, report, account_id, DecisionKind.SPLIT, before=before, after=after)
    return incident_id


def unlink(connection: Connection, report_id: int, account_id: int, *, candidate_id: int) -> None:
    """Unlink two reports for good: no machine suggests the pair again.

    Where the two were of one incident, the report gets an incident of its own. Raises ReportUnknown for a candidate of
    another campaign, SameReport for the report itself.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    incident_id = _get_incident_id(connection, report, candidate_id)
    after: dict[str, Any] = {"candidate_id": candidate_id}
    with noted(connection, report.id, [candidate_id]) as note:
        if incident_id == report.incident_id:
            after["incident_id"] = split_off(connection, report.id)
            _refuse_members(connection, report.id, incident_id)
        _mark_pair(connection, report.id, candidate_id, LinkState.UNLINKED)
    after[CHANGED] = note
    append_decision(
        connection, report, account_id, DecisionKind.UNLINK, before={"incident_id": report.incident_id}, after=after
    )


def _get_incident_id(connection: Connection, report: OpenReport, candidate_id: int) -> int:
    """Get the incident of the candidate. Raises SameReport, and ReportUnknown also for a sensitive candidate.

    A sensitive report is never in an incident with others.
    """
    if candidate_id == report.id:
        raise SameReport
    query = select(Report.incident_id).where(
        Report.id == candidate_id, Report.campaign_id == report.campaign_id, ~Report.is_sensitive
    )
    found = connection.execute(query).scalar()
    if found is None:
        raise ReportUnknown
    return int(found)


def _drop_empty(connection: Connection, incident_id: int) -> None:
    """Delete an incident that has no report any more."""
    has_reports = exists().where(Report.incident_id == incident_id)
    connection.execute(delete(Incident).where(Incident.id == incident_id, ~has_reports))


def _mark_pair(connection: Connection, report_id: int, candidate_id: int, state: str) -> None:
    """Set the state of the link between two reports, in either direction. A missing link is added."""
    changed = connection.execute(
        update(Link)
        .where(
            or_(
                (Link.report_id == report_id) & (Link.candidate_id == candidate_id),
                (Link.report_id == candidate_id) & (Link.candidate_id == report_id),
            )
        )
        .values(state=state)
    )
    if changed.rowcount == 0:
        values = {
            "report_id": report_id,
            "candidate_id": candidate_id,
            "score": 1.0 if state == LinkState.LINKED else 0.0,
        }
        connection.execute(insert(Link).values(**values, reasons=_BY_A_PERSON, state=state))


def _refuse_members(connection: Connection, report_id: int, incident_id: int) -> None:
    """Mark the report as unlinked from all reports of the incident that it left.

    Otherwise the next rescore would link it again.
    """
    members = select(
        literal(report_id), Report.id, literal(0.0), func.jsonb_build_array(), literal(LinkState.UNLINKED)
    ).where(Report.incident_id == incident_id, Report.id != report_id)
    statement = insert(Link).from_select(["report_id", "candidate_id", "score", "reasons", "state"], members)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["report_id", "candidate_id"],
            set_={"state": LinkState.UNLINKED},
            where=Link.state.in_([LinkState.LINKED, LinkState.SUGGESTED]),
        )
    )
    reverse = select(Report.id).where(Report.incident_id == incident_id)
    connection.execute(
        update(Link)
        .where(
            Link.candidate_id == report_id,
            Link.report_id.in_(reverse),
            Link.state.in_([LinkState.LINKED, LinkState.SUGGESTED]),
        )
        .values(state=LinkState.UNLINKED)
    )

"""Undo of a decision about an incident: append the inverse decision and restore the state before."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, text, update

from reporting.incidents.corroboration import dismiss_duplicates
from reporting.incidents.rescore_queue import mark_affected, mark_following
from reporting.incidents.updates import notify_joiners, take_back_waiting
from reporting.models.account import Decision
from reporting.models.incident import IncidentUpdate
from reporting.models.report import Incident, Report
from reporting.models.states import DecisionKind
from reporting.moderation.change_set import CHANGED, noted, read_correctable
from reporting.moderation.decision_log import OpenReport, append_decision, open_report
from reporting.moderation.errors import ChangeRefused
from reporting.moderation.incident.referral import withdraw_referral
from reporting.moderation.report.split import join_again
from reporting.reports.learn_place import learn_from_pin

OUTSIDE_INCIDENTS = (DecisionKind.TELL, DecisionKind.COUNT_DUPLICATES, DecisionKind.REFER)  # which they do not change
_PUT_INCIDENT = text(
    """
    INSERT INTO incident (id, campaign_id, topic_id, created_at)
    VALUES (:id, :campaign_id, :topic_id, CAST(:created_at AS timestamptz)) ON CONFLICT (id) DO NOTHING
    """
)
_PUT_LINK = text(
    """
    INSERT INTO link (report_id, candidate_id, score, reasons, state, created_at)
    VALUES (:report_id, :candidate_id, :score, CAST(:reasons AS jsonb), :state, CAST(:created_at AS timestamptz))
    ON CONFLICT (report_id, candidate_id) DO UPDATE
       SET score = excluded.score, reasons = excluded.reasons, state = excluded.state, created_at = excluded.created_at
    """
)
_DROP_LINK = text("DELETE FROM link WHERE report_id = :report_id AND candidate_id = :candidate_id")
_PUT_CORRECTED = text(
    """
    UPDATE report SET point = CAST(:point AS geometry), radius_m = :radius_m, place_confidence = :place_confidence,
           location_source = :location_source, gazetteer_name = :gazetteer_name,
           location_reasons = CAST(:location_reasons AS jsonb), area_codes = CAST(:area_codes AS jsonb),
           alternatives = CAST(:alternatives AS jsonb), topic_id = :topic_id, topic_confidence = :topic_confidence
     WHERE id = :id
    """
)


def undo(connection: Connection, report_id: int, account_id: int, *, decision_id: int) -> int:
    """Undo a decision, and return the id of the new decision.

    These kinds can be undone: link, unlink, split, merge, correction of place or topic, the undo of one of these, an
    incident update, a referral, the decision to count duplicates, and the division of one report into two. Of an
    incident update only the messages that have not been sent are withdrawn.

    Raises ChangeRefused for a decision of another kind or report, one that is undone already, or one whose outcome was
    changed since: later decisions must be undone first.
    """
    report = open_report(connection, report_id, account_id, moves_links=True)
    query = select(Decision.kind, Decision.after).where(Decision.id == decision_id, Decision.report_id == report_id)
    decision = connection.execute(query).one_or_none()
    if decision is None or is_undone(connection, report_id, decision_id):
        raise ChangeRefused
    if decision.kind == DecisionKind.DIVIDE:
        after = {"undoes": decision_id} | join_again(connection, report, account_id, decision_id)
        return append_decision(connection, report, account_id, DecisionKind.UNDO, after=after)
    if decision.kind in OUTSIDE_INCIDENTS and decision.after:
        after = {"undoes": decision_id} | _undo_outside_incidents(connection, report, decision.kind, decision.after)
        return append_decision(connection, report, account_id, DecisionKind.UNDO, after=after)
    changed = decision.after.get(CHANGED)
    if changed is None:
        raise ChangeRefused
    check_unchanged(connection, report_id, changed)
    with noted(connection, report_id, _list_touched(connection, changed)) as note:
        _put_back(connection, report, changed)
    mark_following(connection, list_going(changed), after_id=0)
    if changed["corrected"]:
        mark_affected(connection, [report_id])
    after = {"undoes": decision_id, CHANGED: note}
    return append_decision(connection, report, account_id, DecisionKind.UNDO, after=after)


def list_going(changed: Mapping[str, Any]) -> list[int]:
    """List the reports that return to another incident when the change is undone."""
    return [int(member) for member in changed["incident_of"]]


def _list_touched(connection: Connection, changed: Mapping[str, Any]) -> list[int]:
    """List the reports that return, and one report of each incident that they return to: the change affects both."""
    query = select(func.min(Report.id)).where(Report.incident_id.in_(_list_wanted(changed)))
    return [*list_going(changed), *connection.execute(query.group_by(Report.incident_id)).scalars()]


def _list_wanted(changed: Mapping[str, Any]) -> list[int]:
    """List the incidents that reports return to."""
    return [before for before, _ in changed["incident_of"].values()]


def _undo_outside_incidents(
    connection: Connection, report: OpenReport, kind: str, after: dict[str, Any]
) -> dict[str, Any]:
    """Undo a decision that changed no incident or link. Returns the values for the decision log.

    When an incident update is withdrawn, the update before it is the current one again. Recipients who did not get that
    update are notified of it.
    """
    if kind == DecisionKind.COUNT_DUPLICATES:
        dismiss_duplicates(connection, after["wave_id"], is_dismissed=False)
        return {"wave_id": after["wave_id"]}
    if kind == DecisionKind.REFER:
        if not withdraw_referral(connection, after["referral_id"]):
            raise ChangeRefused
        return {"referral_id": after["referral_id"], "office": after["office"]}
    standing = (IncidentUpdate.id == after["update_id"]) & IncidentUpdate.withdrawn_at.is_(None)
    if connection.execute(update(IncidentUpdate).where(standing).values(withdrawn_at=func.now())).rowcount == 0:
        raise ChangeRefused
    taken_back = take_back_waiting(connection, after["update_id"])
    notify_joiners(connection, [report.incident_id])
    return {"update_id": after["update_id"], "taken_back": taken_back}


def is_undone(connection: Connection, report_id: int, decision_id: int) -> bool:
    """Return whether the decision was undone.

    The undo of an undo is a decision of its own, and can itself be undone.
    """
    query = exists().where(
        Decision.report_id == report_id,
        Decision.kind == DecisionKind.UNDO,
        func.jsonb_extract_path_text(Decision.after, "undoes") == str(decision_id),
    )
    return bool(connection.execute(select(query)).scalar())


def check_unchanged(connection: Connection, report_id: int, changed: Mapping[str, Any]) -> None:
    """Check that everything the decision changed is still as the decision left it.

    Also checks that the incidents to return to exist, or can be restored. Raises ChangeRefused. Nothing is locked here:
    a caller that goes on must hold `lock_linking`.
    """
    query = select(Report.id, Report.incident_id).where(Report.id.in_(list_going(changed)))
    rows = connection.execute(query)
    found = {str(row.id): row.incident_id for row in rows}
    if any(found.get(member) != after for member, (_, after) in changed["incident_of"].items()):
        raise ChangeRefused
    row = read_correctable(connection, report_id)
    if any(row[name] != after for name, (_, after) in changed["corrected"].items()):
        raise ChangeRefused
    for pair, (_, after) in changed["links"].items():
        if _find_state(connection, pair) != (after["state"] if after else None):
            raise ChangeRefused
    _check_incidents(connection, changed)


def _check_incidents(connection: Connection, changed: Mapping[str, Any]) -> None:
    """Check the incidents that an undo restores. Raises ChangeRefused.

    Refused are an incident that reports return to, when it is gone and its row was not recorded; and an incident whose
    topic was changed, when it is gone or has another topic by now.
    """
    noted_rows = changed["incidents"]
    wanted = {*_list_wanted(changed), *(int(incident_id) for incident_id in noted_rows)}
    query = select(Incident.id, Incident.topic_id).where(Incident.id.in_(wanted))
    topic_of = {row.id: row.topic_id for row in connection.execute(query)}
    for incident_id in _list_wanted(changed):
        if incident_id not in topic_of and noted_rows.get(str(incident_id), [None])[0] is None:
            raise ChangeRefused
    for incident_id, (_, after) in _list_renamed(changed):
        if topic_of.get(incident_id, 0) != after["topic_id"]:
            raise ChangeRefused


def _list_renamed(changed: Mapping[str, Any]) -> list[tuple[int, list[Any]]]:
    """List the incidents whose topic was changed, each with its row before and after."""
    return [
        (int(incident_id), [before, after])
        for incident_id, (before, after) in changed["incidents"].items()
        if before is not None and after is not None and before["topic_id"] != after["topic_id"]
    ]


def _find_state(connection: Connection, pair: str) -> str | None:
    report_id, candidate_id = pair.split("-")
    query = text("SELECT state FROM link WHERE report_id = :report_id AND candidate_id = :candidate_id")
    return connection.execute(query, {"report_id": int(report_id), "candidate_id": int(candidate_id)}).scalar()


def _put_back(connection: Connection, report: OpenReport, changed: dict[str, Any]) -> None:
    """Restore incidents, reports, links and corrections from the change set.

    Reports are updated before incidents, in the same lock order as a decision on one report, which locks the incident
    last.
    """
    for incident_id in {*_list_wanted(changed)}:
        before, _ = changed["incidents"].get(str(incident_id), (None, None))
        if before is not None:
            # No conflict: the incident exists, or no other transaction knows of it.
            connection.execute(_PUT_INCIDENT, before)
    move = text("UPDATE report SET incident_id = :incident_id WHERE id = :id")
    for member, (before, _) in changed["incident_of"].items():
        connection.execute(move, {"id": int(member), "incident_id": before})
    for pair, (before, _) in changed["links"].items():
        _put_link(connection, pair, before)
    if changed["corrected"]:
        _put_correction(connection, report, changed["corrected"])
    for incident_id, (before, _) in _list_renamed(changed):
        named = update(Incident).where(Incident.id == incident_id).values(topic_id=before["topic_id"])
        connection.execute(named)
    left = [after for _, after in changed["incident_of"].values()]
    has_reports = exists().where(Report.incident_id == Incident.id)
    connection.execute(delete(Incident).where(Incident.id.in_(left), ~has_reports))


def _put_link(connection: Connection, pair: str, before: dict[str, Any] | None) -> None:
    if before is not None:
        connection.execute(_PUT_LINK, before | {"reasons": json.dumps(before["reasons"])})
        return
    report_id, candidate_id = pair.split("-")
    connection.execute(_DROP_LINK, {"report_id": int(report_id), "candidate_id": int(candidate_id)})


def _put_correction(connection: Connection, report: OpenReport, corrected: dict[str, Any]) -> None:
    """Restore place and topic, and the learned placement of the earlier pin (none where there was no pin)."""
    row = read_correctable(connection, report.id)
    values = row | {name: before for name, (before, _) in corrected.items()}
    for name in ("location_reasons", "area_codes", "alternatives"):
        values[name] = json.dumps(values[name])
    connection.execute(_PUT_CORRECTED, values | {"id": report.id})
    if "point" not in corrected and "location_source" not in corrected:
        return
    learn_from_pin(connection, report.id)

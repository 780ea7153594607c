"""Undo plan: what the undo of a decision would change, shown before it happens. Reading it changes nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from reporting.incidents.rescore_queue import count_following
from reporting.models.states import DecisionKind, LinkState, MessageState
from reporting.moderation.change_set import CHANGED
from reporting.moderation.errors import ChangeRefused, ReportUnknown
from reporting.moderation.incident.referral import is_standing
from reporting.moderation.report.split import SECOND, is_second_open
from reporting.moderation.undo import check_unchanged, is_undone, list_going

_NAMED_MOST: Final = 20  # reports that are named; the others are counted

_DECISION = text(
    """
    SELECT decision.id, decision.kind, decision.after, decision.decided_at, decision.report_id, report.reference,
           account.name AS account_name
      FROM decision JOIN report ON report.id = decision.report_id LEFT JOIN account ON account.id = decision.account_id
     WHERE decision.id = :decision_id AND decision.campaign_id = :campaign_id
       AND (NOT report.is_sensitive OR :sees_restricted)
    """
)
_REFERENCES = text(
    "SELECT id, reference FROM report WHERE id = ANY(CAST(:ids AS bigint[])) AND (NOT is_sensitive OR :sees_restricted)"
)
# The current members of the incidents that reports return to.
_THERE = text(
    """
    SELECT incident_id, count(*) AS reports FROM report WHERE incident_id = ANY(CAST(:ids AS bigint[]))
     GROUP BY incident_id
    """
)
_PLACE = text(
    """
    SELECT ST_Distance(point::geography, ST_GeomFromEWKB(decode(:before, 'hex'))::geography) FROM report WHERE id = :id
    """
)
_TOPIC = text("SELECT name FROM topic WHERE id = :id")
_TEXTS = text(
    f"""
    SELECT count(*) FILTER (WHERE message.state = '{MessageState.QUEUED}') AS waiting,
           count(*) FILTER (WHERE message.state <> '{MessageState.QUEUED}') AS gone,
           EXISTS (SELECT FROM incident_update WHERE id = :update_id AND withdrawn_at IS NULL) AS is_standing
      FROM update_recipient JOIN message ON message.id = update_recipient.message_id
          WHERE update_recipient.update_id = :update_id
    """
)


@dataclass(frozen=True, slots=True)
class Move:
    """Reports that return together to one incident, which has `others` besides; `is_new`: the incident is restored."""

    references: Sequence[str]
    count: int
    incident_id: int
    others: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """A decision and what its undo changes; `is_possible` is false where later decisions must be undone first.

    `links` counts pairs by the state they return to (`""`: not compared). `moved_m`: the distance in metres that the
    pin moves back, None where it stays. `loses_place`: the report had no place before. `topic` holds the names of the
    earlier topic, None where the topic stays. `looked_at_again`: later reports, linked by a machine to those that
    return, which will be rescored.
    """

    decision_id: int
    kind: str
    report_id: int
    reference: str
    decided_at: datetime
    account_name: str | None
    is_possible: bool
    moves: Sequence[Move] = ()
    links: Mapping[str, int] | None = None
    moved_m: float | None = None
    loses_place: bool = False
    changes_topic: bool = False
    topic: Mapping[str, Any] | None = None
    texts_waiting: int = 0
    texts_gone: int = 0
    looked_at_again: int = 0


def plan_undo(connection: Connection, campaign_id: int, decision_id: int, *, sees_restricted: bool = False) -> UndoPlan:
    """Plan the undo of a decision. Raises ReportUnknown for a decision that is not there, or not for this account."""
    values = {"decision_id": decision_id, "campaign_id": campaign_id, "sees_restricted": sees_restricted}
    row = connection.execute(_DECISION, values).first()
    if row is None:
        raise ReportUnknown
    known = (row.id, row.kind, row.report_id, row.reference, row.decided_at, row.account_name)
    is_open = bool(row.after) and not is_undone(connection, row.report_id, row.id)
    if row.kind == DecisionKind.TELL:
        texts = connection.execute(_TEXTS, {"update_id": row.after.get("update_id")}).one()
        is_open = is_open and texts.is_standing
        return UndoPlan(*known, is_possible=is_open, texts_waiting=texts.waiting, texts_gone=texts.gone)
    if row.kind == DecisionKind.DIVIDE:
        return UndoPlan(*known, is_possible=is_open and is_second_open(connection, row.after.get(SECOND, 0)))
    if row.kind == DecisionKind.REFER:
        return UndoPlan(*known, is_possible=is_open and is_standing(connection, row.after.get("referral_id", 0)))
    if row.kind == DecisionKind.COUNT_DUPLICATES:
        return UndoPlan(*known, is_possible=is_open)
    changed = row.after.get(CHANGED)
    if changed is None:
        return UndoPlan(*known, is_possible=False)
    corrected = changed["corrected"]
    return UndoPlan(
        *known,
        is_possible=is_open and _is_as_it_was_left(connection, row.report_id, changed),
        moves=_list_moves(connection, changed, sees_restricted=sees_restricted),
        links=_count_links(changed["links"]),
        moved_m=_find_distance(connection, row.report_id, corrected),
        loses_place="point" in corrected and corrected["point"][0] is None,
        changes_topic="topic_id" in corrected,
        topic=_find_topic(connection, corrected),
        looked_at_again=count_following(connection, list_going(changed)),
    )


def _is_as_it_was_left(connection: Connection, report_id: int, changed: Mapping[str, Any]) -> bool:
    try:
        check_unchanged(connection, report_id, dict(changed))
    except ChangeRefused:
        return False
    return True


def _list_moves(connection: Connection, changed: Mapping[str, Any], *, sees_restricted: bool) -> list[Move]:
    going: dict[int, list[int]] = {}
    for member, (before, _) in changed["incident_of"].items():
        going.setdefault(before, []).append(int(member))
    ids = [member for members in going.values() for member in members]
    names = connection.execute(_REFERENCES, {"ids": ids, "sees_restricted": sees_restricted})
    reference_of = {row.id: row.reference for row in names}
    there = {row.incident_id: row.reports for row in connection.execute(_THERE, {"ids": list(going)})}
    return [
        Move(
            [reference_of[member] for member in members if member in reference_of][:_NAMED_MOST],
            len(members), incident_id, there.get(incident_id, 0), is_new=incident_id not in there,
        )
        for incident_id, members in sorted(going.items())
    ]  # fmt: skip


def _count_links(links: Mapping[str, Any]) -> dict[str, int]:
    """Count pairs by the state they return to, where that differs from the current one."""
    states = Counter(
        (before["state"] if before else "")
        for before, after in links.values()
        if (before or {}).get("state") != (after or {}).get("state")
    )
    return {
        state: states[state]
        for state in (LinkState.LINKED, LinkState.SUGGESTED, LinkState.UNLINKED, "")
        if states[state]
    }


def _find_distance(connection: Connection, report_id: int, corrected: Mapping[str, Any]) -> float | None:
    if "point" not in corrected or corrected["point"][0] is None:
        return None
    return connection.execute(_PLACE, {"id": report_id, "before": corrected["point"][0]}).scalar()


def _find_topic(connection: Connection, corrected: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if "topic_id" not in corrected or corrected["topic_id"][0] is None:
        return None
    names: Mapping[str, Any] | None = connection.execute(_TOPIC, {"id": corrected["topic_id"][0]}).scalar()
    return names

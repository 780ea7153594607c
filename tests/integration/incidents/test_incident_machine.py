"""Whatever people decide about incidents and take back, in any order, incidents are what the history says.

Taking the whole history back, step by step, is at each step what was there then, and ends at the start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, text

from reporting.incidents.corroboration import corroborate
from reporting.incidents.refresh import estimate_incidents
from reporting.incidents.rescore_queue import mark_all
from reporting.incidents.updates import find_current
from reporting.moderation import bulk, decisions
from reporting.moderation.errors import ChangeRefused
from reporting.moderation.incident import links
from reporting.moderation.incident.rescore import RescoreCounts, rescore_some
from reporting.moderation.undo import undo
from reporting.moderation.undo_plan import plan_undo
from tests.factories.moderation import Desk, make_desk

REPORTS = 5  # few, so that acts meet
ONE = st.integers(0, REPORTS - 1)


@dataclass
class Act:
    """Something decided: how the reports were grouped and all rows before it, and what it moved from where to where.

    `handle` is the decision that takes it back when undone: its own, or the last one that brought it back.
    """

    handle: int
    report_id: int
    group: list[int]
    rows: Any
    moved: dict[int, tuple[int, int]]
    undoes: "Act | None" = None
    is_undone: bool = False


class Incidents(RuleBasedStateMachine):
    """Decisions on five reports; the model is a list of groups, and the history of acts."""

    connection: Connection

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.connection.begin_nested()
        self.desk: Desk = make_desk(self.connection)
        self.person = self.desk.add_person("ana")
        self.reports = [
            self.desk.add_report(
                f"words {n} of its own",
                lat=27.1 + n / 10,
                lon=85.5,
                contact_id=self.desk.add_contact(f"+977980000000{n}"),
            )
            for n in range(REPORTS)
        ]
        self.burst = self.mark_two_as_copies()
        self.is_dismissed = False
        self.said = 0
        estimate_incidents(self.connection, [self.desk.get(each, "incident_id") for each in self.reports])
        self.group = list(range(REPORTS))
        self.fresh = REPORTS
        self.history: list[Act] = []
        self.start = self.rows()
        self.merge(1, 0)  # two incidents of two reports, which can fall apart again
        self.merge(3, 2)

    @rule(one=ONE, other=ONE)
    def link(self, one: int, other: int) -> None:
        def model() -> None:
            self.group[one] = self.group[other]

        if one != other:
            is_allowed = self.group[one] != self.group[other]
            self.act(one, is_allowed, links.link, model, candidate_id=self.reports[other])

    @rule(one=ONE, other=ONE)
    def merge(self, one: int, other: int) -> None:
        def model() -> None:
            left, joined = self.group[one], self.group[other]
            self.group = [joined if each == left else each for each in self.group]

        if one != other:
            is_allowed = self.group[one] != self.group[other]
            self.act(one, is_allowed, links.merge, model, candidate_id=self.reports[other])

    @precondition(lambda self: len(set(self.group)) < REPORTS)
    @rule(one=ONE, other=ONE)
    def unlink(self, one: int, other: int) -> None:
        def model() -> None:
            if self.group[one] == self.group[other]:
                self.group[one] = self.fresh = self.fresh + 1

        if one != other:
            self.act(one, True, links.unlink, model, candidate_id=self.reports[other])

    @precondition(lambda self: len(set(self.group)) < REPORTS)
    @rule(one=ONE, picked=st.sets(ONE))
    def split(self, one: int, picked: set[int]) -> None:
        members = {n for n in range(REPORTS) if self.group[n] == self.group[one]}
        leaving = (picked & members) | {one}

        def model() -> None:
            self.fresh += 1
            for each in leaving:
                self.group[each] = self.fresh

        ids = [self.reports[each] for each in leaving]
        self.act(one, leaving != members, links.split, model, member_ids=ids)

    @rule(one=ONE, lat=st.floats(27.1, 27.9))
    def correct_place(self, one: int, lat: float) -> None:
        self.act(one, True, decisions.move_pin, self.relinked, lat=lat, lon=85.5, radius_m=100.0)

    @rule(one=ONE, topic=st.sampled_from(["water", "road"]))
    def correct_topic(self, one: int, topic: str) -> None:
        self.act(one, True, decisions.set_topic, self.relinked, topic_code=topic)

    @rule(one=ONE)
    def let_copies_count(self, one: int) -> None:
        """The first two reports are copies of one text."""
        is_allowed = not self.is_dismissed and self.group[one] in self.group[:2]

        def use(connection: Connection, report_id: int, person: int) -> None:
            incident_id = self.desk.get(report_id, "incident_id")
            bulk.count_duplicates(connection, self.desk.campaign_id, incident_id, person, burst_id=self.burst)

        self.act(one, is_allowed, use, self.relinked)

    @rule(one=ONE)
    def tell(self, one: int) -> None:
        """Something new each time, to all who reported the same."""
        self.said += 1

        def use(connection: Connection, report_id: int, person: int) -> None:
            incident_id = self.desk.get(report_id, "incident_id")
            texts = {"en": f"update {self.said}"}
            bulk.notify_all(connection, self.desk.campaign_id, incident_id, person, texts=texts, reaches_copies=True)

        self.act(one, True, use, self.relinked)

    @precondition(lambda self: self.history)
    @rule()
    def undo_last(self) -> None:
        """What it took back, if it did, is in force again, and undone by what undid this."""
        last = self.history.pop()
        undoing = undo(self.connection, last.report_id, self.person, decision_id=last.handle)
        self.group = last.group
        self.is_dismissed = self.read_dismissed()
        assert self.rows() == last.rows
        self.check()
        with pytest.raises(ChangeRefused):
            undo(self.connection, last.report_id, self.person, decision_id=last.handle)
        if last.undoes is not None:
            last.undoes.handle, last.undoes.is_undone = undoing, False

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def undo_any(self, data: st.DataObject) -> None:
        """It can be taken back if the page before says so, whatever came later, and is refused in words if not."""
        act = data.draw(st.sampled_from(self.history), label="act")
        if act.undoes is None and not act.moved and self.read_kind(act) in ("tell", "count_duplicates"):
            return  # taking these back has no undo of its own
        before, rows = list(self.group), self.rows()
        plan = plan_undo(self.connection, self.desk.campaign_id, act.handle)
        assert not (plan.is_possible and act.is_undone)
        if not plan.is_possible:
            with pytest.raises(ChangeRefused):
                undo(self.connection, act.report_id, self.person, decision_id=act.handle)
            assert self.rows() == rows
            return
        undoing = undo(self.connection, act.report_id, self.person, decision_id=act.handle)
        for each, (left, _) in act.moved.items():
            self.group[each] = left
        moved = {each: (after, left) for each, (left, after) in act.moved.items()}
        self.history.append(Act(undoing, act.report_id, before, rows, moved, undoes=act))
        act.is_undone = True
        self.check()

    @rule()
    def look_again(self) -> None:
        """Words and places are unlike, so no machine moves anything, least of all what people decided."""
        rows = self.rows()
        mark_all(self.connection, self.desk.campaign_id)
        counts = RescoreCounts()
        rescore_some(self.connection, self.desk.campaign_id, counts)
        assert counts.moved == 0
        assert self.rows() == rows

    def relinked(self) -> None:
        """Unlike words and places far apart: a correction moves nobody."""

    def act(
        self, one: int, is_allowed: bool, use: Callable[..., Any], model: Callable[[], None], **values: Any
    ) -> None:
        before, rows, report_id = list(self.group), self.rows(), self.reports[one]
        if not is_allowed:
            with pytest.raises(ChangeRefused):
                use(self.connection, report_id, self.person, **values)
            assert self.rows() == rows
            return
        use(self.connection, report_id, self.person, **values)
        model()
        row = self.connection.execute(text("SELECT id, report_id FROM decision ORDER BY id DESC LIMIT 1")).one()
        moved = {n: (old, new) for n, (old, new) in enumerate(zip(before, self.group, strict=True)) if old != new}
        self.history.append(Act(row.id, row.report_id, before, rows, moved))
        self.is_dismissed = self.read_dismissed()
        self.check()

    def check(self) -> None:
        found = [self.desk.get(report_id, "incident_id") for report_id in self.reports]
        pairs = [(one, other) for one in range(REPORTS) for other in range(one)]
        for one, other in pairs:
            assert (found[one] == found[other]) == (self.group[one] == self.group[other])
        query = text("SELECT count(*) FROM incident WHERE campaign_id = :id")
        assert self.connection.execute(query, {"id": self.desk.campaign_id}).scalar() == len(set(self.group))

    def rows(self) -> list[list[Any]]:
        """Everything that decisions on incidents may change."""
        queries = (
            "SELECT id, incident_id, point::text, radius_m, place_confidence, location_source, gazetteer_name,"
            " location_reasons, area_codes, alternatives, topic_id, topic_confidence FROM report"
            " WHERE campaign_id = :id ORDER BY id",
            "SELECT id, topic_id, created_at, point::text, radius_m, occurred_at, occurred_precision_s FROM incident"
            " WHERE campaign_id = :id ORDER BY id",
            "SELECT report_id, candidate_id, score, reasons, link.state FROM link JOIN report ON report.id = report_id"
            " WHERE campaign_id = :id ORDER BY 1, 2",
            "SELECT source_id, words, radius_m, geom::text FROM learned_placement WHERE campaign_id = :id ORDER BY 1",
        )
        stored = [list(self.connection.execute(text(query), {"id": self.desk.campaign_id})) for query in queries]
        return [*stored, *(self.describe(row[0]) for row in stored[1])]

    def describe(self, incident_id: int) -> list[Any]:
        """How many voices an incident has, what was said of it last, and who knows that."""
        current = find_current(self.connection, incident_id)
        told = text("SELECT contact_id FROM update_recipient WHERE update_id = :id ORDER BY 1")
        known = [] if current is None else list(self.connection.execute(told, {"id": current.id}).scalars())
        return [corroborate(self.connection, incident_id), current and current.texts, known]

    def mark_two_as_copies(self) -> int:
        burst = text("INSERT INTO duplicate_burst (campaign_id, figures) VALUES (:id, '{}') RETURNING id")
        burst_id = self.connection.execute(burst, {"id": self.desk.campaign_id}).scalar_one()
        marking = text("UPDATE report SET duplicate_burst_id = :wave WHERE id = ANY(:ids)")
        self.connection.execute(marking, {"wave": burst_id, "ids": self.reports[:2]})
        return int(burst_id)

    def read_kind(self, act: Act) -> str:
        return str(
            self.connection.execute(text("SELECT kind FROM decision WHERE id = :id"), {"id": act.handle}).scalar()
        )

    def read_dismissed(self) -> bool:
        query = text("SELECT dismissed_at IS NOT NULL FROM duplicate_burst WHERE id = :id")
        return bool(self.connection.execute(query, {"id": self.burst}).scalar_one())

    def teardown(self) -> None:
        try:
            while self.history:
                self.undo_last()
            assert self.rows() == self.start
        finally:
            self.savepoint.rollback()


def test_undoing_everything_in_reverse_ends_at_the_start(connection: Connection) -> None:
    machine = type("OnThisConnection", (Incidents,), {"connection": connection})
    limits = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=limits)

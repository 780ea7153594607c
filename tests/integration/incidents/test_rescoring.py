"""Late knowledge: machines' links are looked at again, people's stay, and what moved can be taken back exactly."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from reporting.bootstrap import Program
from reporting.incidents.campaign_weights import add_weights
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.human_links import DECIDED, LINKING_DECISIONS
from reporting.incidents.linking import link_reports
from reporting.incidents.refresh import estimate_incidents
from reporting.incidents.rescore_queue import count_rescores, mark_affected, mark_all
from reporting.incidents.text_similarity import text_key
from reporting.jobs.jobs import rescore_incidents
from reporting.models.states import DecisionKind
from reporting.moderation import decisions
from reporting.moderation.incident import links
from reporting.moderation.incident.rescore import AT_ONCE, RescoreCounts, rescore_some
from reporting.moderation.undo import undo
from tests.factories.moderation import Desk, make_desk

WORDS = "the main pipe at the old temple burst this morning and floods the lower market"
OTHER_WORDS = "a lorry lies across the bridge road and nobody can pass to the hospital"
NOTHING_IS_ALIKE = WEIGHTS | {"bias": -60.0}


def add(desk: Desk, words: str = WORDS, *, north: float = 0.0, **columns: Any) -> int:
    """A report some degrees north of the centre, linked as it would be on arrival."""
    report_id = desk.add_report(words, lat=27.5 + north, lon=85.5, text_key=text_key(words), **columns)
    link_reports(desk.connection, [report_id])
    estimate_incidents(desk.connection, [desk.get(report_id, "incident_id")])
    return report_id


def look_again(desk: Desk) -> RescoreCounts:
    counts, after_id = RescoreCounts(), 0
    while after_id := rescore_some(desk.connection, desk.campaign_id, counts, after_id=after_id):
        pass
    return counts


def learn(desk: Desk, weights: dict[str, float]) -> None:
    """As `flask likeness train` does; the worker's role may only read weights."""
    desk.connection.execute(text("SET LOCAL ROLE NONE"))
    add_weights(desk.connection, desk.campaign_id, weights, {})
    desk.connection.execute(text("SET LOCAL ROLE baraza_app"))
    mark_all(desk.connection, desk.campaign_id)


def incidents(desk: Desk, *reports: int) -> list[int]:
    """The incidents of reports, numbered in the order of their first report."""
    found = [desk.get(report_id, "incident_id") for report_id in reports]
    return [sorted(set(found), key=found.index).index(each) for each in found]


def rows(desk: Desk) -> list[list[Any]]:
    """Everything that a look may change, but its record and its marks."""
    queries = (
        "SELECT id, incident_id FROM report ORDER BY id",
        "SELECT id, topic_id, created_at, point::text, radius_m, occurred_at FROM incident ORDER BY id",
        "SELECT report_id, candidate_id, score, reasons, state, created_at FROM link ORDER BY 1, 2",
    )
    return [list(desk.connection.execute(text(query))) for query in queries]


def test_who_was_linked_to_a_report_that_lies_elsewhere_now_leaves_it_and_goes_together(desk: Desk) -> None:
    first, second, third = (add(desk) for _ in range(3))
    assert incidents(desk, first, second, third) == [0, 0, 0]
    decisions.move_pin(desk.connection, first, desk.add_person("ana"), lat=27.9, lon=85.5, radius_m=50.0)
    assert look_again(desk).moved == 2
    assert incidents(desk, first, second, third) == [0, 1, 1]
    assert [line.kind for line in desk.list_decisions(second)] == [DecisionKind.RESCORE]
    assert count_rescores(desk.connection, desk.campaign_id) == 0


def test_who_is_near_the_new_place_of_a_report_joins_it(desk: Desk) -> None:
    first = add(desk, north=0.3)
    second = add(desk)
    assert incidents(desk, first, second) == [0, 1]
    decisions.move_pin(desk.connection, first, desk.add_person("ana"), lat=27.5, lon=85.5, radius_m=50.0)
    assert look_again(desk).moved == 1
    assert incidents(desk, first, second) == [0, 0]


def test_taking_a_look_back_puts_everything_as_it_was_and_no_machine_moves_it_again(desk: Desk) -> None:
    first, second = add(desk), add(desk)
    before = rows(desk)
    learn(desk, NOTHING_IS_ALIKE)
    assert look_again(desk).moved == 1
    record = desk.connection.execute(text("SELECT id FROM decision WHERE kind = 'rescore'")).scalar_one()
    undo(desk.connection, second, desk.add_person("ana"), decision_id=record)
    assert rows(desk) == before
    mark_all(desk.connection, desk.campaign_id)
    counts = look_again(desk)
    assert (counts.moved, counts.left_to_people) == (0, 1)
    assert incidents(desk, first, second) == [0, 0]


def test_what_a_person_linked_or_parted_stays_whatever_is_learned(desk: Desk) -> None:
    ana = desk.add_person("ana")
    first, second = add(desk), add(desk, OTHER_WORDS, north=0.3)
    links.link(desk.connection, second, ana, candidate_id=first)
    fourth, fifth = (add(desk, OTHER_WORDS, north=-0.3) for _ in range(2))
    links.unlink(desk.connection, fifth, ana, candidate_id=fourth)
    for weights in (NOTHING_IS_ALIKE, WEIGHTS | {"bias": 20.0}):
        learn(desk, weights)
        look_again(desk)
        assert incidents(desk, first, second, fourth, fifth) == [0, 0, 1, 2]


def test_who_a_merge_took_along_stays(desk: Desk) -> None:
    first, second = add(desk), add(desk)
    other = add(desk, OTHER_WORDS, north=0.3)
    links.merge(desk.connection, first, desk.add_person("ana"), candidate_id=other)
    learn(desk, NOTHING_IS_ALIKE)
    look_again(desk)
    assert incidents(desk, first, second, other) == [0, 0, 0]


def test_looking_a_second_time_changes_nothing_and_leaves_no_record(desk: Desk) -> None:
    for place in range(4):
        add(desk, north=place * 0.0002)
    learn(desk, WEIGHTS | {"near": 0.0})
    look_again(desk)
    before = rows(desk), desk.connection.execute(text("SELECT count(*) FROM decision")).scalar()
    mark_all(desk.connection, desk.campaign_id)
    counts = look_again(desk)
    assert (counts.looked_at, counts.moved) == (4, 0)
    assert (rows(desk), desk.connection.execute(text("SELECT count(*) FROM decision")).scalar()) == before


def test_a_report_whose_words_went_keeps_its_links(desk: Desk) -> None:
    first, second = add(desk), add(desk)
    third = add(desk)
    gone = text("UPDATE report SET text = '', text_key = 0, purged_at = now() WHERE id = :id")
    desk.connection.execute(gone, {"id": first})
    desk.connection.execute(gone, {"id": third})
    learn(desk, NOTHING_IS_ALIKE)
    assert look_again(desk).looked_at == 1
    assert incidents(desk, first, second, third) == [0, 0, 0]


def test_new_weights_make_links_where_there_was_only_a_suggestion(desk: Desk) -> None:
    first, second = add(desk, "pipe broken", north=0.0), add(desk, "water everywhere", north=0.0001)
    assert incidents(desk, first, second) == [0, 1]
    learn(desk, WEIGHTS | {"bias": 20.0})
    assert look_again(desk).moved == 1
    assert incidents(desk, first, second) == [0, 0]


def test_undoing_a_correction_needs_the_links_that_it_left(desk: Desk) -> None:
    """Marks of later reports and a look at them do not stand in the way of undoing the correction."""
    first, second = add(desk), add(desk, OTHER_WORDS, north=0.3)
    before = rows(desk)
    ana = desk.add_person("ana")
    decisions.move_pin(desk.connection, second, ana, lat=27.5, lon=85.5, radius_m=50.0)
    learn(desk, NOTHING_IS_ALIKE)
    look_again(desk)
    moved = desk.connection.execute(text("SELECT max(id) FROM decision WHERE kind = 'move_pin'")).scalar_one()
    undo(desk.connection, second, ana, decision_id=moved)
    assert rows(desk) == before
    assert incidents(desk, first, second) == [0, 1]


def test_a_correction_among_very_many_marks_few(desk: Desk) -> None:
    reports = [desk.add_report("word", lat=27.5, lon=85.5) for _ in range(100)]
    mark_affected(desk.connection, reports[:1])
    assert 0 < count_rescores(desk.connection, desk.campaign_id) <= 60


def test_restricted_rejected_and_erased_reports_are_not_looked_at(desk: Desk) -> None:
    add(desk, is_sensitive=True)
    add(desk, state="rejected")
    add(desk, state="erased")
    assert mark_all(desk.connection, desk.campaign_id) == 0


def test_the_command_works_off_all_marks_and_may_be_repeated(app: Flask, program: Program) -> None:
    with program.owner.begin() as connection:
        desk = make_desk(connection)
        reports = [add(desk) for _ in range(AT_ONCE + 2)]
        add_weights(connection, desk.campaign_id, NOTHING_IS_ALIKE, {})
    result = app.test_cli_runner().invoke(args=["incidents", "rescore", "--all"])
    assert result.exit_code == 0
    assert result.output == "looked at: 22\nmoved: 21\nleft to people: 0\nstill marked: 0\n"
    again = app.test_cli_runner().invoke(args=["incidents", "rescore"])
    assert again.output == "looked at: 0\nmoved: 0\nleft to people: 0\nstill marked: 0\n"
    with program.app.begin() as connection:
        query = text("SELECT count(DISTINCT incident_id) FROM report WHERE id = ANY(:ids)")
        assert connection.execute(query, {"ids": reports}).scalar() == len(reports)


def test_the_job_works_off_the_marks_of_every_campaign(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with program.owner.begin() as connection:
        desk = make_desk(connection)
        add(desk)
        mark_all(connection, desk.campaign_id)
    monkeypatch.setattr("reporting.jobs.jobs.get_program", lambda: program)
    rescore_incidents()
    with program.app.begin() as connection:
        assert count_rescores(connection, desk.campaign_id) == 0


def test_links_do_not_wander_off_in_steps_of_time(desk: Desk) -> None:
    """Each 60 hours after the one before, within the 72 of its topic; the fourth is suggested, and not linked."""
    times = [f"2026-11-{day}Z" for day in ("01T00:00", "03T12:00", "06T00:00", "08T12:00")]
    topic = desk.connection.execute(text("SELECT id FROM topic WHERE code = 'water'")).scalar_one()
    reports = [add(desk, topic_id=topic, occurred_at=time, reported_at=time) for time in times]
    assert incidents(desk, *reports) == [0, 0, 0, 1]
    query = text("SELECT DISTINCT state FROM link WHERE report_id = :id")
    assert list(desk.connection.execute(query, {"id": reports[-1]}).scalars()) == ["suggested"]


def test_whom_people_decided_about_is_asked_of_indexes(connection: Connection) -> None:
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    values = {"ids": [1, 2], "kinds": [*LINKING_DECISIONS, DecisionKind.UNDO]}
    plan = "\n".join(row[0] for row in connection.execute(text("EXPLAIN " + DECIDED.text), values))
    assert "ix_decision_moved" in plan
    assert "ix_link_candidate_id" in plan
    assert "Seq Scan" not in plan

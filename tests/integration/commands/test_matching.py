"""`flask likeness`: what moderators decide is learned, kept in versions, and gone by from the next batch on."""

import re

from flask import Flask
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.incidents.campaign_weights import add_weights, get_weights
from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.linking import link_reports
from reporting.incidents.training_pairs import list_examples
from reporting.moderation.incident import links
from reporting.moderation.undo import undo
from tests.factories.moderation import Desk, make_desk

PAIRS = 80


def add_pair(desk: Desk, number: int, *, gap_h: int) -> tuple[int, int]:
    """Two reports of one place, hours apart, far from all others."""
    water = desk.connection.execute(text("SELECT id FROM topic WHERE code = 'water'")).scalar_one()
    where = {"lat": 27.0 + number / 100, "lon": 85.5, "topic_id": water}
    first = desk.add_report("no water", **where, occurred_at="2026-11-01T00:00Z")
    return desk.add_report(
        "the pipe is dry", **where, occurred_at=f"2026-11-0{1 + gap_h // 24}T0{gap_h % 24}:00Z"
    ), first


def decide(desk: Desk, person: int, pairs: int, *, first: int = 0) -> None:
    """Every second pair is linked, an hour apart; the others are parted, two days and eight hours apart."""
    for number in range(first, first + pairs):
        if number % 2:
            later, earlier = add_pair(desk, number, gap_h=1)
            links.link(desk.connection, later, person, candidate_id=earlier)
        else:
            later, earlier = add_pair(desk, number, gap_h=56)
            links.unlink(desk.connection, later, person, candidate_id=earlier)


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["likeness", *arguments])
    return result.exit_code, result.output


def test_what_moderators_decided_becomes_a_version_that_is_shown(app: Flask, program: Program) -> None:
    with program.owner.begin() as connection:
        desk = make_desk(connection)
        decide(desk, desk.add_person("ama"), PAIRS)
    assert "version: 0 (shipped)" in run(app, "show")[1]
    code, told = run(app, "train", "--dry-run")
    assert code == 0
    assert "version" not in told
    assert "version: 0 (shipped)" in run(app, "show")[1]
    code, told = run(app, "train")
    assert (code, "version: 1" in told, "decisions: 64" in told, "held out: 16" in told) == (0, True, True, True)
    shown = run(app, "show")[1]
    assert "version: 1\n" in shown
    assert "decisions not learned from: 16" in shown
    assert sum(int(count) for count in re.findall(r"(\d+) pairs", shown)) == 16
    code, told = run(app, "train")
    assert (code, told) == (1, "Error: nothing new was learned: the weights are those of version 1\n")


def test_too_few_decisions_are_one_clear_line(app: Flask, program: Program) -> None:
    with program.owner.begin() as connection:
        desk = make_desk(connection)
        decide(desk, desk.add_person("ama"), 4)
    code, told = run(app, "train")
    assert code == 1
    assert told == ("Error: too few decisions to learn from: 2 links and 2 unlinks stand; 50 are needed, 10 of each\n")


def test_what_was_undone_or_decided_the_other_way_teaches_nothing_or_the_other(desk: Desk) -> None:
    person = desk.add_person("ama")
    undone, changed, kept = (add_pair(desk, number, gap_h=1) for number in range(3))
    for later, earlier in (undone, changed, kept):
        links.link(desk.connection, later, person, candidate_id=earlier)
    decision_id = desk.connection.execute(
        text("SELECT id FROM decision WHERE report_id = :id"), {"id": undone[0]}
    ).scalar_one()
    undo(desk.connection, undone[0], person, decision_id=decision_id)
    links.unlink(desk.connection, changed[1], person, candidate_id=changed[0])
    assert [example.is_same for example in list_examples(desk.connection, desk.campaign_id)] == [True, False]


def test_restricted_reports_teach_nothing(desk: Desk) -> None:
    person = desk.add_person("ama")
    later, earlier = add_pair(desk, 1, gap_h=1)
    links.link(desk.connection, later, person, candidate_id=earlier)
    desk.connection.execute(text("UPDATE report SET is_sensitive = true WHERE id = :id"), {"id": earlier})
    assert list_examples(desk.connection, desk.campaign_id) == []


def test_the_next_batch_goes_by_the_new_version(desk: Desk) -> None:
    later, _ = add_pair(desk, 1, gap_h=1)
    add_version(desk, WEIGHTS | {"bias": -60.0})
    link_reports(desk.connection, [later])
    assert count_links(desk, later) == 0
    add_version(desk, WEIGHTS | {"bias": 0.0})
    link_reports(desk.connection, [later])
    assert count_links(desk, later) == 1


def add_version(desk: Desk, values: dict[str, float]) -> None:
    """A version as the command adds it: the worker's role may read it only."""
    desk.connection.execute(text("SET LOCAL ROLE NONE"))
    add_weights(desk.connection, desk.campaign_id, values, {})
    desk.connection.execute(text("SET LOCAL ROLE baraza_app"))


def count_links(desk: Desk, report_id: int) -> int:
    query = text("SELECT count(*) FROM link WHERE report_id = :id")
    return int(desk.connection.execute(query, {"id": report_id}).scalar_one())


def test_a_stored_version_without_some_evidence_goes_by_the_shipped_weight_there(desk: Desk) -> None:
    add_version(desk, {"near": 2.5, "of another time": 1.0})
    values = get_weights(desk.connection, desk.campaign_id).values
    assert values == WEIGHTS | {"near": 2.5}

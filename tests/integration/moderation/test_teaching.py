"""What a pin teaches: the words that told where name the place, and what was said stands below them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from channels.base.items import InboundMessage
from reporting.bootstrap import Program
from reporting.extraction.reader import TextAnalysers
from reporting.incidents.lock import lock_linking
from reporting.moderation import decisions
from reporting.moderation.undo import undo
from reporting.privacy.erasure import erase_reports
from reporting.processing.worker import drain
from reporting.reports.csv_import import ReportImport
from reporting.reports.restrict import restrict
from tests.conftest import LINE
from tests.factories.moderation import Desk

PIN = {"lat": 27.5, "lon": 85.25, "radius_m": 300.0}
TOLD = '{"place": "fon parizyen"}'


def list_words(connection: Connection) -> list[str]:
    """The words of all lessons."""
    return list(connection.execute(text("SELECT words FROM learned_placement ORDER BY id")).scalars())


def test_the_answer_to_where_is_taught_as_the_name_and_the_text_below_it(desk: Desk) -> None:
    report = desk.add_report("dlo a sal nou grangou", answers=TOLD)
    decisions.move_pin(desk.connection, report, desk.add_person("ama"), **PIN)
    assert list_words(desk.connection) == ["fon parizyen\ndlo a sal nou grangou"]


def test_a_report_that_tells_only_where_teaches_that(desk: Desk) -> None:
    report = desk.add_report("", answers='{"place": "fon\\n parizyen", "cause": "pipe"}')
    decisions.move_pin(desk.connection, report, desk.add_person("ama"), **PIN)
    assert list_words(desk.connection) == ["fon parizyen"]


def test_a_pin_that_comes_back_teaches_again_what_told_where(desk: Desk) -> None:
    ama, report = desk.add_person("ama"), desk.add_report("dlo a sal", answers=TOLD)
    decisions.move_pin(desk.connection, report, ama, **PIN)
    decisions.move_pin(desk.connection, report, ama, **(PIN | {"lat": 27.9}))
    last = desk.connection.execute(text("SELECT max(id) FROM decision")).scalar_one()
    undo(desk.connection, report, ama, decision_id=last)
    taught = desk.connection.execute(text("SELECT words, ST_Y(geom) FROM learned_placement")).all()
    assert taught == [("fon parizyen\ndlo a sal", 27.5)]


def say(program: Program, number: int, words: str) -> None:
    """Somebody texts."""
    message = InboundMessage(f"SM{number}", "+9779800000001", LINE, words, sent_at=datetime.now(UTC))
    program.intake.accept("twilio", message)
    drain(program.app, program.pipeline, is_patient=False)


def pin(program: Program, campaign: int) -> None:
    """A moderator pins the one report."""
    with program.owner.begin() as connection:
        report = connection.execute(text("SELECT id FROM report")).scalar_one()
        decisions.move_pin(connection, report, Desk(connection, campaign).add_person("ama"), **PIN)


@pytest.mark.parametrize("is_pinned_first", [False, True])
def test_a_text_that_answers_our_where_is_taught(program: Program, campaign: int, *, is_pinned_first: bool) -> None:
    say(program, 1, "no water since yesterday")
    if is_pinned_first:
        pin(program, campaign)
    say(program, 2, "behind the blue mill")
    if not is_pinned_first:
        pin(program, campaign)
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT answers FROM report")).scalar_one() == {"place": "behind the blue mill"}
        assert list_words(connection) == ["behind the blue mill\nno water since yesterday"]


def test_an_answer_that_is_taken_back_no_longer_names_the_place(program: Program, campaign: int) -> None:
    say(program, 1, "no water since yesterday")
    say(program, 2, "behind the blue mill")
    say(program, 3, "back")
    pin(program, campaign)
    with program.owner.begin() as connection:
        assert list_words(connection) == ["no water since yesterday"]


@pytest.mark.parametrize("way", ["restricted", "erased"])
def test_what_an_imported_report_taught_goes_with_it(program: Program, campaign: int, tmp_path: Path, way: str) -> None:
    sheet = tmp_path / "reports.csv"
    sheet.write_text("id,text,location,lat,lon\n7,no water,the mill,27.5,85.5\n8,no road,the ford,27.6,85.6\n")
    importer = ReportImport(program.owner, TextAnalysers(), campaign, is_approved=True, pseudonyms=program.pseudonyms)
    importer.run(sheet, lambda _count: None)
    with program.owner.begin() as connection:
        report = connection.execute(text("SELECT id FROM report WHERE source_id = '7'")).scalar_one()
        if way == "restricted":
            restrict(connection, report, "minor")
        else:
            lock_linking(connection, campaign)
            erase_reports(connection, campaign, [report])
        assert list_words(connection) == ["the ford\nno road"]

"""Columns about people in an imported table: who sent a report, what they told of themselves, whom it is about."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from channels.base.items import InboundMessage
from reporting.bootstrap import Program
from reporting.processing.worker import drain
from tests.conftest import LINE

HEADER = ("id", "text", "lat", "lon", "reported_at", "sender", "sex", "age", "difficulty", "affected")
Import = Callable[..., Result]


@pytest.fixture
def import_(app: Flask, tmp_path: Path, campaign: int) -> Import:  # noqa: ARG001
    """Imports rows of a header by the command."""

    def run(*rows: tuple[object, ...], header: tuple[str, ...] = HEADER) -> Result:
        path = tmp_path / "reports.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return app.test_cli_runner().invoke(args=["reports", "import", str(path)])

    return run


def make_row(number: int, *cells: object, day: int = 1) -> tuple[object, ...]:
    """A row with these cells from `sender` on; each tells of something else somewhere else."""
    words = ("no water", "the road is blocked", "a pipe broke", "a landslide", "the tap is dry")[number % 5]
    return (f"r{number}", words, 27.0 + number / 10, 85.3, f"2026-10-{day:02} 10:00", *cells)


def read(program: Program, query: str) -> list[Any]:
    """Rows of a query."""
    with program.app.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_table_tells_of_its_senders_and_of_whom_the_reports_are(import_: Import, program: Program) -> None:
    result = import_(
        make_row(1, "9800000001", "F", "34", "see=3;walk=1", "person"),
        make_row(2, "9800000002", "M", "Y_GE65", "no", "household 5"),
        make_row(3, "", "_O", "refused", "unknown", "community 200"),
        make_row(4, "", "", "", "", ""),
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert "added: 4" in result.stdout
    people = (
        "SELECT source_id, report.contact_id IS NULL, sex, sex_why, age, age_why, difficulty, difficulty_why, mode"
        " FROM report JOIN reporter_profile ON report_id = report.id ORDER BY source_id"
    )
    assert read(program, people) == [
        ("r1", False, "F", "answered", "Y30T34", "answered", {"see": 3, "walk": 1}, "answered", "self"),
        ("r2", False, "M", "answered", "Y_GE65", "answered", {"any": 1}, "answered", "self"),
        ("r3", True, "_O", "answered", None, "refused", {}, "unknown", "self"),
    ]
    affected = "SELECT source_id, role, number, sex_why FROM report JOIN affected ON report_id = id ORDER BY source_id"
    assert read(program, affected) == [
        ("r1", "person", None, "not_asked"), ("r2", "household", 5, "not_applicable"),
        ("r3", "community", 200, "not_applicable"),
    ]  # fmt: skip
    # Known by a keyed hash: the number itself is not kept, and nothing can be sent to it.
    assert (
        read(program, "SELECT number_encrypted, campaign_address, channel FROM contact") == [(None, None, "import")] * 2
    )


def test_a_sender_is_one_person_in_the_table_and_by_sms(import_: Import, program: Program) -> None:
    message = InboundMessage("SM1", "+9779800000001", LINE, "no water in our street")
    program.intake.accept("twilio", message)
    drain(program.app, program.pipeline, is_patient=False)
    import_(
        make_row(1, "980-0000001", "F", "34", "", "", day=1),
        make_row(2, "+977 9800000001", "F", "34", "", "", day=5),  # which tells nothing new
        make_row(3, "9779800000001", "", "35", "", "", day=9),
    )
    assert read(program, "SELECT count(*), count(number_encrypted) FROM contact") == [(1, 1)]
    assert read(program, "SELECT count(DISTINCT contact_id), count(*) FROM report") == [(1, 4)]
    versions = "SELECT version, sex, age, created_at::date::text FROM reporter_profile ORDER BY version"
    assert read(program, versions) == [(1, "F", "Y30T34", "2026-10-01"), (2, "F", "Y35T39", "2026-10-09")]


def test_what_was_told_earlier_and_comes_in_later_is_in_force_for_its_own_time(
    import_: Import, program: Program
) -> None:
    import_(make_row(1, "9800000001", "F", "35", "", "", day=20), make_row(2, "9800000001", "", "34", "", "", day=10))
    import_(make_row(3, "9800000001", "M", "33", "", "", day=2), make_row(4, "9800000001", "", "36", "", "", day=25))
    versions = "SELECT created_at::date::text, sex, age, version FROM reporter_profile ORDER BY created_at"
    assert read(program, versions) == [
        ("2026-10-02", "M", "Y30T34", 3),
        ("2026-10-10", None, "Y30T34", 1),
        ("2026-10-20", "F", "Y35T39", 2),
    ]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("", "woman?", "", "", ""), "sex is none of F, M, _O, refused, unknown"),
        (("", "", "old", "", ""), "age is neither a number of years nor a band such as Y25T29 or Y_GE65"),
        (("", "", "", "see=7", ""), "difficulty is none of yes, no, refused, unknown, nor see=3;walk=1"),
        (("", "", "", "", "five"), "affected is none of person, household, community"),
    ],
)
def test_a_cell_that_cannot_be_read_is_one_line_and_comes_in_when_it_is_corrected(
    import_: Import, program: Program, cells: tuple[str, ...], reason: str
) -> None:
    right = make_row(1, "9800000001", "F", "34", "yes", "person")
    result = import_(right, make_row(2, *cells))
    assert result.exit_code == 0
    [line] = result.stderr.strip().splitlines()
    assert line.startswith(f"line 3: {reason}"), line
    assert ("added: 1" in result.stdout, "refused: 1" in result.stdout) == (True, True)
    assert "added: 1" in import_(right, make_row(2, "", "F", "34", "yes", "person")).stdout
    assert read(program, "SELECT count(*) FROM affected") == [(2,)]


def test_importing_again_changes_nothing_also_of_who_was_forgotten(import_: Import, program: Program) -> None:
    row = make_row(1, "9800000001", "F", "34", "yes", "person")
    import_(row)
    import_(row)
    assert read(program, "SELECT count(*), max(version) FROM reporter_profile") == [(1, 1)]
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE report SET contact_id = NULL, state = 'erased'"))
        connection.execute(text("DELETE FROM contact"))
    assert "known: 1" in import_(row).stdout
    assert read(program, "SELECT id FROM contact") == []
    assert read(program, "SELECT id FROM reporter_profile") == []


def test_a_number_that_a_spreadsheet_spoilt_is_nobody_and_said(import_: Import, program: Program) -> None:
    result = import_(make_row(1, "9.8E+09", "F", "", "", ""))
    assert "line 2: sender has lost its digits to a spreadsheet" in result.stderr
    assert read(program, "SELECT contact_id, version, sex FROM reporter_profile") == [(None, 1, "F")]


def test_a_table_without_these_columns_is_read_as_before(import_: Import, program: Program) -> None:
    assert "added: 1" in import_(("r1", "no water", 27.7, 85.3), header=("id", "text", "lat", "lon")).stdout
    assert read(program, "SELECT contact_id FROM report") == [(None,)]
    assert read(program, "SELECT id FROM reporter_profile") == []

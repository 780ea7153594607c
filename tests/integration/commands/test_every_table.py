"""Every command that takes a table takes it in every form: encodings, separators, titles, tags, workbooks."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.conftest import ROOT, add_campaign

Run = Callable[..., Result]
Write = Callable[[Path, list[list[str]]], Path]
SAID = "dlo pa gen nan Léogâne, «tiyo» kase"
MESSAGES = [["id", "text", "sender", "received_at"], ["m1", SAID, "+50937000001", "31/01/2026 08:00"]]
REPORTS = [["id", "text", "lat", "lon", "reported_at"], ["r1", SAID, "27.7010", "85.3240", "31/01/2026"]]
PLACES = [["name", "lat", "lon", "population"], ["Léogâne", "27.7010", "85.3240", "134 190"]]
ANNOTATED = [["id", "text"], ["1", SAID], ["2", "x"]]


def _write_text(encoding: str, separator: str, *, first: str = "", titles: int = 0, shout: bool = False) -> Write:
    def write(path: Path, rows: list[list[str]]) -> Path:
        header = [name.upper() for name in rows[0]] if shout else rows[0]
        with path.open("w", encoding=encoding, newline="") as file:
            file.write(first)
            writer = csv.writer(file, delimiter=separator)
            writer.writerows([["All of them, 2026", *[""] * (len(header) - 1)]] * titles)
            writer.writerows([header, *rows[1:]])
        return path

    return write


def _write_tagged(path: Path, rows: list[list[str]]) -> Path:
    return _write_text("utf-8", ";")(path, [rows[0], [f"#{name.replace('_', '')}" for name in rows[0]], *rows[1:]])


def _write_book(path: Path, rows: list[list[str]]) -> Path:
    book = Workbook()
    book.active.append(["This is what you will find here"])
    sheet = book.create_sheet("Data")
    sheet["A1"] = "All of them"
    sheet.merge_cells("A1:B1")
    for row in rows:
        sheet.append([float(cell) if cell.startswith(("27.", "85.")) else cell for cell in row])
    book.save(path.with_suffix(".xlsx"))
    return path.with_suffix(".xlsx")


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
FORMS: dict[str, Write] = {
    **{f"{way} {mark!r}": _write_text(way, mark) for way, mark in product(ENCODINGS, ",;\t|")},
    "sep=": _write_text("cp1252", ";", first="sep=;\r\n"),
    "titles": _write_text("utf-8", ",", titles=2),
    "capitals": _write_text("utf-8", "\t", shout=True),
    "tags": _write_tagged,
    "xlsx": _write_book,
}


@pytest.fixture
def run(app: Flask, program: Program) -> Run:
    with program.owner.begin() as connection:
        add_campaign(connection)
    runner = app.test_cli_runner()

    def invoke(*arguments: object) -> Result:
        result = runner.invoke(args=[str(argument) for argument in arguments])
        assert result.exit_code == 0, (arguments, result.output)
        return result

    return invoke


def each_form(folder: Path, rows: list[list[str]]) -> Iterator[tuple[str, Path]]:
    for number, (name, write) in enumerate(FORMS.items()):
        yield (
            name,
            write(folder / f"table{number}.csv", [rows[0], *([f"{number}{row[0]}", *row[1:]] for row in rows[1:])]),
        )


def check_told(name: str, stderr: str) -> None:
    assert ("Windows-1252" in stderr) == ("cp1252" in name or name == "sep="), name
    assert ("UTF-16" in stderr) == ("utf-16-" in name), name
    assert ("the header; what stands above" in stderr) == (name in {"titles", "xlsx"}), name
    assert ("the one called Data is read" in stderr) == (name == "xlsx"), name
    assert "cells where the header has" not in stderr, name


def test_messages_are_imported_from_every_form(run: Run, program: Program, tmp_path: Path) -> None:
    for name, path in each_form(tmp_path, MESSAGES):
        result = run("messages", "import", path, "--channel", "phone")
        assert "added: 1\n" in result.stdout, (name, result.output)
        check_told(name, result.stderr)
    with program.owner.begin() as connection:
        rows = connection.execute(text("SELECT DISTINCT text, received_at::text FROM message")).all()
    assert [row.text for row in rows] == [SAID]
    assert rows[0].received_at.startswith("2026-01-31")


def test_reports_are_imported_from_every_form(run: Run, program: Program, tmp_path: Path) -> None:
    for name, path in each_form(tmp_path, REPORTS):
        result = run("reports", "import", path)
        assert "added: 1\n" in result.stdout, (name, result.output)
        check_told(name, result.stderr)
    with program.owner.begin() as connection:
        query = "SELECT DISTINCT text, ST_Y(point) AS lat, ST_X(point) AS lon FROM report"
        [row] = connection.execute(text(query)).all()
    assert (row.text, round(row.lat, 4), round(row.lon, 4)) == (SAID, 27.7010, 85.3240)


def test_a_gazetteer_is_loaded_from_every_form(run: Run, program: Program, tmp_path: Path) -> None:
    for name, path in each_form(tmp_path, PLACES):
        result = run("gazetteer", "load", path, "--json")
        counts = json.loads(result.stdout)
        assert (counts["added"], counts["refused"]) == (1, 0), (name, counts)
        check_told(name, "\n".join(counts["remarks"]))
    with program.owner.begin() as connection:
        rows = connection.execute(text("SELECT name, population FROM place ORDER BY id")).all()
    assert [(row.name.lstrip("0123456789"), row.population) for row in rows] == [("Léogâne", 134_190)] * len(FORMS)


def test_texts_are_geocoded_from_every_form(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    for name, path in each_form(tmp_path, ANNOTATED):
        check_told(name, run("geocode", path, "--text-column", "text", "-o", out).stderr)
        check_annotated(name, out, "area_code")


def check_annotated(name: str, out: Path, added: str) -> None:
    with out.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not (row.get("id") or "").startswith("#")]
    texts = [row.get("text", row.get("TEXT")) for row in rows]
    assert texts == [SAID, "x"], name
    assert all(added in row for row in rows), name


@pytest.mark.parametrize(
    ("command", "added"), [(("safeguarding", "check"), "restricted"), (("conversation", "classify"), "intent")]
)
def test_texts_are_annotated_from_every_form(run: Run, tmp_path: Path, command: tuple[str, ...], added: str) -> None:
    out = tmp_path / "out.csv"
    for name, path in each_form(tmp_path, ANNOTATED):
        check_told(name, run(*command, path, "--text-column", "text", "-o", out).stderr)
        check_annotated(name, out, added)


def test_duplicates_are_found_in_every_form(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    for name, path in each_form(tmp_path, [*REPORTS, ["r2", *REPORTS[1][1:]]]):
        result = run("dedupe", path, "-o", out)
        assert "rows: 2\nincidents: 1\n" in result.stdout, (name, result.output)
        check_told(name, result.stderr)


def test_the_cases_of_bug_reports_are_read(run: Run, tmp_path: Path) -> None:
    cases = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "cases"
    if not cases.is_dir():
        pytest.skip("no shared cases here: set BARAZA_SHARED to the folder that has `cases`")
    tables = cases / "10_tables_written_by_spreadsheets"
    for name in ("m1_utf8_semicolon", "m2_cp1252_semicolon", "m6_dayfirst"):
        result = run("messages", "import", tables / f"{name}.csv", "--channel", name)
        assert "added: 1\nknown: 0\nrefused: 0" in result.stdout, name
    assert "added: 1" in run("reports", "import", tables / "r1_decimal_comma.csv").stdout
    out = tmp_path / "out.csv"
    run("geocode", tables / "q1_cp1252_semicolon.csv", "--text-column", "lieu", "-o", out)
    assert "Jérémie" in out.read_text(encoding="utf-8")
    places = {
        "10_tables_written_by_spreadsheets/g2_cp1252_semicolon.csv": 2,
        "10_tables_written_by_spreadsheets/g4_utf16_tab.txt": 2, "10_tables_written_by_spreadsheets/g5_sep_line.csv": 2,
        "11_tables_header/g10_title_rows.csv": 2, "11_tables_header/x2_readme_first.xlsx": 2,
        "12_tables_columns/g17_hxl_only.csv": 1, "12_tables_columns/g18_kobo.csv": 1,
        "13_coordinates_in_cells/g11_dms.csv": 1, "13_coordinates_in_cells/g13_unicode_minus.csv": 1,
        "21_quote_swallows_rows/g23_quote_opening.csv": 3, "22_people_written_with_points/g24_thousand.csv": 1,
    }  # fmt: skip
    for name, count in places.items():
        counts = json.loads(run("gazetteer", "load", cases / name, "--json").stdout)
        assert (counts["read"], counts["refused"]) == (count, 0), name


def test_exchanged_coordinates_are_told_where_areas_say_so(run: Run, tmp_path: Path) -> None:
    square = [[[85, 27], [86, 27], [86, 28], [85, 28], [85, 27]]]
    feature = {
        "type": "Feature", "properties": {"C": "A", "N": "Bagmati"},
        "geometry": {"type": "Polygon", "coordinates": square},
    }  # fmt: skip
    areas = tmp_path / "areas.geojson"
    areas.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    run("areas", "load", areas, "--level", 1, "--code-field", "C", "--name-field", "N")
    path = tmp_path / "places.csv"
    path.write_text("name,lat,lon\nA,27.5,85.5\nB,85.5,27.5\nC,1,2\n", encoding="utf-8")
    said = run("gazetteer", "load", path).stderr
    why = "far outside the campaign's areas: latitude and longitude look exchanged"
    assert said == f"line 3: loaded, but look at it: {why}\n"
    path.write_text("id,text,lat,lon\n1,dry,27.5,85.5\n2,dry,85.5,27.5\n", encoding="utf-8")
    assert run("reports", "import", path).stderr == f"line 3: {why}\n"

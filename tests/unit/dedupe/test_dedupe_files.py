"""`flask dedupe` reads what spreadsheets write, says what it took for granted, and writes over nothing it reads."""

import csv
import os
from pathlib import Path

import pytest

from config.table_file.errors import TableError
from reporting.dedupe.dedupe import dedupe_csv
from reporting.dedupe.observations import read_sheet

HEADER = "id,reported_at,lat,lon,text,topic"


def write(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "reports.csv"
    path.write_bytes("\n".join((HEADER, *lines)).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("dates", "days", "is_told"),
    [
        (["13/04/2026", "03/04/2026"], [13, 3], False),
        (["03/04/2026", "04/13/2026 10:30:00 PM"], [4, 13], False),
        (["03/04/2026", "5/6/26 14:05"], [4, 6], True),
        (["2026-04-03", "13.04.2026"], [3, 13], False),
    ],
)
def test_which_number_is_the_day_is_told_by_the_column(
    tmp_path: Path, dates: list[str], days: list[int], is_told: bool
) -> None:
    sheet = read_sheet(write(tmp_path, *(f"{n},{date},27.1,85.1,x,y" for n, date in enumerate(dates))))
    assert [seen.at.day for seen in sheet.observations if seen.at] == days
    assert [line for line in sheet.problems if "the month is taken to stand first" in line] == (
        ["reported_at: in dates such as 3/4/2026 the month is taken to stand first"] if is_told else []
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_encoding_and_separator_of_a_spreadsheet_is_read(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "reports.csv"
    figure = "18,54" if separator == ";" else "18.54"
    cells = ("1", "2026-04-03", figure, "-72.3", "l’école brûlée à Léogâne")
    path.write_bytes(
        f"{separator.join(('id', 'reported_at', 'lat', 'lon', 'text'))}\n{separator.join(cells)}\n".encode(encoding)
    )
    sheet = read_sheet(path)
    assert (sheet.observations[0].text, sheet.observations[0].lat) == ("l’école brûlée à Léogâne", 18.54)
    assert sheet.problems == (["not UTF-8: read as Western European (Windows-1252)"] if encoding == "cp1252" else [])


@pytest.mark.parametrize("way", ["same", "link", "hard", "pairs"])
def test_no_file_is_read_and_written_at_once(tmp_path: Path, way: str) -> None:
    source = write(tmp_path, "1,2026-04-03,27.1,85.1,no water,water")
    before = source.read_bytes()
    other = tmp_path / "other.csv"
    if way == "link":
        other.symlink_to(source)
    elif way == "hard":
        os.link(source, other)
    out = source if way == "same" else other
    with pytest.raises(TableError, match="is a file that is read or written already"):
        dedupe_csv(source, out, out if way == "pairs" else None, lambda _done, _all: None)
    assert source.read_bytes() == before


def test_what_is_written_appears_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = write(tmp_path, "1,2026-04-03,27.1,85.1,no water,water"), tmp_path / "out.csv"
    out.write_text("of before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(csv, "writer", lambda *_args, **_options: type("Full", (), {"writerow": fail})())
        with pytest.raises(OSError, match="No space left"):
            dedupe_csv(source, out, None, lambda _done, _all: None)
    assert out.read_text() == "of before"
    dedupe_csv(source, out, None, lambda _done, _all: None)
    assert out.read_text() == "id,incident\n1,1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "reports.csv"]


def test_a_score_that_is_a_chains_names_the_member_it_is_through(tmp_path: Path) -> None:
    said = "burst water pipe at the corner of Mill street flooding the road"
    source = write(
        tmp_path,
        f"a,2026-04-01T08:00,27.1000,85.1000,{said},water",
        f"b,2026-04-01T09:00,27.1001,85.1001,{said} and two cellars of the school,water",
        "c,2026-04-01T10:00,27.1002,85.1002,two cellars of the school under water since the morning,water",
    )
    pairs = tmp_path / "pairs.csv"
    dedupe_csv(source, tmp_path / "out.csv", pairs, lambda _done, _all: None)
    with pairs.open(newline="") as file:
        rows = {(row["id"], row["candidate"]): row for row in csv.DictReader(file)}
    assert rows["c", "a"]["reasons"].startswith("first of a chain, through b: ")
    assert "through" not in rows["b", "a"]["reasons"]
    assert "through" not in rows["c", "b"]["reasons"]
    assert rows["a", "c"]["reasons"].startswith("first of a chain, through b: ")


def test_a_text_of_any_length_costs_no_more_than_a_long_message(tmp_path: Path) -> None:
    sheet = read_sheet(write(tmp_path, f"1,2026-04-03,27.1,85.1,{'water ' * 50_000},{'w' * 5_000}"))
    assert (len(sheet.observations[0].text), len(sheet.observations[0].topic or "")) == (10_000, 1_000)

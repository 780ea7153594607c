"""Rows of figures in a workbook: in several sheets where one is full, with whatever an area is called."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from sqlalchemy import Connection, text

from reporting.publishing.formats import xlsx
from reporting.publishing.formats.xlsx_rows import fill_sheets
from tests.factories.release import export, make_world

NAMES = ["<b>&amp;", " led by a blank", "\x01bell", "_x0041_ is no A", "=1+1", 'say "no"', "नेपाल", "a\nb"]


def test_words_are_read_as_they_were_written(tmp_path: Path) -> None:
    frame = tmp_path / "frame.xlsx"
    with xlsx.xlsxwriter.Workbook(str(frame), {"constant_memory": True}) as book:
        book.add_worksheet("Figures").write_row(0, 0, ["name", "value"])
    rows = [(name, None if number == 2 else number / 4) for number, name in enumerate(NAMES)]
    fill_sheets(frame, tmp_path / "out.xlsx", {1: len(rows)}, rows)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Figures"]
    read = [(unescape(name), value) for name, value in sheet.iter_rows(min_row=2, values_only=True)]
    assert read == rows
    assert sheet.dimensions == f"A1:B{len(rows) + 1}"


@pytest.mark.parametrize("most", [4, 1_048_576])
def test_figures_go_on_in_the_next_sheet(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", most)
    world = make_world(connection)
    world.add_reports(range(60))
    connection.execute(text("UPDATE area SET name = 'A & <B>' WHERE code = 'east'"))
    release_id = world.release().release_id
    [path] = export(connection, release_id, "xlsx", tmp_path)
    book = openpyxl.load_workbook(path, read_only=True)
    sheets = [name for name in book.sheetnames if name.startswith("Figures")]
    rows = [list(book[name].iter_rows(values_only=True)) for name in sheets]
    number = len(world.read_rows(release_id))
    assert sum(len(each) - 1 for each in rows) == number
    assert len(sheets) == -(-number // (most - 1))
    assert {each[0] for each in rows} == {rows[0][0]}
    assert any("A & <B>" in row for each in rows for row in each)

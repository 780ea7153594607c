"""CSV (RFC 4180) with a line for each figure, for spreadsheets and statistics."""

from collections.abc import Iterator
from io import StringIO
from typing import Final

from flask_babel import lazy_gettext
from sqlalchemy import Connection

from config.csv_cell import CsvWriter
from reporting.publishing.cell_queries import stream_cells
from reporting.publishing.formats.format import Format, write_estimate
from reporting.publishing.release_info import ReleaseInfo

_BEFORE: Final = ("area_code", "area_level", "area_name", "month")
_AFTER: Final = ("measure", "value", "estimate", "standard_error", "obs_status", "conf_status")


def stream_csv(connection: Connection, release: ReleaseInfo) -> Iterator[str]:
    """Stream the lines. `value` is empty where `obs_status` is Q (too small to be shown), which is not zero.

    Between the area and the measure stands a column for each dimension, by its name.
    """
    yield _write_line((*_BEFORE, *(dimension.name for dimension in release.dimensions), *_AFTER))
    for cell in stream_cells(connection, release.id):
        yield _write_line(
            (
                cell.area_code, cell.area_level, cell.area_name, cell.month, *cell.codes, cell.measure, cell.value,
                write_estimate(cell.estimate), cell.standard_error, cell.status, cell.confidentiality,
            )
        )  # fmt: skip


def _write_line(values: tuple[object, ...]) -> str:
    line = StringIO()
    CsvWriter(line).write(["" if value is None else value for value in values])
    return line.getvalue()


FORMAT: Final = Format(
    name="csv",
    title="CSV",
    purpose=lazy_gettext("for spreadsheets and statistics"),
    media_type="text/csv; charset=utf-8",
    revision=3,
    stream=stream_csv,
)

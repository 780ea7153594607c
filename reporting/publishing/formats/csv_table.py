"""CSV (RFC 4180) with a line for each figure, for spreadsheets and statistics."""

from pathlib import Path
from typing import Final

from flask_babel import lazy_gettext

from config.csv_cell import CsvWriter
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.source import Source

CSV: Final = ".csv"


def write_csv(source: Source, path: Path) -> None:
    """Write the lines. `value` is empty where `obs_status` is Q (too small to be shown), which is not zero.

    Between the area and the measure stands a column for each dimension, by its name.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.write(column.name for column in source.columns)
        for row in source.stream_rows():
            writer.write(row)


FORMAT: Final = Format(
    name="csv",
    title="CSV",
    purpose=lazy_gettext("for spreadsheets and statistics"),
    revision=4,
    files=(ExportFile(CSV, "text/csv; charset=utf-8", write_csv),),
)

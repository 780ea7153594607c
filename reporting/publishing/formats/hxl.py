"""HXL: the CSV with a row of hashtags below its head, for humanitarian data."""

import re
from pathlib import Path
from typing import Final

from flask_babel import lazy_gettext

from config.csv_cell import CsvWriter
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.dictionary import MEASURE
from reporting.publishing.observations.source import Source
from reporting.publishing.release_info import TOPIC

_TAGS: Final = {
    "area_code": "#loc+code",
    "area_level": "#loc+level+num",
    "area_name": "#loc+name",
    MEASURE: "#indicator+code",
    "value": "#indicator+value+num",
    "estimate": "#indicator+estimate+num",
    "standard_error": "#indicator+error+num",
    "obs_status": "#status+observation+code",
    "conf_status": "#status+confidentiality+code",
    TOPIC: "#sector+topic+code",
    "sex": "#group+sex+code",
    "age": "#group+age+code",
    "difficulty": "#group+disability+code",
    "urban": "#group+urban+code",
}
_DATE, _PERIOD = "#date+period", "#meta+period"  # a week, or all months, is no date
_IS_DATE: Final = re.compile(r"\d{4}(-\d{2})?")
_NOT_PLAIN: Final = re.compile(r"[^a-z0-9_]+")


def write_hxl(source: Source, path: Path) -> None:
    """Write the lines of the CSV with the row of hashtags."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.write(column.name for column in source.columns)
        writer.write(_find_tag(column.name, source.release.period) for column in source.columns)
        for row in source.stream_rows():
            writer.write(row)


def _find_tag(name: str, period: str) -> str:
    """Find the hashtag of a column; an answer of the campaign's form is its own attribute."""
    if name == "month":
        return _DATE if _IS_DATE.fullmatch(period) else _PERIOD
    return _TAGS.get(name) or f"#respondee+{_NOT_PLAIN.sub('_', name.lower()).strip('_')}+code"


FORMAT: Final = Format(
    name="hxl",
    title="HXL",
    purpose=lazy_gettext("for spreadsheets and statistics"),
    revision=1,
    files=(ExportFile(".hxl.csv", "text/csv; charset=utf-8", write_hxl),),
)

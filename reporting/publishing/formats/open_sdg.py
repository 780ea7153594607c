"""Open SDG: a table and a description for each measure, in the folders that the platform reads, as one archive."""

import json
import re
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask_babel import lazy_gettext

from config.csv_cell import CsvWriter
from reporting.aggregation.dimension import TOTAL
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.dictionary import MEASURE, title_dimension
from reporting.publishing.observations.figure import write_estimate
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import Source

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9]+")
_MONTH: Final = re.compile(r"\d{4}-(.+)")


def write_archive(source: Source, path: Path) -> None:
    """Write `data/indicator_<measure>.csv` and `meta/<measure>.md` of each measure; their times are always the same."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for measure in source.release.measures:
            plain = name_indicator(measure)
            with archive.open(_describe(f"data/indicator_{plain}.csv"), "w", force_zip64=True) as file:
                text = TextIOWrapper(file, encoding="utf-8", newline="")
                _write_table(source, measure, text)
                text.flush()
                text.detach()
            archive.writestr(_describe(f"meta/{plain}.md"), "".join(_write_description(source, measure, plain)))


def name_indicator(measure: str) -> str:
    """Name a measure as an indicator of the platform, such as `people`."""
    return _NOT_PLAIN.sub("-", measure).strip("-").lower()


def _describe(name: str) -> ZipInfo:
    described = ZipInfo(name)  # of 1980, so that the bytes stay the same
    described.compress_type = ZIP_DEFLATED
    return described


def _write_table(source: Source, measure: str, file: TextIOWrapper) -> None:
    """Write the rows; the platform reads an empty cell of a dimension as all together, and Value must come last."""
    titles = [title_dimension(source.release, each.name) for each in source.release.dimensions]
    writer = CsvWriter(file)
    writer.write(
        ("Year", "Period", "Area", "GeoCode", "Level", *titles, "Estimate", "Standard error", "Observation status",
         "Confidentiality", "Value")
    )  # fmt: skip
    for cell in source.stream_cells(measure=measure):
        code = _leave_total(cell.area_code)
        writer.write(
            (
                *_split_period(source, cell.month), cell.area_name or code, code, cell.area_level if code else "",
                *map(_leave_total, cell.codes), write_estimate(cell.estimate), cell.standard_error, cell.status,
                cell.confidentiality, cell.value,
            )
        )  # fmt: skip


def _split_period(source: Source, month: str) -> tuple[str, str]:
    """Split a period into the year and what it is of the year; everything together stands in the last year of all."""
    if month[:1].isdigit():
        part = _MONTH.fullmatch(month)
        return month[:4], part[1] if part else ""
    return max(source.release.years, default=str(source.release.created_at.year)), month


def _leave_total(code: str) -> str:
    return "" if code == TOTAL else code


def _write_description(source: Source, measure: str, plain: str) -> Iterator[str]:
    """Write the front matter (YAML, of which JSON strings are a part)."""
    [code] = [each for each in source.codes if each.column == MEASURE and each.code == measure]
    described = {
        "indicator_number": plain,
        "indicator_name": code.name,
        "graph_title": code.name,
        "graph_type": "bar",
        "reporting_status": "complete",
        "data_non_statistical": False,
        "computation_units": "number",
        "national_geographical_coverage": source.release.campaign_name,
        "source_active_1": True,
        "source_organisation_1": source.release.campaign_name,
        "source_url_1": source.address,
        "source_url_text_1": source.title,
        "data_licence": find_licence(source.release).name,
        "data_footnote": (
            f"No value: too small to be shown (fewer than {source.release.threshold} people). Counts carry noise that"
            " protects people. Reports are what people chose to send, not a sample."
        ),
    }
    yield "---\n"
    for name, value in described.items():
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}\n"
    yield "---\n"


FORMAT: Final = Format(
    name="opensdg",
    title="Open SDG",
    purpose=lazy_gettext("for the programs of statistical offices"),
    revision=1,
    files=(ExportFile(".open-sdg.zip", "application/zip", write_archive),),
)

"""SDMX-CSV 2.0 with its structures in SDMX-ML 3.0, for statistical offices.

A figure that is too small to be shown is `NaN` with OBS_STATUS Q and CONF_STATUS C, as SDMX writes a suppressed
number; an empty cell would say that a value is left as it was.
"""

from pathlib import Path
from typing import Final

from flask_babel import lazy_gettext

from config.csv_cell import CsvWriter
from reporting.publishing.formats import sdmx_names as names
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.formats.sdmx_structure import write_structure
from reporting.publishing.observations.figure import write_estimate
from reporting.publishing.observations.source import Source

_MISSING: Final = "NaN"


def write_data(source: Source, path: Path) -> None:
    """Write the observations, each with the dataflow that it is of and action I (information)."""
    release = source.release
    dataflow = f"{names.AGENCY}:{names.name_structure(release)}({names.VERSION})"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.write(
            (
                "STRUCTURE", "STRUCTURE_ID", "ACTION", names.FREQUENCY, names.AREA_LEVEL, names.AREA,
                *(names.name_dimension(each.name) for each in release.dimensions), names.INDICATOR, names.TIME,
                names.VALUE, names.ESTIMATE, names.ERROR, names.STATUS, names.CONFIDENTIALITY,
            )
        )  # fmt: skip
        for cell in source.stream_cells():
            writer.write(
                (
                    "dataflow", dataflow, "I", names.name_frequency(cell.month), cell.area_level,
                    names.name_code(cell.area_code), *map(names.name_code, cell.codes), names.name_code(cell.measure),
                    names.name_period(release, cell.month), _MISSING if cell.value is None else cell.value,
                    write_estimate(cell.estimate) or _MISSING,
                    _MISSING if cell.standard_error is None else cell.standard_error, cell.status,
                    cell.confidentiality,
                )
            )  # fmt: skip


FORMAT: Final = Format(
    name="sdmx",
    title="SDMX",
    purpose=lazy_gettext("for the programs of statistical offices"),
    revision=1,
    files=(
        ExportFile(".sdmx.csv", "application/vnd.sdmx.data+csv;version=2.0.0", write_data),
        ExportFile("-structure.xml", "application/vnd.sdmx.structure+xml;version=3.0.0", write_structure),
    ),
)

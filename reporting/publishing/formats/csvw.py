"""CSV on the Web (W3C): the description of the CSV file that programs read beside it."""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from flask_babel import lazy_gettext

from reporting.publishing.formats.csv_table import CSV
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.dictionary import Column
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import Source

_DECIMAL: Final = "decimal"
_DATATYPES: Final = {"string": "string", "integer": "integer", "number": _DECIMAL}


def write_metadata(source: Source, path: Path) -> None:
    """Write the metadata document; its table is the CSV file in the same folder."""
    columns = [_describe_column(column) for column in source.columns]
    licence = find_licence(source.release)
    document = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": source.stem + CSV,
        "dc:title": source.title,
        "dc:identifier": source.address,
        "dc:issued": source.release.created_at.date().isoformat(),
        **({"dc:license": {"@id": licence.address}} if licence.address else {}),
        "dialect": {"encoding": "utf-8", "header": True},
        "tableSchema": {
            "columns": columns,
            "primaryKey": [_name(column) for column in source.columns if column.is_key],
        },
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _describe_column(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": _name(column),
        "titles": column.name,
        "dc:description": column.description,
        "datatype": _DATATYPES[column.kind],
        "null": "",
        "required": not column.may_be_empty,
    }
    return described


def _name(column: Column) -> str:
    """Name the column as a variable of a URI template may be named."""
    return quote(column.name, safe="_.")


METADATA: Final = ExportFile(".csv-metadata.json", "application/csvm+json", write_metadata)
FORMAT: Final = Format(
    name="csvw",
    title="CSVW",
    purpose=lazy_gettext("the description of the CSV, for programs"),
    revision=1,
    files=(METADATA,),
    beside=("csv",),
)

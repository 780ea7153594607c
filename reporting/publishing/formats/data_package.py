"""Data Package 2.0 (Frictionless): the CSV with its schema and a table of all codes, for statistics programs."""

import json
from pathlib import Path
from typing import Any, Final

from flask_babel import lazy_gettext

from config.csv_cell import CsvWriter
from reporting.publishing.formats.csv_table import CSV
from reporting.publishing.formats.format import ExportFile, Format
from reporting.publishing.observations.dictionary import TEXT, Column
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import Source

_PACKAGE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
_RESOURCE: Final = "https://datapackage.org/profiles/2.0/dataresource.json"
_SCHEMA: Final = "https://datapackage.org/profiles/2.0/tableschema.json"
_CODES: Final = "-codes.csv"
_CODE_COLUMNS: Final = (
    Column("column", "Column", TEXT, "The column of the figures that the code stands in", is_key=True),
    Column("code", "Code", TEXT, "The code", is_key=True),
    Column("language", "Language", TEXT, "Language of the name (BCP 47)", is_key=True),
    Column("name", "Name", TEXT, "What the code means"),
)


def write_package(source: Source, path: Path) -> None:
    """Write the descriptor; the files that it describes lie in the same folder. An empty value is a missing one."""
    licence = find_licence(source.release)
    document = {
        "$schema": _PACKAGE,
        "name": source.stem.lower(),
        "id": source.address,
        "title": source.title,
        "version": f"{source.release.version}.0.0",
        "created": source.release.created_at.isoformat(),
        "homepage": source.address,
        "licenses": [{"name": licence.name, **({"path": licence.address} if licence.address else {})}],
        "resources": [
            _describe_table("figures", source.stem + CSV, source.columns),
            _describe_table("codes", source.stem + _CODES, _CODE_COLUMNS),
        ],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_codes(source: Source, path: Path) -> None:
    """Write the table of codes with their names, a line for each language."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.write(column.name for column in _CODE_COLUMNS)
        for code in source.codes:
            for language, name in sorted(code.names.items()):
                writer.write((code.column, code.code, language, name))


def _describe_table(name: str, path: str, columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "$schema": _RESOURCE,
        "name": name,
        "type": "table",
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "$schema": _SCHEMA,
            "fields": [_describe_field(column) for column in columns],
            "primaryKey": [column.name for column in columns if column.is_key],
            "missingValues": [""],
        },
    }


def _describe_field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {} if column.may_be_empty else {"required": True}
    if column.codes:
        constraints["enum"] = list(column.codes)
    return {
        "name": column.name,
        "title": column.title,
        "type": column.kind,
        "description": column.description,
        **({"constraints": constraints} if constraints else {}),
    }


FORMAT: Final = Format(
    name="datapackage",
    title="Data Package",
    purpose=lazy_gettext("the description of the CSV, for programs"),
    revision=1,
    files=(
        ExportFile("datapackage.json", "application/json", write_package),
        ExportFile(_CODES, "text/csv; charset=utf-8", write_codes),
    ),
    beside=("csv",),
)

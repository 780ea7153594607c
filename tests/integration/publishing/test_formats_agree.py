"""Every format, read by a foreign program, has every figure of the release as the tables have it: none more, none less.

The release is a revised month with figures that are shown, suppressed, and of nobody knows where or whom.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import Any

import csvw
import frictionless
import hxl
import mapbox_vector_tile
import openpyxl
import pandas
import pyarrow.parquet
import pyogrio
import pysdmx.io
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles
from sqlalchemy import Connection, text

from reporting.publishing.formats import FORMATS
from reporting.publishing.formats.sdmx_names import name_code
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import get_release
from tests.factories.release import MAPPING, UNITS, export, make_revised_release

Key = tuple[int, str, str, tuple[str, ...], str]  # level, area, month, codes, measure
Figure = tuple[int | None, Decimal | None, float | None, str, str]
MONTH = "2026-11"
DIMENSIONS = ("topic", "sex")


class Release:
    """The release, its files and what its tables say."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self.world, self.id = make_revised_release(connection)
        self.connection, self.folder = connection, folder
        self.info: ReleaseInfo = get_release(connection, self.id)
        query = text("SELECT * FROM release_cell WHERE release_id = :id")
        self.figures: dict[Key, Figure] = {
            (row.area_level, row.area_code, row.month, tuple(row.codes), row.measure): (
                row.value, Decimal(row.estimate) / 1000, row.standard_error, row.status, row.confidentiality,
            )
            for row in connection.execute(query, {"id": self.id})
        }  # fmt: skip

    def export(self, name: str) -> list[Path]:
        """The files of a format."""
        return list(export(self.connection, self.id, name, self.folder))


@pytest.fixture
def release(connection: Connection, tmp_path: Path) -> Release:
    return Release(connection, tmp_path)


def test_the_release_has_figures_of_every_kind(release: Release) -> None:
    values = [figure[0] for figure in release.figures.values()]
    assert {figure[3] for figure in release.figures.values()} == {"A", "Q"}
    assert None in values
    assert any(value and value > 50 for value in values if value is not None)
    assert {key[1] for key in release.figures} == {"_T", "country", "east", "west", "_U"}
    assert {code for key in release.figures for code in key[3]} >= {"_T", "_U", "_Z", "F", "water"}
    assert release.info.policy["revision"] == 2


# What each reader makes of a row, by the columns of the CSV.
def take(row: Mapping[str, Any], blank: tuple[Any, ...] = ("", None)) -> tuple[Key, Figure]:
    def number(name: str, kind: Callable[[Any], Any]) -> Any:
        value = row[name]
        return None if value in blank or (isinstance(value, float) and isnan(value)) else kind(value)

    key = (
        int(row["area_level"]), row["area_code"], row["month"], tuple(row[each] for each in DIMENSIONS),
        row["measure"],
    )  # fmt: skip
    estimate = number("estimate", lambda value: Decimal(str(value)).quantize(Decimal("0.001")))
    return key, (
        number("value", int), estimate, number("standard_error", float), row["obs_status"], row["conf_status"],
    )  # fmt: skip


def read_csv(release: Release) -> Iterator[tuple[Key, Figure]]:
    [path] = release.export("csv")
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    yield from (take(row) for row in frame.to_dict("records"))


def read_csvw(release: Release) -> Iterator[tuple[Key, Figure]]:
    metadata, _ = release.export("csvw")
    found = csvw.CSVW(str(metadata), validate=True)
    assert found.is_valid
    [table] = found.tables
    yield from (take(row) for row in table.iterdicts())


def read_package(release: Release) -> Iterator[tuple[Key, Figure]]:
    descriptor, codes, _ = release.export("datapackage")
    package = frictionless.Package(str(descriptor))
    report = package.validate()
    assert report.valid, report.flatten(["type", "note"])
    names = {(row["column"], row["code"]) for row in package.get_resource("codes").read_rows()}
    assert {("topic", "water"), ("sex", "F"), ("measure", "people")} <= names
    assert codes.name.endswith("-codes.csv")
    yield from (take(row.to_dict()) for row in package.get_resource("figures").read_rows())


def read_xlsx(release: Release) -> Iterator[tuple[Key, Figure]]:
    [path] = release.export("xlsx")
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["Notes", "Codes", "Figures"]
    notes = [row[:2] for row in book["Notes"].iter_rows(values_only=True)]
    assert any(row[0] == "[c]" and "not zero" in row[1] for row in notes)
    rows = book["Figures"].iter_rows(values_only=True)
    head = next(rows)
    yield from (take(dict(zip(head, row, strict=True)), ("[c]", None)) for row in rows)


def read_hxl(release: Release) -> Iterator[tuple[Key, Figure]]:
    [path] = release.export("hxl")
    with hxl.data(str(path), hxl.InputOptions(allow_local=True)) as source:
        report = hxl.validate(source)
        assert report["stats"]["error"] == report["stats"]["warning"] == 0, report["issues"]
    with hxl.data(str(path), hxl.InputOptions(allow_local=True)) as source:
        heads = [column.header for column in source.columns]
        assert all(column.display_tag.startswith("#") for column in source.columns)
        for row in source:
            yield take(dict(zip(heads, row.values, strict=True)))


def read_sdmx(release: Release) -> Iterator[tuple[Key, Figure]]:
    data, structure = release.export("sdmx")
    assert ",NaN," in data.read_text()
    [dataset] = pysdmx.io.get_datasets(str(data), str(structure))
    names = {name_code(code): code for key in release.figures for code in (key[1], *key[3], key[4])}
    for row in dataset.data.to_dict("records"):
        assert row["FREQ"] == "M"
        yield take(
            {
                "area_level": row["AREA_LEVEL"], "area_code": names[row["REF_AREA"]], "month": row["TIME_PERIOD"],
                "topic": names[row["TOPIC"]], "sex": names[row["SEX"]], "measure": names[row["INDICATOR"]],
                "value": row["OBS_VALUE"], "estimate": row["ESTIMATE"], "standard_error": row["STANDARD_ERROR"],
                "obs_status": row["OBS_STATUS"], "conf_status": row["CONF_STATUS"],
            },
            ("", None, "NaN"),
        )  # fmt: skip


def read_open_sdg(release: Release) -> Iterator[tuple[Key, Figure]]:
    [path] = release.export("opensdg")
    with zipfile.ZipFile(path) as archive:
        for measure in ("people", "incidents"):
            assert f"indicator_number: {json.dumps(measure)}" in archive.read(f"meta/{measure}.md").decode()
            with archive.open(f"data/indicator_{measure}.csv") as file:
                frame = pandas.read_csv(file, dtype=str, keep_default_na=False)
            assert frame.columns[0] == "Year"
            assert frame.columns[-1] == "Value"
            for row in frame.to_dict("records"):
                yield take(
                    {
                        "area_level": row["Level"] or "0", "area_code": row["GeoCode"] or "_T",
                        "month": f"{row['Year']}-{row['Period']}", "topic": row["Topic"] or "_T",
                        "sex": row["Sex"] or "_T", "measure": measure, "value": row["Value"],
                        "estimate": row["Estimate"], "standard_error": row["Standard error"],
                        "obs_status": row["Observation status"], "conf_status": row["Confidentiality"],
                    }
                )  # fmt: skip


LONG = {
    "csv": read_csv, "csvw": read_csvw, "datapackage": read_package, "xlsx": read_xlsx, "hxl": read_hxl,
    "sdmx": read_sdmx, "opensdg": read_open_sdg,
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_a_table_has_every_figure(release: Release, name: str) -> None:
    found = list(LONG[name](release))
    assert len(found) == len(release.figures)
    assert dict(found) == release.figures


def list_wide(release: Release) -> dict[tuple[str, str], Figure]:
    """The figures that stand on a map: of the finest areas with a shape, of one category at most."""
    wide = {}
    for (level, area, _month, codes, measure), figure in release.figures.items():
        chosen = [(name, code) for name, code in zip(DIMENSIONS, codes, strict=True) if code != "_T"]
        if level != 2 or area == "_U" or len(chosen) > 1:
            continue
        words = [measure, *(code if name == "topic" else f"{name}_{code}" for name, code in chosen)]
        wide[area, "_".join(words)] = figure
    return wide


def read_geojson(release: Release) -> Iterator[tuple[str, dict[str, Any]]]:
    [path] = release.export("geojson")
    yield from read_layer(path)


def read_layer(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    head, _, shapes, columns = pyogrio.raw.read(path)
    for place in range(len(shapes)):
        row = {name: column[place] for name, column in zip(head["fields"], columns, strict=True)}
        yield str(row["area_code"]), row


def read_geoparquet(release: Release) -> Iterator[tuple[str, dict[str, Any]]]:
    [path] = release.export("geoparquet")
    for row in pyarrow.parquet.read_table(path).to_pylist():
        yield row["area_code"], row


@pytest.mark.parametrize("reader", [read_geojson, read_geoparquet])
def test_a_map_file_has_every_figure_of_its_areas(
    release: Release, reader: Callable[[Release], Iterator[tuple[str, dict[str, Any]]]]
) -> None:
    expected = list_wide(release)
    compared = 0
    for area, row in reader(release):
        assert set(row) - {"id", "area_code", "area_name", "level", "geometry", "bbox"} == {
            name + ending for _, name in expected for ending in ("", "_estimate", "_standard_error")
        }
        for (where, name), (value, estimate, error, *_) in expected.items():
            if where == area:
                assert to_number(row[name]) == value
                assert Decimal(str(row[f"{name}_estimate"])).quantize(Decimal("0.001")) == estimate
                assert row[f"{name}_standard_error"] == error
                compared += 1
    assert compared == len(expected)


def to_number(value: Any) -> int | None:
    return None if value is None or isnan(value) else int(value)


def test_tiles_of_the_archive_have_every_shown_figure_of_their_areas(release: Release) -> None:
    [path] = release.export("pmtiles")
    expected = list_wide(release)
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        fields = reader.metadata()["vector_layers"][0]["fields"]
        assert set(fields) == {"code", "name", "level"} | {name for _, name in expected}
        tiles = dict(all_tiles(MmapSource(file)))
    assert {z for z, _x, _y in tiles} == set(range(9))
    for tile in tiles.values():
        for feature in mapbox_vector_tile.decode(tile)["areas"]["features"]:
            shown = {name: value for name, value in feature["properties"].items() if name in fields}
            area = shown.pop("code")
            assert (shown.pop("name"), shown.pop("level")) == (area.title(), 2)
            assert shown == {
                name: value for (where, name), (value, *_) in expected.items() if where == area and value is not None
            }


def test_data_values_have_every_mapped_figure(release: Release) -> None:
    [path] = release.export("dhis2")
    values = json.loads(path.read_text())["dataValues"]
    areas = {unit: area for area, unit in UNITS.items()}
    found = {}
    for each in values:
        assert each["period"] == "202611"
        figure = int(each["value"]) if "value" in each else None
        assert "value" in each or each["comment"].startswith("[c]")
        key = (areas[each["orgUnit"]], each["dataElement"], each.get("categoryOptionCombo"))
        assert key not in found
        found[key] = figure
    expected = {}
    for element in MAPPING["data_elements"]:
        codes = tuple(element.get("codes", {}).get(name, "_T") for name in DIMENSIONS)
        for (_level, area, _month, own, measure), (value, *_) in release.figures.items():
            if area in UNITS and own == codes and measure == element["measure"]:
                expected[area, element["data_element"], element.get("category_option_combo")] = value
    assert found == expected
    assert None in found.values()


def test_every_format_is_compared(release: Release) -> None:
    compared = {*LONG, "geojson", "geoparquet", "pmtiles", "dhis2"}
    assert set(FORMATS) - compared == {"dcat"}  # which has no figures
    assert release.export("dcat")

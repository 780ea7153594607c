"""Descriptions and structures of a release are valid for the programs that read them, and say nothing else."""

import json
from pathlib import Path

import geoparquet_validator
import pandas
import pyarrow.parquet
import pysdmx.io
import pyshacl
import pytest
import rdflib
import sdmx
from jsonschema import Draft202012Validator
from pmtiles.reader import MmapSource, Reader
from sqlalchemy import Connection

from reporting.publishing.formats import FORMATS, list_formats
from reporting.publishing.release_queries import get_release
from tests.conftest import ROOT
from tests.factories.release import PUBLIC_URL, export, make_revised_release

SHAPES = ROOT / "tests" / "data" / "dcat_ap"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
# As the documentation of DHIS2 describes what `POST /api/dataValueSets` takes.
DATA_VALUE_SET = {
    "type": "object",
    "required": ["dataValues"],
    "additionalProperties": False,
    "properties": {
        "dataSet": {"$ref": "#/$defs/uid"},
        "dataValues": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["dataElement", "period", "orgUnit"],
                "anyOf": [{"required": ["value"]}, {"required": ["comment"]}],
                "additionalProperties": False,
                "properties": {
                    "dataElement": {"$ref": "#/$defs/uid"},
                    "orgUnit": {"$ref": "#/$defs/uid"},
                    "categoryOptionCombo": {"$ref": "#/$defs/uid"},
                    "period": {"type": "string", "pattern": "^([0-9]{4}|[0-9]{6}|[0-9]{4}W[0-9]{1,2})$"},
                    "value": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
                    "comment": {"type": "string", "maxLength": 50000},
                },
            },
        },
    },
    "$defs": {"uid": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9]{10}$"}},
}


@pytest.fixture
def release_id(connection: Connection) -> int:
    return make_revised_release(connection)[1]


def test_the_catalogue_has_the_shape_of_dcat_ap(connection: Connection, release_id: int, tmp_path: Path) -> None:
    [path] = export(connection, release_id, "dcat", tmp_path)
    data = rdflib.Graph().parse(path, format="json-ld")
    shapes = rdflib.Graph()
    for name in ("shapes", "range"):
        shapes.parse(SHAPES / f"{name}.ttl")
    conforms, _, words = pyshacl.validate(data, shacl_graph=shapes, advanced=True)
    assert conforms, words
    [dataset] = data.subjects(rdflib.RDF.type, DCAT.Dataset)
    assert str(dataset) == f"{PUBLIC_URL}/data/releases/{release_id}"
    links = {str(link) for link in data.objects(None, DCAT.downloadURL)}
    release = get_release(connection, release_id)
    files = [file for each in list_formats(release) if each.name != "dcat" for file in each.files]
    assert links == {f"{dataset}/files/{file.name_for(release)}" for file in files}


def test_a_catalogue_without_a_title_would_be_noticed(connection: Connection, release_id: int, tmp_path: Path) -> None:
    [path] = export(connection, release_id, "dcat", tmp_path)
    data = rdflib.Graph().parse(path, format="json-ld")
    data.remove((None, rdflib.DCTERMS.title, None))
    shapes = rdflib.Graph().parse(SHAPES / "shapes.ttl")
    assert not pyshacl.validate(data, shacl_graph=shapes, advanced=True)[0]


def test_the_structures_are_read_by_two_programs(connection: Connection, release_id: int, tmp_path: Path) -> None:
    _, path = export(connection, release_id, "sdmx", tmp_path)
    message = sdmx.read_sdmx(path)
    [definition] = message.structure.values()
    assert [each.id for each in definition.dimensions] == [
        "FREQ", "AREA_LEVEL", "REF_AREA", "TOPIC", "SEX", "INDICATOR", "TIME_PERIOD",
    ]  # fmt: skip
    assert set(message.codelist["CL_SEX"].items) == {"_T", "F", "M", "_O", "_Z", "_U"}
    assert str(message.codelist["CL_TOPIC"]["water"].name.localized_default("en")) == "Water"
    assert set(message.codelist["CL_REF_AREA"].items) == {"_T", "_U", "country", "east", "west"}
    read = pysdmx.io.read_sdmx(str(path), validate=True)
    assert {each.id for each in read.get_codelists()} == set(message.codelist)
    [structure] = read.get_data_structure_definitions()
    assert [each.id for each in structure.components.measures] == ["OBS_VALUE"]


def test_the_geoparquet_is_valid(connection: Connection, release_id: int, tmp_path: Path) -> None:
    [path] = export(connection, release_id, "geoparquet", tmp_path)
    report = geoparquet_validator.check(str(path))
    assert geoparquet_validator.failed(report) == []
    assert pyarrow.parquet.read_schema(path).metadata.keys() == {b"geo"}


def test_the_extent_is_that_of_all_areas_with_figures_or_not(
    connection: Connection, release_id: int, tmp_path: Path
) -> None:
    [parquet] = export(connection, release_id, "geoparquet", tmp_path)
    described = json.loads(pyarrow.parquet.read_schema(parquet).metadata[b"geo"])
    assert described["columns"]["geometry"]["bbox"] == [84, 27, 86, 28]
    [tiles] = export(connection, release_id, "pmtiles", tmp_path)
    with tiles.open("rb") as file:
        header = Reader(MmapSource(file)).header()
    assert [header[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat")] == [84, 27, 86, 28]


def test_data_values_are_what_dhis2_takes(connection: Connection, release_id: int, tmp_path: Path) -> None:
    [path] = export(connection, release_id, "dhis2", tmp_path)
    Draft202012Validator(DATA_VALUE_SET).validate(json.loads(path.read_text()))


def test_without_a_mapping_there_is_nothing_for_dhis2(connection: Connection) -> None:
    _, release_id = make_revised_release(connection)
    release = get_release(connection, release_id)
    assert FORMATS["dhis2"].is_for(release)
    release.policy.pop("dhis2")
    assert "dhis2" not in [each.name for each in list_formats(release)]


def test_rows_are_in_the_order_of_their_codes_and_not_of_their_figures(
    connection: Connection, release_id: int, tmp_path: Path
) -> None:
    [path] = export(connection, release_id, "csv", tmp_path)
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    keys = frame[["area_level", "area_code", "topic", "sex", "month", "measure"]].apply(tuple, axis=1).tolist()
    assert keys == sorted(keys)

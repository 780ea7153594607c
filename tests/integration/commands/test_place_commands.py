"""`gazetteer load` and `areas load` as somebody types them: counts and reasons, one line for what cannot be read."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from reporting.bootstrap import Program
from tests.conftest import add_campaign

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, program: Program) -> Run:
    with program.owner.begin() as connection:
        add_campaign(connection)
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(argument) for argument in arguments])


def counts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.output
    pairs = (line.split(": ") for line in result.stdout.splitlines())
    return {name: int(value) for name, value in pairs}


def test_a_source_is_replaced_by_its_next_file_and_another_stays(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("id,name,lat,lon\n1,Alpha,10,20\n2,Beta,11,20\n3,,11,20\n", encoding="utf-8")
    first = run("gazetteer", "load", path)
    assert counts(first) == {"read": 3, "added": 2, "changed": 0, "unchanged": 0, "repaired": 0, "refused": 1}
    assert first.stderr == "line 4: no name\n"
    assert counts(run("gazetteer", "load", path, "--source", "survey"))["doubles"] == 2
    path.write_text("id,name,lat,lon\n2,Beta,11,20\n", encoding="utf-8")
    assert counts(run("gazetteer", "load", path))["unchanged"] == 1
    assert counts(run("gazetteer", "load", path, "--replace"))["removed"] == 1
    path.write_text("id,name,lat,lon\n", encoding="utf-8")
    emptied = run("gazetteer", "load", path, "--replace")
    assert (emptied.exit_code, emptied.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("name", ["x.osm.pbf", "x.zip", "x.gpkg", "x.geojson", "x.xlsx", "x.csv", "x.shp"])
def test_a_file_that_cannot_be_read_is_one_line_and_leaves_nothing(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04\xff\xfe nothing")
    for command in (
        ("gazetteer", "load", path), ("areas", "load", path, "--level", 1, "--code-field", "C", "--name-field", "N")
    ):  # fmt: skip
        result = run(*command)
        assert result.exit_code == 1, result.output
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""


def test_areas_say_what_was_repaired(run: Run, tmp_path: Path) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    feature = {"type": "Feature", "properties": {"C": "B", "N": "Bow", "U": "rural"}, "geometry": bow_tie}
    path = tmp_path / "adm.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    load = ("areas", "load", path, "--level", 1, "--code-field", "C", "--name-field", "N", "--urban-field", "U")
    result = run(*load)
    assert counts(result)["repaired"] == 1
    assert result.stderr == "line 1: loaded, but look at it: self-intersection\n"
    assert counts(run(*load))["unchanged"] == 1
    assert "no property P, it has C, N, U" in run(*load, "--population-field", "P").stderr


def test_an_unknown_format_or_nothing_to_load_is_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,lat,lon\nA,1,2\n", encoding="utf-8")
    assert run("gazetteer", "load", path, "--format", "sonnets").exit_code == 2
    assert run("gazetteer", "load").exit_code == 2
    assert "19" in run("gazetteer", "load", path, "--format", "geonames").stderr

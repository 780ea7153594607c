"""A map program of others reads a release through OGC API - Features: GDAL's own driver, from a running server.

GDAL runs in a process of its own: it lets no other thread run while it waits for an answer, our server's neither.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporting.bootstrap import Program
from tests.child import run_child
from tests.live_server import run_live

_READ = """
import json, sys
import pyogrio
source, box = sys.argv[1], json.loads(sys.argv[2])
box = box and tuple(box)
layers = [str(name) for name, _ in pyogrio.list_layers(source)]
meta, _, shapes, fields = pyogrio.raw.read(source, layer="areas-2", bbox=box)
table = {name: [None if each != each else each for each in column.tolist()]
         for name, column in zip(meta["fields"], fields)}
print(json.dumps({"layers": layers, "crs": meta["crs"], "shapes": len(shapes), "table": table}))
"""


@pytest.fixture
def source(app: Flask, program: Program, release_id: int) -> Iterator[str]:
    """What a person gives the program."""
    with run_live(app, program) as address:
        yield f"OAPIF:{address}/api/v1/releases/{release_id}/ogc"


def read(source: str, box: tuple[float, ...] | None = None) -> dict[str, Any]:
    """What GDAL reads."""
    command = [sys.executable, "-c", _READ, source, json.dumps(box)]
    done = run_child(command, capture_output=True, text=True, timeout=480)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_gdal_lists_the_levels_and_reads_the_figures(client: FlaskClient, source: str, release_id: int) -> None:
    found = read(source)
    assert found["layers"] == ["areas-1", "areas-2"]
    assert found["crs"] in ("EPSG:4326", "OGC:CRS84")
    assert found["shapes"] == 3
    document = client.get(f"/data/releases/{release_id}.geojson").json
    file = {each["id"]: each["properties"] for each in document["features"]}
    assert found["table"]["area_code"] == list(file)
    for name in ("people", "people_water", "people_sex_F", "incidents"):
        assert found["table"][name] == [each[name] for each in file.values()]


def test_gdal_asks_the_server_for_a_box(source: str) -> None:
    assert read(source, (85.2, 27.2, 85.4, 27.4))["table"]["area_code"] == ["east"]

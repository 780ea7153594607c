"""The examples of the docs are run against a server, and print the figures of the release."""

import shutil
import sys
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporting.bootstrap import Program
from tests.child import run_child
from tests.conftest import ROOT
from tests.factories.release import make_world
from tests.live_server import run_live

EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def server(app: Flask, program: Program) -> Iterator[str]:
    """The address of a server with a release of two areas, whose addresses lead to itself."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
        world.add_reports([300], area="west")
        world.release()
    with run_live(app, program) as address:
        yield address


def list_expected(client: FlaskClient) -> list[str]:
    """What the release says, in one page."""
    [cube] = client.get("/api/v1/cubes").json["cubes"]
    path = f"/api/v1/releases/{cube['latest_release']}/observations?limit=1000&measure=people&c[topic]=_T"
    rows = client.get(path).json["observations"]
    return [
        f"{row['level']}\t{row['area']}\t{row['period']}\t"
        + ("[c]" if row["value"] is None else f"{row['value']} ± {row['standard_error']:.1f}")
        for row in rows
    ]


def run(*command: str) -> list[str]:
    """The lines that a program prints."""
    done = run_child(command, capture_output=True, text=True, timeout=480)
    assert done.returncode == 0, done.stderr
    return [line.rstrip() for line in done.stdout.splitlines()]


def test_the_example_in_python_prints_the_figures(server: str, client: FlaskClient) -> None:
    lines = run(sys.executable, str(EXAMPLES / "observations.py"), server, "counted", "incidents")
    assert lines == list_expected(client)
    assert any(line.endswith("[c]") for line in lines)
    assert len(lines) >= 4


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_the_example_in_r_prints_the_figures(server: str, client: FlaskClient) -> None:
    lines = run("Rscript", str(EXAMPLES / "observations.R"), server, "counted", "incidents")
    assert lines == list_expected(client)

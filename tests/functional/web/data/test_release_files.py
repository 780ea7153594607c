"""Files of a release over HTTP: static bytes, the same as the command writes, kept by caches, read by other sites."""

import gzip
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from reporting.aggregation.publication import withdraw_release
from reporting.bootstrap import Program
from reporting.publishing import release_files
from reporting.publishing.formats import FORMATS
from reporting.publishing.release_files import write_release_files
from reporting.publishing.release_queries import get_release
from reporting.publishing.written_files import open_files
from tests.factories.release import make_revised_release


@pytest.fixture
def release_id(program: Program) -> int:
    with program.owner.begin() as connection:
        return make_revised_release(connection)[1]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def list_addresses(client: FlaskClient, release_id: int) -> dict[str, str]:
    listed = client.get(f"/data/releases/{release_id}/files/").get_json()
    assert {each["format"] for each in listed["formats"]} == set(FORMATS)
    return {
        file["name"]: "/data/" + file["url"].partition("/data/")[2]
        for each in listed["formats"]
        for file in each["files"]
    }


def test_every_file_is_the_one_that_the_command_writes(
    app: Flask, client: FlaskClient, release_id: int, tmp_path: Path
) -> None:
    addresses = list_addresses(client, release_id)
    runner, folder = app.test_cli_runner(), tmp_path / "out"
    for name in FORMATS:
        ran = runner.invoke(args=["release", "export", str(release_id), "--format", name, "-o", str(folder)])
        assert ran.exit_code == 0, ran.output
    assert {path.name for path in folder.iterdir()} == set(addresses)
    for name, address in addresses.items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        assert answer.data == (folder / name).read_bytes(), name
        assert answer.headers["ETag"].strip('"') == hashlib.sha256(answer.data).hexdigest()
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.cache_control.immutable
        assert answer.cache_control.max_age == 86_400
        assert f'/data/releases/{release_id}>; rel="collection"' in answer.headers["Link"]
        assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_short_address_has_the_first_file_of_each_format(client: FlaskClient, release_id: int) -> None:
    page = client.get(f"/data/releases/{release_id}").text
    for name in FORMATS:
        assert f"/data/releases/{release_id}.{name}" in page
        assert client.get(f"/data/releases/{release_id}.{name}").status_code == 200
    assert client.get(f"/data/releases/{release_id}.doc").status_code == 404
    assert client.get(f"/data/releases/{release_id}/files/index.json").status_code == 404
    assert client.get(f"/data/releases/{release_id}/files/..%2F..%2Fsecrets.json").status_code == 404


def test_a_table_says_where_its_description_is(client: FlaskClient, release_id: int) -> None:
    links = client.get(f"/data/releases/{release_id}.csv").headers.getlist("Link")
    [described] = [link for link in links if 'rel="describedby"' in link]
    assert described.endswith('type="application/csvm+json"')
    address = described[1 : described.index(">")]
    assert client.get("/data/" + address.partition("/data/")[2]).get_json()["url"].endswith(".csv")


def test_a_phone_gets_a_text_compressed_and_a_map_a_part(client: FlaskClient, release_id: int) -> None:
    plain = client.get(f"/data/releases/{release_id}.csv")
    packed = client.get(f"/data/releases/{release_id}.csv", headers={"Accept-Encoding": "gzip"})
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.vary
    part = client.get(f"/data/releases/{release_id}.pmtiles", headers={"Range": "bytes=0-6"})
    assert (part.status_code, part.data) == (206, b"PMTiles")


def test_files_are_written_ahead_and_those_of_a_withdrawn_release_removed(
    program: Program, client: FlaskClient, release_id: int
) -> None:
    files = open_files(program.settings)
    counts = write_release_files(program.exports, files)
    assert (counts.written, counts.failed) == (2 * len(FORMATS), 0)  # the month and its revision
    assert not write_release_files(program.exports, files)
    folders = [path for path in files.folder.iterdir() if path.name.startswith(f"{release_id}-")]
    assert any(any(folder.iterdir()) for folder in folders)
    addresses = list_addresses(client, release_id)
    with program.owner.begin() as connection:
        withdraw_release(connection, release_id, "Reports of a training were counted")
    assert write_release_files(program.exports, files).removed == 1
    assert [path for path in files.folder.iterdir() if path.name.startswith(f"{release_id}-")] == []
    for address in (*addresses.values(), f"/data/releases/{release_id}.csv", f"/data/releases/{release_id}/files/"):
        answer = client.get(address)
        assert answer.status_code == 410
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_files_of_a_release_that_waits_are_nobodys(program: Program, client: FlaskClient, release_id: int) -> None:
    with program.owner.begin() as connection:
        connection.execute(text("INSERT INTO release_hold (release_id) VALUES (:id)"), {"id": release_id})
        connection.execute(text("DELETE FROM release_approval"))
    write_release_files(program.exports, files := open_files(program.settings))
    assert not [path for path in files.folder.iterdir() if path.name.startswith(f"{release_id}-")]
    assert client.get(f"/data/releases/{release_id}.csv").status_code == 404
    assert client.get(f"/data/releases/{release_id}/files/").status_code == 404


@pytest.mark.parametrize("error", [ValueError("what somebody wrote"), ProgrammingError("SELECT", {}, Exception())])
def test_a_format_that_fails_leaves_the_others_alone_and_is_tried_again_later(
    program: Program, release_id: int, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_source: object, _path: object) -> None:
        raise error

    broken = replace(FORMATS["hxl"], files=(replace(FORMATS["hxl"].files[0], write=fail),))
    monkeypatch.setitem(FORMATS, "hxl", broken)
    files = open_files(program.settings)
    with capture_logs() as logs:
        counts = write_release_files(program.exports, files)
    assert (counts.written, counts.failed) == (2 * (len(FORMATS) - 1), 2)
    failures = [each for each in logs if each["event"] == "release_file_failed"]
    assert {each["release_id"] for each in failures} >= {release_id}
    assert {each["format"] for each in failures} == {"hxl"}
    assert "what somebody wrote" not in str(logs)
    assert not write_release_files(program.exports, files)  # not at every sweep
    monkeypatch.undo()
    for marker in files.folder.rglob("*.failed"):
        os.utime(marker, (0, 0))
    assert write_release_files(program.exports, files).written == 2


def test_a_full_disk_is_not_the_fault_of_a_format(
    program: Program, release_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_source: object, _path: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(FORMATS, "hxl", replace(FORMATS["hxl"], files=(replace(FORMATS["hxl"].files[0], write=fail),)))
    files = open_files(program.settings)
    with pytest.raises(OSError, match="No space"):
        write_release_files(program.exports, files)
    with program.exports.begin() as connection:
        assert not files.has_failed_lately(get_release(connection, release_id), FORMATS["hxl"])


def test_a_file_of_a_large_release_is_left_to_the_worker(
    program: Program, client: FlaskClient, release_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(release_files, "_LARGE", 10)
    monkeypatch.setattr(program.waker, "wake", woken.append)
    answer = client.get(f"/data/releases/{release_id}.csv")
    assert (answer.status_code, answer.headers["Retry-After"], woken) == (503, "60", ["files"])
    write_release_files(program.exports, open_files(program.settings))
    assert client.get(f"/data/releases/{release_id}.csv").status_code == 200

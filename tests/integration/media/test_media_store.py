"""Both places of media behave alike: a real folder, and a real S3 client over HTTP against a server of its kind."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from cryptography.exceptions import InvalidTag
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.media.backends import DiskStore, open_place
from reporting.media.s3_store import S3Store
from reporting.media.storage import (
    MediaMissing,
    MediaStore,
    MediaStoreUnavailable,
    SealedStore,
    find_upload_key,
    keep_upload,
    list_uploads,
    make_key,
)
from reporting.models.base import now

SEALS = Pseudonyms("a-pepper-of-the-tests")


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_environment(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "disk":
        return open_place(None, tmp_path / "media")
    request.getfixturevalue("s3_environment")
    bucket = f"bucket-{os.urandom(4).hex()}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    return open_place(f"s3://{bucket}/a/prefix", tmp_path)


@pytest.fixture
def store(place: MediaStore) -> SealedStore:
    return SealedStore(place, SEALS)


def test_what_is_put_is_found_until_it_is_deleted(store: SealedStore) -> None:
    key, data = make_key(), os.urandom(300_000)
    with pytest.raises(MediaMissing):
        store.open(key)
    store.put(key, b"earlier")
    store.put(key, data)
    assert store.open(key) == data
    store.delete(key)
    store.delete(key)
    with pytest.raises(MediaMissing):
        store.open(key)


def test_nobody_reads_a_file_without_the_pepper(place: MediaStore, store: SealedStore) -> None:
    key = make_key()
    store.put(key, b"a face")
    assert b"a face" not in place.open(key)
    with pytest.raises(InvalidTag):
        SealedStore(place, Pseudonyms("another")).open(key)


@pytest.mark.parametrize("key", ["../secrets.env", "kept/../../x", "kept/" + "g" * 32, "kept/" + "0" * 31, "", "/etc"])
def test_a_key_that_we_did_not_make_is_never_part_of_a_path(store: SealedStore, key: str) -> None:
    for act in (store.open, store.delete, lambda key: store.put(key, b"x")):
        with pytest.raises(MediaMissing):
            act(key)


def test_uploads_are_listed_by_their_age_and_kept_pictures_never(store: SealedStore) -> None:
    store.put(make_key(), b"kept")
    keys = {find_upload_key(keep_upload(store, b"x").url) for _ in range(3)}
    assert set(list_uploads(store, now() + timedelta(minutes=1))) == keys
    assert list(list_uploads(store, now() - timedelta(minutes=1))) == []


@pytest.mark.usefixtures("s3_environment")
def test_a_bucket_of_many_pages_is_listed_whole(tmp_path: Path) -> None:
    boto3.client("s3").create_bucket(Bucket="many")
    store = open_place("s3://many", tmp_path)
    assert isinstance(store, S3Store)
    for number in range(1005):
        store.put(f"upload/{number:032x}", b"x")
    assert len(list(store.list_before("upload", now() + timedelta(minutes=1)))) == 1005


def test_a_file_is_its_owners_alone_and_no_half_of_one_is_left(tmp_path: Path) -> None:
    store, key = open_place(f"file://{tmp_path}/a%20folder", tmp_path), make_key()
    store.put(key, b"bytes")
    files = [path for path in (tmp_path / "a folder").rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "a folder" / "kept").rglob("*"))


def test_a_folder_that_cannot_be_written_is_told_as_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = DiskStore(tmp_path / "file")
    with pytest.raises(MediaStoreUnavailable):
        store.put(make_key(), b"x")


@pytest.mark.usefixtures("s3_environment")
def test_a_store_that_cannot_be_reached_is_told_as_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = open_place("s3://nowhere", tmp_path)
    for act in (store.open, store.delete, lambda key: store.put(key, b"x")):
        with pytest.raises(MediaStoreUnavailable):
            act(make_key())


@pytest.mark.usefixtures("s3_environment")
def test_a_bucket_that_is_not_there_is_told_as_away_and_not_as_missing(tmp_path: Path) -> None:
    with pytest.raises(MediaStoreUnavailable):
        open_place("s3://no-such-bucket-here", tmp_path).open(make_key())

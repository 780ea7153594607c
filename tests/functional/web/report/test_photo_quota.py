"""Photos of strangers have a limit by network and leave room on the disk; the words of a report never wait for them."""

import io
import shutil

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from reporting.accounts.limit import PHOTO_BYTES_BY_NETWORK, Try
from reporting.bootstrap import Program
from reporting.web.report import photo_quota
from tests.factories.picture import make_photo

HERE = {"REMOTE_ADDR": "8.8.8.8"}


def send(client: FlaskClient, words: str, **headers: str) -> TestResponse:
    """A report with a photo."""
    form = {"campaign": "test", "text": words, "photo": (io.BytesIO(make_photo()), "a.jpg")}
    return client.post("/report", data=form, headers=headers, environ_overrides=HERE)


def count(program: Program) -> tuple[int, int]:
    """How many messages there are, and uploads that wait for a worker."""
    with program.app.begin() as connection:
        messages = connection.execute(text("SELECT count(*) FROM message")).scalar_one()
    return int(messages), len(list((program.settings.var / "media").rglob("upload/*")))


def test_a_network_that_sent_too_many_sends_words_alone_and_is_told(
    app: Flask,
    program: Program,
    campaign: int,  # noqa: ARG001
) -> None:
    client = app.test_client()
    assert "photos could not be kept" not in send(client, "one").text
    app.extensions["baraza_limiter"].count(Try(PHOTO_BYTES_BY_NETWORK, "8.8.8.0/24"), cost=200_000_000)
    refused = send(client, "two")
    assert refused.status_code == 201
    assert "photos could not be kept" in refused.text
    told = send(client, "three", Accept="application/json")
    assert told.json is not None
    assert told.json["photos_are_lost"] is True
    assert count(program) == (3, 1)


def test_a_full_disk_keeps_the_words(
    app: Flask,
    program: Program,
    campaign: int,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = shutil.disk_usage(program.settings.var).free
    monkeypatch.setattr(photo_quota, "LEFT_LEAST", free + 1_000_000_000)
    answer = send(app.test_client(), "one")
    assert answer.status_code == 201
    assert "photos could not be kept" in answer.text
    assert count(program) == (1, 0)

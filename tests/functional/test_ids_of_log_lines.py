"""Every log line of a request and of a job carries its id, and the answer tells it."""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import text
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from channels.base.items import InboundMessage
from config.local.process import wait_until
from config.local.reverse_proxy import Forward
from config.log_ids import REQUEST_ID_HEADER, choose_id
from config.settings import Settings
from reporting.bootstrap import Program
from tests.child import start_child
from tests.conftest import AUTH_TOKEN, LINE, ROOT
from tests.gateway import sign, twilio_form
from tests.own_server import make_client, run_server, socket_client
from tests.web_site import WebSite, run_site

PATH = "/channels/twilio/sms"
OURS = "6f1c1f0e-0000-4000-8000-0000000000ab"
NUMBER = "+9779800000001"


@pytest.fixture
def site(
    settings: Settings, database_url: str, live_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WebSite]:
    """Web processes behind a proxy, on a database of their own."""
    monkeypatch.setenv("FORWARDED_HOPS", "1")
    with run_site(settings, database_url, live_redis_url, tmp_path) as running:
        yield running


def call(
    port: int, path: str, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, str]:
    """Call as a proxy does; the answer and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


def list_lines(log: Path, **wanted: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if wanted.items() <= line.items()]


def has_lines(log: Path, count: int, **wanted: str) -> bool:
    return len(list_lines(log, **wanted)) >= count


@pytest.mark.slow
def test_what_a_request_logs_has_the_id_of_its_answer(site: WebSite, program: Program, tmp_path: Path) -> None:
    form = urlencode(given := twilio_form("no water", sender=NUMBER))
    signed = sign(f"http://127.0.0.1:{site.port}{PATH}", given, AUTH_TOKEN)
    signed["Content-Type"] = "application/x-www-form-urlencoded"
    for path, body, headers in (("/healthz", None, {}), (PATH, form, signed), (f"{PATH}/a/b", form, {})):
        answer, _ = call(site.port, path, body, headers | {REQUEST_ID_HEADER: OURS})
        assert answer.headers.get_all(REQUEST_ID_HEADER) == [OURS], path
        made = [call(site.port, path, body, headers | {REQUEST_ID_HEADER: NUMBER})[0] for _ in range(2)]
        ids = {each.getheader(REQUEST_ID_HEADER, "") for each in made}
        assert len(ids) == 2
        assert all(choose_id(each) == each for each in ids)

    answer, told = call(site.port, "/api/v1/messages", "{}", {"Content-Type": "application/json"})
    assert answer.status == 401
    assert json.loads(told)["request_id"] == answer.getheader(REQUEST_ID_HEADER)

    with program.owner.begin() as connection:
        connection.execute(text("ALTER TABLE message RENAME TO elsewhere"))
        connection.execute(text("ALTER TABLE release RENAME TO elsewhere_too"))
    log = tmp_path / "web.log"
    answer, _ = call(site.port, PATH, form, signed | {REQUEST_ID_HEADER: OURS})
    assert answer.status == 503
    assert list_lines(log, event="message_not_stored", request_id=OURS)
    answer, _ = call(site.port, "/data/")
    assert answer.status >= 500
    assert list_lines(log, request_id=answer.getheader(REQUEST_ID_HEADER, ""))
    assert NUMBER not in log.read_text()


def test_without_a_proxy_of_ours_nobody_chooses_an_id(app: Flask, settings: Settings) -> None:
    with socket_client(app, settings) as client:
        for path in ("/healthz", "/channels/unknown/sms", "/nowhere"):
            answers = [client.get(path, headers={REQUEST_ID_HEADER: OURS}) for _ in range(2)]
            ids = {answer.headers[REQUEST_ID_HEADER] for answer in answers}
            assert len(ids) == 2
            assert OURS not in ids


def test_what_is_no_request_at_all_has_an_id_too() -> None:
    async def nobody(_exchange: object) -> Any:
        raise AssertionError

    with run_server(nobody) as port:
        answer = make_client(port).get("/", headers={"X-Large": "x" * 40_000})
        assert answer.status_code == 400
        assert choose_id(given := answer.headers[REQUEST_ID_HEADER]) == given
        answer = make_client(port).get("/")
        assert answer.status_code == 500
        assert choose_id(given := answer.headers[REQUEST_ID_HEADER]) == given


def test_what_cannot_be_handed_on_is_logged_with_the_id_too() -> None:
    forward = Forward("\0baraza-nobody-listens-here", body_largest_bytes=1)
    with capture_logs([merge_contextvars]) as lines, run_server(forward.answer) as port:
        answer = make_client(port).get("/")
    assert answer.status_code == 503
    (line,) = lines
    assert (line["event"], line["request_id"]) == ("pages_unavailable", answer.headers[REQUEST_ID_HEADER])


@pytest.mark.slow
@pytest.mark.usefixtures("campaign")
def test_what_a_job_logs_has_its_id(program: Program, live_redis_url: str, tmp_path: Path) -> None:
    environment = os.environ | {
        "DATABASE_URL": program.database_url, "REDIS_URL": live_redis_url, "BARAZA_VAR": str(tmp_path),
        "SECRET_KEY": "a-secret-of-the-tests", "CONTACT_PEPPER": "a-pepper-of-the-tests",
    }  # fmt: skip
    log = tmp_path / "worker.log"
    with log.open("wb") as file:
        worker = start_child(
            [sys.executable, "-m", "reporting.jobs.worker"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
        scheduler = start_child(
            [sys.executable, "-m", "reporting.jobs.scheduler"], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
        try:
            for number in (1, 2):
                program.intake.accept("twilio", InboundMessage(f"SM{number}", NUMBER, LINE, f"no water {number}"))
                is_done = partial(has_lines, log, number, event="inbox_processed")
                assert wait_until(is_done, 240), log.read_text()
        finally:
            for process in (scheduler, worker):
                process.terminate()
                process.wait(240)
    processed = list_lines(log, event="inbox_processed")
    ids = [line["job_id"] for line in processed]
    assert len(set(ids)) == len(ids) >= 2
    assert all(choose_id(each) == each for each in ids)
    assert all("job_id" in line for line in list_lines(log))
    assert NUMBER not in log.read_text()

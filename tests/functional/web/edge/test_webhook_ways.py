"""A webhook is answered in the event loop and by way of Flask, and nobody outside can tell which of the two it was."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy import text

from channels.event_loop import EventLoopWebhooks
from config.local.http_server import Exchange
from config.local.wsgi_threads import WsgiAnswer, WsgiThreads
from config.settings import Settings
from reporting.bootstrap import Program
from tests.conftest import AUTH_TOKEN
from tests.gateway import sign, twilio_form
from tests.own_server import run_server

PATH = "/channels/twilio/sms"
TOKEN = "t" * 24
FORM = "application/x-www-form-urlencoded"


@dataclass
class Ways:
    """Two servers of one application: `quick` asks the event loop first, `slow` asks Flask for everything."""

    quick: int
    slow: int
    answers: list[WsgiAnswer | None] = field(default_factory=list)  # of the event loop


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a second channel, whose secret stands in the path and whose calls may be GET."""
    told = {
        "adapter": "generic",
        "proof": {"by": "token", "secrets": [TOKEN]},
        "inbound": {
            "methods": ["POST", "GET"],
            "fields": {"id": "id", "from": "from", "to": "to", "text": "text"},
        },
    }
    return replace(settings, channels={"aid": told})


@pytest.fixture
def ways(app: Flask) -> Iterator[Ways]:
    """Both, running."""
    loop_way: EventLoopWebhooks = app.extensions["event_loop_webhooks"]
    ways = Ways(0, 0)

    async def note(*arguments: Any) -> WsgiAnswer | None:
        ways.answers.append(await loop_way.answer(*arguments))
        return ways.answers[-1]

    limits = {"threads": 2, "body_largest_bytes": 5 * 1024 * 1024, "waiting_most": 10}
    first = WsgiThreads(app.extensions["webhooks"], quick=note, **limits)
    other = WsgiThreads(app.extensions["webhooks"], **limits)

    async def answer(exchange: Exchange) -> Any:
        return await first.answer(exchange)

    async def answer_slowly(exchange: Exchange) -> Any:
        return await other.answer(exchange)

    with run_server(answer) as ways.quick, run_server(answer_slowly) as ways.slow:
        yield ways


def speak(port: int, request: bytes) -> tuple[str, list[str], bytes]:
    """Status line, headers without the time and the id, and body of the answer to bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode("latin-1").split("\r\n")
    return status, [header for header in headers if not header.startswith(("Date:", "X-Request-Id:"))], body


def write(
    target: str, body: bytes = b"", *, method: str = "POST", content_type: str | None = FORM, more: str = ""
) -> bytes:
    """A request as bytes."""
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    length = f"Content-Length: {len(body)}\r\n" if method == "POST" or body else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{kind}{length}{more}\r\n"
    return head.encode("latin-1") + body


def signed(form: Mapping[str, str], target: str = PATH, more: str = "", **changes: Any) -> bytes:
    """A request of Twilio."""
    [(name, value)] = sign(f"http://localhost{target}", form, AUTH_TOKEN).items()
    return write(target, urlencode(form).encode(), more=f"{name}: {value}\r\n{more}", **changes)


SMS = twilio_form("no water", sid="SM-of-the-ways")
AID = f"/channels/aid/sms/{TOKEN}"
AID_FORM = urlencode({"id": "1", "from": "+9779800000001", "to": "+15005550006", "text": "pani छैन"}).encode()
SAME = {
    "good": signed(SMS),
    "good, other spelling of the type": signed(SMS, content_type="Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
    "good with a query": signed(SMS, f"{PATH}?rc=1&x=%2F+y"),
    "good with an empty query": signed(SMS, PATH).replace(PATH.encode(), PATH.encode() + b"?", 1),
    "a delivery report": signed({"MessageSid": "SM1", "MessageStatus": "delivered"}, "/channels/twilio/status"),
    "a kind that is none": signed(SMS, "/channels/twilio/fax"),
    "bad signature": write(PATH, urlencode(SMS).encode(), more="X-Twilio-Signature: wrong\r\n"),
    "no signature": write(PATH, urlencode(SMS).encode()),
    "the header twice": signed(SMS, more="X-Twilio-Signature: another\r\n"),
    "a header with an underscore": write(PATH, urlencode(SMS).encode(), more="X_Twilio_Signature: wrong\r\n"),
    "unknown channel": write("/channels/nobody/sms", b"a=b"),
    "unknown channel, too large": write("/channels/nobody/sms", b"a" * 60_000),
    "token": write(AID, AID_FORM),
    "wrong token": write("/channels/aid/sms/wrong", AID_FORM),
    "no token": write("/channels/aid/sms", AID_FORM),
    "token, GET": write(f"{AID}?{AID_FORM.decode()}", method="GET", content_type=None),
    "GET with a body": write(f"{AID}?{AID_FORM.decode()}", b"text=other", method="GET"),
    "no UTF-8": write(AID, b"id=2&from=%2B9779800000001&text=\xff\xfe%ED%A0%BD&text=second"),
    "empty": write(AID),
    "no type": write(AID, AID_FORM, content_type=None),
    "JSON": write(AID, b'{"id": "3", "text": "x"}', content_type="application/json"),
    "another type": write(AID, AID_FORM, content_type="text/plain"),
    "a type that is none": write(AID, AID_FORM, content_type=";;="),
    "no host": b"POST /channels/nobody/sms HTTP/1.0\r\nContent-Length: 3\r\n\r\na=b",
    "a strange host": write("/channels/twilio/sms").replace(b"localhost", b"a b<c>"),
}
LEFT_TO_FLASK = {
    "HEAD": write(PATH, method="HEAD", content_type=None),
    "PUT": signed(SMS).replace(b"POST", b"PUT", 1),
    "OPTIONS": write(PATH, method="OPTIONS", content_type=None),
    "too large": write(PATH, b"a" * 66_000),
    "multipart": write(PATH, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
                       content_type="multipart/form-data; boundary=x"),
    "encoded": write(PATH, b"a=b", more="Content-Encoding: gzip\r\n"),
    "an escaped path": signed(SMS, "/channels/twilio/s%6Ds"),
    "words in the path": write(f"/channels/twilio/{quote('पानी')}", b"a=b"),
    "a slash at the end": write(f"{PATH}/", b"a=b"),
    "two slashes": write("/channels//sms", b"a=b"),
    "nothing": write("/channels/", b"a=b"),
    "a path that is longer": write(f"{PATH}/a/b", b"a=b"),
}  # fmt: skip
OUTCOMES = ("accepted", "signature", "channel", "kind", "body", "too_large", "unavailable")


def count_calls() -> list[float]:
    names = [(channel, outcome) for channel in ("twilio", "aid", "unknown") for outcome in OUTCOMES]
    values = [REGISTRY.get_sample_value("baraza_webhook_calls_total", {"channel": c, "outcome": o}) for c, o in names]
    return [value or 0.0 for value in values]


@pytest.mark.usefixtures("campaign")
def test_both_ways_answer_alike_and_count_alike(ways: Ways, program: Program) -> None:
    for name, request in (SAME | LEFT_TO_FLASK).items():
        counts = [count_calls()]
        answers = []
        for port in (ways.quick, ways.slow):
            answers.append(speak(port, request))
            counts.append(count_calls())
        assert answers[0] == answers[1], name
        assert answers[0][0].startswith("HTTP/1."), name
        first, second = ([b - a for a, b in zip(*pair, strict=True)] for pair in pairwise(counts))
        assert first == second, name
        is_quick = bool(ways.answers) and ways.answers.pop() is not None
        assert is_quick == (name in SAME), name
    with program.owner.begin() as connection:
        stored = connection.execute(text("SELECT channel, count(*) FROM message GROUP BY 1 ORDER BY 1")).all()
    assert [tuple(row) for row in stored][-1] == ("twilio", 1)


@pytest.mark.usefixtures("campaign")
def test_the_headers_are_those_of_an_answer_of_ours(ways: Ways) -> None:
    status, headers, _ = speak(ways.quick, signed(SMS))
    assert status == "HTTP/1.1 200 OK"
    assert headers[:3] == ["Content-Type: text/xml; charset=utf-8", "Server: baraza", "Content-Length: 50"]


@pytest.mark.usefixtures("campaign")
def test_a_message_by_the_event_loop_is_there_when_it_is_answered_and_its_worker_is_woken(
    ways: Ways, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(program.waker, "wake", woken.append)
    for number in range(30):  # the first ones go by a thread, until the loop has its connection
        sid = f"SM-{number}"
        assert speak(ways.quick, signed(twilio_form("no water", sid=sid)))[0].startswith("HTTP/1.1 200")
        with program.owner.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM message WHERE external_id = :i"), {"i": sid}).scalar()
    assert woken == ["inbox"] * 30
    assert all(answer is not None for answer in ways.answers)

"""One message that a gateway brings in two calls with an id each is one report, whatever the phone's clock says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from channels.base.items import InboundMessage
from channels.base.request import GatewayRequest
from channels.content_ids import make_content_id
from channels.parse_fields import make_twin
from channels.registry import ADAPTERS
from reporting.bootstrap import Program
from reporting.crypto.content_ids import key_id, key_old_ids
from reporting.processing.worker import drain
from tests.conftest import LINE

AHEAD = (datetime.now(UTC) + timedelta(minutes=2)).isoformat(timespec="milliseconds")
LATER = (datetime.now(UTC) + timedelta(minutes=2, seconds=40)).isoformat(timespec="milliseconds")
PAST = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds")
UNSET = "1970-01-01T00:03:12.345+00:00"


def read(program: Program, query: str) -> list[Any]:
    """Rows of a query."""
    with program.app.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def bring(program: Program, message: InboundMessage, *, before: timedelta = timedelta(0)) -> None:
    """Take a message in, as if that long ago, and work on it."""
    program.receiver.receive("smsgate", [message])
    if before:
        with program.owner.begin() as connection:
            connection.execute(text("UPDATE message SET received_at = received_at - :before"), {"before": before})
    drain(program.app, program.pipeline, is_patient=False)


def make(event_id: str, received_at: str | None, *, own_id: str | None = "5a3f00c1", words: str = "no water in Dhading",
         picture: str | None = None) -> InboundMessage:  # fmt: skip
    """The message of a call of SMS Gateway for Android."""
    payload: dict[str, Any] = {"messageId": own_id, "sender": "+9779800000001", "receivedAt": received_at}
    if picture is None:
        payload |= {"message": words}
    else:
        attachment = {"partId": 1, "contentType": "image/jpeg", "name": "one.jpg", "data": picture}
        payload |= {"transactionId": "T1", "body": words, "attachments": [attachment]}
    event = {"id": event_id, "event": "mms:downloaded" if picture else "sms:received", "payload": payload}
    channel = ADAPTERS["smsgate"].make("smsgate", {"signing_keys": ["k"], "lines": [LINE]}, "http://localhost").channel
    assert channel is not None
    [message] = channel.parse("event", GatewayRequest("u", {}, json.dumps(event).encode(), {}))
    assert isinstance(message, InboundMessage)
    return message


@pytest.fixture(autouse=True)
def _line(program: Program, campaign: int) -> None:  # noqa: ARG001  # the campaign whose line it is
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign_address SET channel = 'smsgate'"))


@pytest.mark.parametrize("received_at", [AHEAD, UNSET, None, PAST, ""], ids=["ahead", "unset", "none", "past", "empty"])
@pytest.mark.parametrize("picture", [None, "/9j/4A=="])
@pytest.mark.parametrize("gap_s", [0, 6, 3600])
def test_a_message_in_two_events_is_one_report(
    program: Program, received_at: str | None, picture: str | None, gap_s: int
) -> None:
    bring(program, make("one", received_at, picture=picture), before=timedelta(seconds=gap_s))
    bring(program, make("two", received_at, picture=picture))
    assert [row[0] for row in read(program, "SELECT text FROM report")] == ["no water in Dhading"]
    assert read(program, "SELECT state FROM message WHERE direction = 'in' ORDER BY id") == [
        ("processed",),
        ("repeated",),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"received_at": AHEAD}, {"received_at": LATER}),
        ({"received_at": AHEAD}, {"received_at": LATER, "own_id": "00000002"}),
        ({"received_at": None, "own_id": "00000001"}, {"received_at": None, "own_id": "00000002"}),
        ({"received_at": None, "own_id": None}, {"received_at": None, "own_id": None}),
        ({"received_at": UNSET, "own_id": None}, {"received_at": UNSET, "own_id": None}),
        ({"received_at": AHEAD, "picture": "/9j/4A=="}, {"received_at": AHEAD, "picture": "/9j/4B=="}),
    ],
)
def test_two_messages_with_the_same_words_stay_two(
    program: Program, first: dict[str, Any], second: dict[str, Any]
) -> None:
    bring(program, make("one", **first), before=timedelta(seconds=30))
    bring(program, make("two", **second))
    states = read(program, "SELECT state FROM message WHERE direction = 'in' ORDER BY id")
    assert states == [("processed",), ("processed",)]


def test_after_three_days_the_same_mark_is_another_message(program: Program) -> None:
    bring(program, make("one", None), before=timedelta(days=4))
    bring(program, make("two", None))
    assert read(program, "SELECT state FROM message WHERE direction = 'in' ORDER BY id") == [("processed",)] * 2


def test_an_answer_that_comes_twice_is_not_the_answer_to_the_next_question(program: Program) -> None:
    bring(program, make("one", AHEAD), before=timedelta(seconds=60))
    bring(program, make("two", LATER, words="1"), before=timedelta(seconds=20))
    bring(program, make("three", LATER, words="1"))
    assert read(program, "SELECT state FROM message WHERE direction = 'in' ORDER BY id")[-1] == ("repeated",)


@pytest.mark.parametrize(
    ("told", "is_one"),
    [("2026-11-20T08:15:12+00:00", True), ("1794816000", True), ("1794816000123", True), ("20261120081512", True),
     ("2026-11-20T08:15", False), ("2026-11-20", False), ("", False)],
)  # fmt: skip
def test_a_time_without_seconds_tells_no_twin(told: str, is_one: bool) -> None:
    assert (make_twin(datetime.now(UTC), told) is not None) is is_one
    assert make_twin(None, told) is None


def test_ids_of_earlier_versions_are_keyed_and_a_repetition_is_still_known(program: Program) -> None:
    plain = make_content_id(b"+9779800000001 no water")
    message = InboundMessage(plain, "+9779800000001", LINE, "no water in Dhading")
    program.receiver.receive("smsgate", [message])
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET external_id = :plain"), {"plain": plain})
    with program.app.begin() as connection:
        assert key_old_ids(connection, program.pseudonyms) == 1
        assert key_old_ids(connection, program.pseudonyms) == 0
    program.receiver.receive("smsgate", [message])
    assert read(program, "SELECT external_id FROM message") == [(key_id(program.pseudonyms, plain),)]

"""What a gateway's call is known by, and in which encodings its words may come."""

import json
from datetime import UTC, datetime

import pytest

from channels import parse_fields
from channels.base.errors import BodyUnreadable
from channels.base.request import GatewayRequest
from channels.parse_fields import make_id

SAID = {"text": "pa gen dlo, पानी छैन"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_body_is_read_in_every_encoding_that_json_comes_in(encoding: str) -> None:
    body = json.dumps(SAID, ensure_ascii=False).encode(encoding)
    assert GatewayRequest("u", {}, body, {}).json() == SAID


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"\x00\x00\xfe\xff{", b"[1]", b"\xef\xbb\xbf"])
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        GatewayRequest("u", {}, body, {}).json()


def test_the_same_call_on_another_day_is_another_message(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        today_is = datetime(2026, 11, 23, 8, tzinfo=UTC)

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
            return cls.today_is

    monkeypatch.setattr(parse_fields, "datetime", Clock)
    request = GatewayRequest("u", {}, b"from=1&text=no+water", {})
    first = make_id(request)
    Clock.today_is = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert make_id(request) == first
    Clock.today_is = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert make_id(request) != first

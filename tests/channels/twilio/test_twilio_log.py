"""Reading Twilio's list of messages: patience with its failures, and none with what cannot get better."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from channels.base.errors import LogUnreadable
from channels.base.items import InboundMessage
from channels.twilio.client import make_client
from channels.twilio.message_log import TwilioLog
from reporting.models.base import now
from tests.fake_twilio import FakeTwilio

LINE = "+15005550006"


def read(
    twilio: FakeTwilio, pauses: list[float], since: datetime | None = None, until: datetime | None = None
) -> list[InboundMessage]:
    client = make_client(twilio.account_sid, twilio.auth_token, twilio.url)
    log = TwilioLog(client, answers_keywords=True, api_url=twilio.url, pause=pauses.append)
    batches = log.list_inbound(since or now() - timedelta(days=1), until or now(), [LINE])
    return [message for batch in batches for message in batch]


def words(messages: Sequence[InboundMessage]) -> list[str]:
    return [message.text for message in messages]


def test_twilio_failing_for_a_while_is_waited_for_with_growing_pauses(fake_twilio: FakeTwilio) -> None:
    fake_twilio.receive("no water")
    fake_twilio.fail_next(429)
    fake_twilio.fail_next(503, times=2)
    pauses: list[float] = []
    assert words(read(fake_twilio, pauses)) == ["no water"]
    assert pauses == sorted(set(pauses))
    assert len(pauses) == 3


@pytest.mark.parametrize(("status", "times", "is_refused"), [(500, 9, False), (429, 9, False), (401, 1, True)])
def test_a_failure_that_stays_is_told_with_its_status(
    fake_twilio: FakeTwilio, status: int, times: int, is_refused: bool
) -> None:
    fake_twilio.fail_next(status, times=times)
    with pytest.raises(LogUnreadable) as caught:
        read(fake_twilio, [])
    assert (caught.value.code, caught.value.is_refused) == (f"http_{status}", is_refused)


def test_a_server_that_is_not_there_is_told_too(fake_twilio: FakeTwilio) -> None:
    fake_twilio.url = "http://127.0.0.1:9"
    pauses: list[float] = []
    with pytest.raises(LogUnreadable, match="ConnectionError"):
        read(fake_twilio, pauses)
    assert len(pauses) == 4


def test_a_message_reads_as_its_webhook_does(fake_twilio: FakeTwilio) -> None:
    fake_twilio.receive("STOP")
    fake_twilio.receive("road blocked", sender="whatsapp:+9779800000001", media=[("image/jpeg", b"x")])
    stop, picture = read(fake_twilio, [])
    assert stop.is_gateway_answered
    assert (picture.address, picture.campaign_address, picture.is_gateway_answered) == (
        "whatsapp:+9779800000001",
        LINE,
        False,
    )
    (reference,) = picture.media
    form = fake_twilio.webhook_form(picture.external_id)
    assert (reference.url, reference.content_type) == (form["MediaUrl0"], "image/jpeg")


def test_the_time_asked_for_is_kept_to_the_second_though_twilio_knows_days(fake_twilio: FakeTwilio) -> None:
    at = (now() - timedelta(hours=3)).replace(microsecond=0)
    for seconds in (-1, 0, 60, 61):
        fake_twilio.receive(f"at {seconds}", at=at + timedelta(seconds=seconds))
    assert words(read(fake_twilio, [], at, at + timedelta(seconds=60))) == ["at 0", "at 60"]


def test_media_that_twilio_has_no_more_are_left_out(fake_twilio: FakeTwilio) -> None:
    fake_twilio.receive("look", media=[("image/jpeg", b"x")])
    fake_twilio.fail_next(404, after=1)
    (message,) = read(fake_twilio, [])
    assert (message.text, message.media) == ("look", ())

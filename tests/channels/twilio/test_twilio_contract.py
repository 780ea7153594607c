"""Every call that we make of Twilio's REST interface is one that Twilio's own description knows; Prism says so."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from channels.base.errors import LogUnreadable, SendError
from channels.base.gateway import Gateway
from channels.twilio import channel as twilio
from channels.twilio.client import make_client
from channels.twilio.message_log import TwilioLog
from tests.fake_twilio import FakeTwilio, run_fake_twilio
from tests.prism_server import find_description, read_description, run_prism

LINE = "+15005550006"
PHONE = "+9779800000001"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Contract:
    """The stand-in, the address of Prism before it, and the description."""

    fake: FakeTwilio
    url: str
    description: dict[str, Any]

    def make_gateway(self) -> Gateway:
        """Our own gateway, as the settings make it, calling Prism."""
        options = {"auth_tokens": [self.fake.auth_token], "account_sid": self.fake.account_sid, "api_url": self.url}
        return twilio.ADAPTER.make("twilio", options, "https://baraza.example.org")

    @property
    def messages_url(self) -> str:
        return f"{self.url}/2010-04-01/Accounts/{self.fake.account_sid}/Messages.json"

    @property
    def auth(self) -> tuple[str, str]:
        return self.fake.account_sid, self.fake.auth_token


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """Prism starts once: it takes some seconds to read the description."""
    found = find_description()
    if found is None:
        pytest.skip("there is no specs/twilio_api_v2010.json beside the checkout")
    description = read_description(found)
    path: Path = tmp_path_factory.mktemp("prism") / "twilio.json"
    path.write_text(json.dumps(description), encoding="utf-8")
    with run_fake_twilio() as fake, run_prism(path, fake.url) as url:
        yield Contract(fake, url, description)


@pytest.fixture
def contract(started: Contract) -> Contract:
    """An account in which nothing has happened yet."""
    started.fake.reset()
    return started


def test_the_description_says_by_its_own_examples_that_addresses_in_lists_are_relative() -> None:
    found = find_description()
    if found is None:
        pytest.skip("there is no specs/twilio_api_v2010.json beside the checkout")
    operation = json.loads(found.read_text())["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]
    content = operation["responses"]["200"]["content"]["application/json"]
    assert content["schema"]["properties"]["next_page_uri"]["format"] == "uri"
    assert content["examples"]["readFullPage1"]["value"]["next_page_uri"].startswith("/2010-04-01/")


@pytest.mark.parametrize(
    ("campaign_address", "address"),
    [(LINE, PHONE), (f"whatsapp:{LINE}", f"whatsapp:{PHONE}"), (f"whatsapp:{LINE}", PHONE)],
)
def test_a_text_leaves_as_the_description_wants_it(contract: Contract, campaign_address: str, address: str) -> None:
    sender = contract.make_gateway().sender
    assert sender is not None
    sid = sender.send(campaign_address=campaign_address, address=address, text="Thank you. Your reference is ABC.")
    (record,) = contract.fake.sent
    assert (record["sid"], record["from"], record["body"]) == (
        sid,
        campaign_address,
        "Thank you. Your reference is ABC.",
    )
    assert record["to"].startswith("whatsapp:") == campaign_address.startswith("whatsapp:")
    assert contract.fake.callbacks == {sid: "https://baraza.example.org/channels/twilio/status"}


def test_what_twilio_refuses_is_told_with_its_code(contract: Contract) -> None:
    sender = contract.make_gateway().sender
    assert sender is not None
    contract.fake.opted_out.add(PHONE)
    contract.fake.invalid.add("+9770000000000")
    for address, code, is_opt_out in ((PHONE, "21610", True), ("+9770000000000", "21211", False)):
        with pytest.raises(SendError) as caught:
            sender.send(campaign_address=LINE, address=address, text="x")
        assert (caught.value.code, caught.value.retryable, caught.value.is_opt_out) == (code, False, is_opt_out)
    for status, code in ((429, "20429"), (503, "503")):
        contract.fake.fail_next(status)
        with pytest.raises(SendError) as caught:
            sender.send(campaign_address=LINE, address="+9779800000002", text="x")
        assert (caught.value.code, caught.value.retryable) == (code, True)


def test_the_log_is_listed_page_by_page_with_its_media_as_the_description_has_it(contract: Contract) -> None:
    log = contract.make_gateway().log
    assert log is not None
    began = NOW - timedelta(hours=2)
    texts = [f"no water {number}" for number in range(2100)]
    for number, text in enumerate(texts):
        contract.fake.receive(text, sender=f"+97798{number:08d}", at=began + timedelta(seconds=number))
    contract.fake.receive("look", media=[("image/jpeg", b"x"), ("image/png", b"y")], at=NOW)
    contract.fake.receive("to somebody else", campaign_address="+15005550009", at=NOW)
    batches = list(log.list_inbound(NOW - timedelta(days=1), NOW, [LINE]))
    listed = [message for batch in batches for message in batch]
    assert [message.text for message in listed] == [*texts, "look"]
    assert max(map(len, batches)) <= 1000
    assert [media.content_type for media in listed[-1].media] == ["image/jpeg", "image/png"]
    path = listed[-1].media[1].url.removeprefix(contract.url)
    # The description has no word of the bytes themselves, so they are not asked for by way of Prism.
    assert requests.get(contract.fake.url + path, auth=contract.auth, timeout=10).content == b"y"
    described = contract.description["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]["parameters"]
    names = {name for call in contract.fake.calls for name, _ in parse_qsl(urlsplit(call.partition(" ")[2]).query)}
    assert {"To", "DateSent>", "DateSent<", "PageSize", "Page", "PageToken"} <= names
    assert names <= {parameter["name"] for parameter in described}


def test_what_became_of_texts_is_listed_as_the_description_has_it(contract: Contract) -> None:
    gateway = contract.make_gateway()
    assert gateway.sender is not None
    assert gateway.log is not None
    sids = [gateway.sender.send(campaign_address=LINE, address=PHONE, text=f"text {number}") for number in range(3)]
    contract.fake.set_status(sids[0], "delivered")
    contract.fake.set_status(sids[1], "undelivered", 30003)
    moment = datetime.now(UTC)
    listed = [
        report for batch in gateway.log.list_reports(moment - timedelta(hours=1), moment, [LINE]) for report in batch
    ]
    assert {(report.external_id, report.state, report.error_code) for report in listed} == {
        (sids[0], "delivered", None),
        (sids[1], "failed", "30003"),
    }


def test_one_message_and_its_media_are_fetched_as_the_description_has_it(contract: Contract) -> None:
    sid = contract.fake.receive("look", media=[("image/jpeg", b"x")], at=NOW)
    message = make_client(*contract.auth, contract.url).messages(sid)
    assert message.fetch().body == "look"
    (media,) = message.media.list()
    assert message.media(media.sid).fetch().content_type == "image/jpeg"


@pytest.mark.parametrize(
    "form",
    [{"From": LINE, "Body": "nobody to send to"}, {"To": PHONE, "From": LINE, "Body": "x", "ValidityPeriod": "long"}],
)
def test_a_call_that_is_not_as_described_is_caught_and_never_arrives(contract: Contract, form: dict[str, str]) -> None:
    answer = requests.post(contract.messages_url, data=form, auth=contract.auth, timeout=10)
    assert answer.status_code == 422
    assert answer.json()["validation"][0]["location"][0] == "body"
    assert contract.fake.calls == []
    assert (
        requests.get(contract.messages_url, params={"PageSize": 5000}, auth=contract.auth, timeout=10).status_code
        == 422
    )
    assert requests.get(contract.messages_url, timeout=10).status_code == 401
    assert (
        requests.get(contract.messages_url.replace("Messages", "Texts"), auth=contract.auth, timeout=10).status_code
        == 404
    )


def test_an_answer_that_is_not_as_described_is_caught(contract: Contract) -> None:
    sid = contract.fake.receive("no water", at=NOW)
    contract.fake.records[sid]["status"] = "somewhere"
    client = make_client(*contract.auth, contract.url)
    log = TwilioLog(client, answers_keywords=False, pause=lambda _: None)
    with pytest.raises(LogUnreadable, match="http_500"):
        list(log.list_inbound(NOW - timedelta(days=1), NOW, [LINE]))

"""A stand-in for Twilio that remembers: texts, their delivery, opt-outs, a log, media; real HTTP, Twilio's shapes.

    def test_something(fake_twilio: FakeTwilio) -> None:  # or `with run_fake_twilio() as twilio:`
        twilio.url, twilio.account_sid, twilio.auth_token # for TWILIO_API_URL and so on (`settings_of` does it)
        twilio.receive("no water", sender="+977...")      # a phone texts: into the log, and to `webhook_url` if set
        twilio.receive("...", is_webhook_down=True)       # ... Twilio could not reach us: it is in the log only
        twilio.receive("look", media=[("image/jpeg", data)])
        twilio.opted_out.add("+977...")                   # sending to it is refused with 21610
        twilio.fail_next(503, times=2)                    # the next two calls of the API; `fail_next(429)` is 20429
        twilio.sent                                       # what we sent, oldest first, as the API would show it
        twilio.report(sid, "delivered", "sent")           # signed status callbacks, in this order
        twilio.set_status(sid, "delivered")               # it is so in the log, but no callback came
        twilio.calls                                      # "GET /2010-04-01/...?..." of every call so far

Webhooks are called by `twilio.post(url, form, headers)`: real HTTP unless a test puts its Flask client there
(`through(client)`).
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from config.settings import Settings
from tests.fake_twilio_api import VERSION, Api, Record
from tests.gateway import sign, twilio_form

Post = Callable[[str, Mapping[str, str], Mapping[str, str]], int]


def post_over_http(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
    """Call a webhook for real; its status, or 0 when nobody is there."""
    try:
        return requests.post(url, data=form, headers=headers, timeout=60).status_code
    except requests.ConnectionError:
        return 0


def through(client: FlaskClient) -> Post:
    """Call webhooks of an application that has no server."""
    return lambda url, form, headers: client.post(urlsplit(url).path, data=form, headers=headers).status_code


@dataclass
class FakeTwilio:
    """One account. Everything may be changed while it runs; `reset` forgets all."""

    account_sid: str = f"AC{'a1' * 16}"
    auth_token: str = "a-token-of-the-tests"
    url: str = ""
    webhook_url: str | None = None
    post: Post = post_over_http
    redirects_media: bool = False  # as Twilio does: the API sends to another host for the bytes
    opted_out: set[str] = field(default_factory=set)
    invalid: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)  # by sid, in the order of their making
    media: dict[str, list[tuple[str, str, bytes]]] = field(default_factory=dict)
    callbacks: dict[str, str] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def sent(self) -> list[Record]:
        """Texts that were sent through the API."""
        return [record for record in self.records.values() if record["direction"] == "outbound-api"]

    def reset(self) -> None:
        """Forget everything but the address and the account."""
        fresh = FakeTwilio()
        for name in ("webhook_url", "post", "redirects_media", "opted_out", "invalid", "calls", "records", "media",
                     "callbacks", "failures"):  # fmt: skip
            setattr(self, name, getattr(fresh, name))

    def fail_next(self, status: int, *, times: int = 1, after: int = 0) -> None:
        """Let the next calls of the API end with this status, when `after` more have gone well."""
        self.failures += [0] * after + [status] * times

    def receive(
        self,
        text: str,
        *,
        sender: str = "+9779800000001",
        campaign_address: str = "+15005550006",
        at: datetime | None = None,
        media: Sequence[tuple[str, bytes]] = (),
        is_webhook_down: bool = False,
    ) -> str:
        """A phone texts us; returns the sid. `media` are (content type, bytes)."""
        sid = self.make_sid("MM" if media else "SM")
        self.records[sid] = self.make_record(
            sid, sender, campaign_address, text, "inbound", "received", at, str(len(media))
        )
        self.media[sid] = [(self.make_sid("ME"), kind, data) for kind, data in media]
        if self.webhook_url and not is_webhook_down:
            self.call_back(self.webhook_url, self.webhook_form(sid))
        return sid

    def webhook_form(self, sid: str) -> dict[str, str]:
        """The fields with which Twilio calls the webhook for this message."""
        record = self.records[sid]
        form = twilio_form(record["body"], sender=record["from"], campaign_address=record["to"], sid=sid)
        form |= {"AccountSid": self.account_sid, "NumMedia": record["num_media"]}
        for number, (media_sid, kind, _) in enumerate(self.media[sid]):
            path = f"/{VERSION}/Accounts/{self.account_sid}/Messages/{sid}/Media/{media_sid}"
            form |= {f"MediaUrl{number}": self.url + path, f"MediaContentType{number}": kind}
        return form

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> None:
        """What the log says of a text from now on."""
        self.records[sid] |= {"status": status, "error_code": error_code, "date_updated": show(datetime.now(UTC))}

    def report(self, sid: str, *statuses: str, error_code: int | None = None) -> list[int]:
        """Call the text's StatusCallback for each status in turn; the answers' HTTP statuses."""
        record, answers = self.records[sid], []
        for status in statuses:
            self.set_status(sid, status, error_code)
            form = {
                "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "To": record["to"],
                "From": record["from"], "AccountSid": self.account_sid, "ApiVersion": VERSION,
            }  # fmt: skip
            if error_code is not None:
                form["ErrorCode"] = str(error_code)
            answers.append(self.call_back(self.callbacks[sid], form))
        return answers

    def call_back(self, url: str, form: Mapping[str, str]) -> int:
        return self.post(url, form, sign(url, form, self.auth_token))

    def make_sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):08x}{secrets.token_hex(12)}"

    def make_record(  # the fields of Twilio's Message resource
        self, sid: str, sender: str | None, to: str, body: str, direction: str, status: str,
        at: datetime | None = None, num_media: str = "0",
    ) -> Record:  # fmt: skip
        uri = f"/{VERSION}/Accounts/{self.account_sid}/Messages/{sid}"
        shown = show(at or datetime.now(UTC))
        return {
            "sid": sid, "account_sid": self.account_sid, "api_version": VERSION, "body": body, "from": sender, "to": to,
            "date_created": shown, "date_sent": shown, "date_updated": shown, "direction": direction, "status": status,
            "error_code": None, "error_message": None, "messaging_service_sid": None, "num_media": num_media,
            "num_segments": "1", "price": None, "price_unit": None, "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }  # fmt: skip


def show(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


@contextmanager
def run_fake_twilio() -> Iterator[FakeTwilio]:
    """Serve one on a free port of this machine."""
    fake = FakeTwilio()
    server = make_server("127.0.0.1", 0, Api(fake).make_app(), threaded=True)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="fake-twilio", daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


def settings_of(settings: Settings, fake: FakeTwilio, *, api_url: str | None = None) -> Settings:
    """The same settings with the account of this stand-in."""
    return replace(
        settings, twilio_account_sid=fake.account_sid, twilio_auth_tokens=(fake.auth_token,),
        twilio_api_url=api_url or fake.url,
    )  # fmt: skip

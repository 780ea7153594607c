"""The REST side of the stand-in for Twilio (tests/fake_twilio.py): paths, errors, lists as Twilio pages them."""

from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request

VERSION = "2010-04-01"
_MAX_PAGE = 1000
_DEFAULT_PAGE = 50
# Twilio's words for its codes; the status is that of the HTTP answer.
_ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number"),
    21604: (400, "A 'To' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21619: (400, "A text message body or media urls must be specified."),
}

Record = dict[str, Any]


class Account(Protocol):
    """What the API needs of the stand-in."""

    account_sid: str
    auth_token: str
    url: str
    redirects_media: bool
    opted_out: set[str]
    invalid: set[str]
    calls: list[str]
    records: dict[str, Record]
    media: dict[str, list[tuple[str, str, bytes]]]
    callbacks: dict[str, str]
    failures: list[int]

    def make_sid(self, prefix: str) -> str: ...

    def make_record(self, sid: str, sender: str | None, to: str, body: str, direction: str, status: str) -> Record: ...


class Api:
    """The API of one account."""

    def __init__(self, fake: Account) -> None:
        self._fake = fake

    def make_app(self) -> Flask:
        """The API as an application."""
        app, base = Flask("fake_twilio"), f"/{VERSION}/Accounts/{self._fake.account_sid}/Messages"
        app.before_request(self._admit)
        app.add_url_rule(f"{base}.json", "create", self._create, methods=["POST"])
        app.add_url_rule(f"{base}.json", "list", self._list)
        app.add_url_rule(f"{base}/<sid>.json", "fetch", self._fetch)
        app.add_url_rule(f"{base}/<sid>/Media.json", "list_media", self._list_media)
        app.add_url_rule(f"{base}/<sid>/Media/<media_sid>.json", "fetch_media", self._fetch_media)
        app.add_url_rule(f"{base}/<sid>/Media/<media_sid>", "bytes", self._send_media)
        app.add_url_rule("/cdn/<sid>/<media_sid>", "cdn", self._send_media)
        return app

    def _admit(self) -> tuple[Response, int] | None:
        self._fake.calls.append(f"{request.method} {request.full_path.rstrip('?')}")
        if request.endpoint == "cdn":
            return None
        if self._fake.failures and (status := self._fake.failures.pop(0)):
            return _refuse(20429) if status == 429 else (jsonify(code=status, message="Failure", status=status), status)
        auth = request.authorization
        if auth is None or (auth.username, auth.password) != (self._fake.account_sid, self._fake.auth_token):
            return _refuse(20003)
        return None

    def _create(self) -> tuple[Response, int]:
        form = request.form
        to = form.get("To", "")
        if not to:
            return _refuse(21604)
        if to in self._fake.invalid or not any(character.isdigit() for character in to):
            return _refuse(21211)
        if not form.get("Body") and not form.get("MediaUrl"):
            return _refuse(21619)
        if to in self._fake.opted_out:
            return _refuse(21610)
        sid = self._fake.make_sid("SM")
        record = self._fake.make_record(sid, form.get("From"), to, form.get("Body", ""), "outbound-api", "queued")
        record["messaging_service_sid"] = form.get("MessagingServiceSid")
        self._fake.records[sid], self._fake.media[sid] = record, []
        if "StatusCallback" in form:
            self._fake.callbacks[sid] = form["StatusCallback"]
        return jsonify(record), 201

    def _list(self) -> Response:
        """Newest first, filtered as Twilio does; a page begins behind the message that its token names."""
        chosen = sorted(
            (record for record in list(self._fake.records.values()) if _is_asked_for(record)),
            key=lambda record: (parsedate_to_datetime(record["date_sent"]), record["sid"][2:]),
            reverse=True,
        )
        size = min(int(request.args.get("PageSize", _DEFAULT_PAGE)), _MAX_PAGE)
        token = request.args.get("PageToken", "").removeprefix("PA")
        start = next((index + 1 for index, record in enumerate(chosen) if record["sid"] == token), 0)
        page, number = chosen[start : start + size], int(request.args.get("Page", 0))
        following = None
        if len(chosen) > start + size:
            query = {**request.args.to_dict(), "Page": str(number + 1), "PageToken": f"PA{page[-1]['sid']}"}
            following = f"{request.path}?{urlencode(query)}"
        return jsonify(
            messages=page, page=number, page_size=size, start=start, end=start + max(len(page) - 1, 0),
            uri=request.full_path, first_page_uri=f"{request.path}?PageSize={size}&Page=0", next_page_uri=following,
            previous_page_uri=None,
        )  # fmt: skip

    def _fetch(self, sid: str) -> Response | tuple[Response, int]:
        return jsonify(self._fake.records[sid]) if sid in self._fake.records else _refuse(20404)

    def _media_record(self, sid: str, media_sid: str, kind: str) -> Record:
        date = self._fake.records[sid]["date_created"]
        return {
            "sid": media_sid, "account_sid": self._fake.account_sid, "parent_sid": sid, "content_type": kind,
            "date_created": date, "date_updated": date,
            "uri": f"/{VERSION}/Accounts/{self._fake.account_sid}/Messages/{sid}/Media/{media_sid}.json",
        }  # fmt: skip

    def _list_media(self, sid: str) -> Response:
        records = [self._media_record(sid, media_sid, kind) for media_sid, kind, _ in self._fake.media.get(sid, ())]
        return jsonify(
            media_list=records, page=0, page_size=_DEFAULT_PAGE, start=0, end=max(len(records) - 1, 0),
            uri=request.full_path, first_page_uri=request.path, next_page_uri=None, previous_page_uri=None,
        )  # fmt: skip

    def _fetch_media(self, sid: str, media_sid: str) -> Response | tuple[Response, int]:
        for each, kind, _ in self._fake.media.get(sid, ()):
            if each == media_sid:
                return jsonify(self._media_record(sid, media_sid, kind))
        return _refuse(20404)

    def _send_media(self, sid: str, media_sid: str) -> Any:
        if self._fake.redirects_media and request.endpoint != "cdn":
            return redirect(f"{self._fake.url}/cdn/{sid}/{media_sid}", 307)
        for each, kind, data in self._fake.media.get(sid, ()):
            if each == media_sid:
                return Response(data, content_type=kind)
        return _refuse(20404)


def _is_asked_for(record: Record) -> bool:
    asked, sent = request.args, parsedate_to_datetime(record["date_sent"]).date()
    return (
        asked.get("To") in (None, record["to"])
        and asked.get("From") in (None, record["from"])
        and ("DateSent" not in asked or sent == _day(asked["DateSent"]))
        and ("DateSent>" not in asked or sent >= _day(asked["DateSent>"]))
        and ("DateSent<" not in asked or sent <= _day(asked["DateSent<"]))
    )


def _day(value: str) -> date:
    """Days are all that the list knows; whatever time stands behind one does not count."""
    return datetime.fromisoformat(value.replace("Z", "+00:00")).date()


def _refuse(code: int) -> tuple[Response, int]:
    status, message = _ERRORS[code]
    return jsonify(
        code=code, message=message, more_info=f"https://www.twilio.com/docs/errors/{code}", status=status
    ), status

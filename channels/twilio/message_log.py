"""Twilio's message log: finds the messages that its webhooks lost, with the ids they would have had."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from channels.base.errors import LogUnreadable
from channels.base.items import DeliveryReport, InboundMessage
from channels.base.request import GatewayRequest
from channels.twilio.client import API_URL
from channels.twilio.parse import read_message, read_status

_PAGE = 1000  # Twilio's largest page
_PAUSES_S = (0.5, 1.0, 2.0, 4.0)  # before each retry of a call that failed at Twilio
_NOT_FOUND = 404
_REFUSED = frozenset({401, 403})
_TOO_MANY = 429


class TwilioLog:
    """The messages of an account as `GET Messages.json` lists them.

    Twilio filters by whole days (UTC), so each list is requested with one more day at either end, and filtered here.
    Twilio lists the newest first. We need the oldest first, since an answer must not be processed before the message it
    answers. So the pages are walked to the last one and read from there back to the first.
    """

    def __init__(
        self,
        client: Client,
        *,
        answers_keywords: bool,
        api_url: str | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._answers_keywords = answers_keywords
        self._media_url = (api_url or API_URL).rstrip("/")
        self._pause = pause

    def list_inbound(
        self, since: datetime, until: datetime, campaign_addresses: Sequence[str]
    ) -> Iterator[Sequence[InboundMessage]]:
        """List messages to these addresses sent from `since` to `until`, the oldest first. Raises LogUnreadable."""
        for campaign_address in campaign_addresses:
            for records in self._walk_back(to=campaign_address, **_days(since, until)):
                yield [
                    self._read(record)
                    for record in records
                    if record.direction == "inbound" and _is_within(record, since, until)
                ]

    def list_reports(
        self, since: datetime, until: datetime, campaign_addresses: Sequence[str]
    ) -> Iterator[Sequence[DeliveryReport]]:
        """List delivery reports of messages that these addresses sent from `since` to `until`. Raises LogUnreadable."""
        for campaign_address in campaign_addresses:
            for _, records in self._walk(from_=campaign_address, **_days(since, until)):
                yield [
                    report
                    for record in records
                    if record.direction != "inbound" and _is_within(record, since, until)
                    for report in _read_report(record)
                ]

    def _walk_back(self, **filters: Any) -> Iterator[list[Any]]:
        """Yield the records page by page from the last page to the first, each oldest first.

        Empty lists on the way there.

        A page begins after the message that its URL names, so reading it again gives the same records. The first page
        grows while messages come in, so its records are kept.
        """
        addresses: list[str] = []
        first, last = None, None
        for address, records in self._walk(**filters):
            if address is None:
                first = records
            else:
                addresses.append(address)
                last = records
            yield []
        if last is not None:
            yield _oldest_first(last)
        for address in reversed(addresses[:-1]):
            yield _oldest_first(list(self._get_page(address)))
        if first is not None:
            yield _oldest_first(first)

    def _walk(self, **filters: Any) -> Iterator[tuple[str | None, list[Any]]]:
        """Yield the URL and the records of each page, the newest first; the first page has no URL of its own."""
        page = self._fetch(lambda: self._client.messages.page(page_size=_PAGE, **filters))
        yield None, list(page)
        while address := page.next_page_url:
            page = self._get_page(address)
            yield address, list(page)

    def _get_page(self, address: str) -> Any:
        return self._fetch(lambda: self._client.messages.get_page(address))

    def _read(self, record: Any) -> InboundMessage:
        """Read a record as the webhook would have brought it, with the time when it was sent."""
        form = {
            "MessageSid": record.sid, "SmsSid": record.sid, "AccountSid": record.account_sid or "",
            "From": record.from_ or "", "To": record.to or "", "Body": record.body or "",
            "NumMedia": record.num_media or "0", "NumSegments": record.num_segments or "",
            "ApiVersion": record.api_version or "",
        }  # fmt: skip
        if form["NumMedia"] != "0":
            form |= self._list_media(record.sid)
        request = GatewayRequest(url="", headers={}, body=b"", form=form)
        message = read_message(form, request, answers_keywords=self._answers_keywords)
        return replace(message, sent_at=_sent_at(record))

    def _list_media(self, sid: str) -> dict[str, str]:
        """List the media of a message as fields of the webhook; empty where Twilio no longer has them."""
        try:
            media = list(self._fetch(lambda: self._client.messages(sid).media.page()))
        except LogUnreadable as error:
            if error.code == f"http_{_NOT_FOUND}":
                return {}
            raise
        fields = {}
        for number, item in enumerate(media):
            fields[f"MediaUrl{number}"] = self._media_url + str(item.uri).removesuffix(".json")
            fields[f"MediaContentType{number}"] = item.content_type or ""
        return fields

    def _fetch(self, call: Callable[[], Any]) -> Any:
        """Make a call, with retries and growing pauses while Twilio is unreachable, failing or limiting the rate.

        Raises LogUnreadable.
        """
        for pause_s in (*_PAUSES_S, None):
            try:
                return call()
            except (TwilioException, OSError, ValueError) as error:
                status = _status_of(error)
                is_hopeless = status is not None and status < 500 and status != _TOO_MANY
                if is_hopeless or pause_s is None:
                    code = f"http_{status}" if status else type(error).__name__
                    raise LogUnreadable(code, is_refused=status in _REFUSED) from None
            self._pause(pause_s)
        raise AssertionError  # unreachable: the last try has returned or raised


def _status_of(error: Exception) -> int | None:
    """Find the HTTP status in an error, where the library hides it in the arguments; None without a response."""
    if isinstance(error, TwilioRestException):
        return int(error.status)
    response = error.args[1] if len(error.args) > 1 else None
    status = getattr(response, "status_code", None)
    return int(status) if status is not None else None


def _days(since: datetime, until: datetime) -> dict[str, datetime]:
    """Return the filter for the days (UTC) of a period, with one more day at either end.

    The hours that Twilio counts to a day are uncertain.
    """
    day = timedelta(days=1)
    return {"date_sent_after": _midnight(since) - day, "date_sent_before": _midnight(until) + day}


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _sent_at(record: Any) -> datetime | None:
    moment: datetime | None = record.date_sent or record.date_created
    return moment


def _is_within(record: Any, since: datetime, until: datetime) -> bool:
    """Tell whether a record was sent in the period, in whole seconds; a record without a time is included."""
    sent_at = _sent_at(record)
    return sent_at is None or since.replace(microsecond=0) <= sent_at <= until


def _oldest_first(records: list[Any]) -> list[Any]:
    """Sort records by time, which is in whole seconds; within one second the order of the list decides."""
    ordered = list(reversed(records))
    ordered.sort(key=lambda record: _sent_at(record) or datetime.now(UTC))
    return ordered


def _read_report(record: Any) -> list[DeliveryReport]:
    fields = {"MessageSid": record.sid or "", "MessageStatus": record.status or ""}
    if record.error_code:
        fields["ErrorCode"] = str(record.error_code)
    return [item for item in read_status(fields) if isinstance(item, DeliveryReport)]

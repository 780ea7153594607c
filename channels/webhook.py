"""Processes a gateway's call, for WSGI and the event loop alike: verify, parse, store, answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from prometheus_client import Counter

from channels.base.answers import Answer, ReceiveResult
from channels.base.errors import ChannelError
from channels.base.gateway import Channel
from channels.base.items import Item
from channels.base.request import GatewayRequest
from config.errors import RequestRefused, Unavailable

FORM = "application/x-www-form-urlencoded"

Sink = Callable[[str, Sequence[Item]], ReceiveResult]
ReadCall = Callable[[int], GatewayRequest]  # reads a call of at most so many bytes


class SinkUnavailable(Unavailable):
    """The message could not be stored. The gateway gets 503 and may retry or use its fallback."""


class CallTooLarge(RequestRefused):
    """A body larger than the channel accepts."""


_calls = Counter("baraza_webhook_calls_total", "Calls of gateways by what was answered", ["channel", "outcome"])


@dataclass(frozen=True, slots=True)
class Brought:
    """A verified call and its items, answered once the sink has stored them."""

    channel: Channel
    kind: str
    items: Sequence[Item]

    def answer(self, taken: ReceiveResult) -> Answer:
        """Return the channel's response to the gateway."""
        return _count_answer(self.channel.name, "accepted", self.channel.answer(self.kind, taken))

    def turn_away(self) -> Answer:
        """Return the response where the sink could not store the items.

        503, since after 429 or 500 some gateways drop a message.
        """
        return _count_answer(self.channel.name, "unavailable", Answer("try again\n", "text/plain", 503))


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhooks `/channels/<channel>/<kind>`.

    The channel's own signature protects them, or a token at the end of the path.
    """

    channels: Mapping[str, Channel]
    public_url: str

    def open(self, channel_name: str, kind: str, read: ReadCall) -> Brought | Answer:
        """Verify and parse a call; returns its items, or the response of a refusal."""
        channel = self.channels.get(channel_name)
        if channel is None:
            return _count_answer("unknown", "channel", Answer("channel\n", "text/plain", 404))
        try:
            call = read(channel.max_body_bytes)
            channel.verify(call)
            return Brought(channel, kind, channel.parse(kind, call))
        except ChannelError as error:
            return _count_answer(channel.name, error.reason, Answer(f"{error.reason}\n", "text/plain", error.status))
        except CallTooLarge:
            return _count_answer(channel.name, "too_large", Answer("too large\n", "text/plain", 413))

    def make_call(
        self,
        method: str,
        path: str,
        query: bytes,
        *,
        headers: Mapping[str, str],
        body: bytes,
        token: str | None,
        read_body: Callable[[], Mapping[str, str]],
    ) -> GatewayRequest:
        """Make the request that channels see; `read_body` reads the fields of a posted body."""
        fields = read_form(query) if query else {}
        return GatewayRequest(
            url=f"{self.public_url}{path}{'?' + query.decode('latin-1') if query else ''}",
            headers=headers,
            body=body,
            form=read_body() if method == "POST" else fields,
            method=method,
            query=fields,
            token=token,
        )


def read_form(body: bytes) -> dict[str, str]:
    """Parse a form like `parse_qsl`, in half the time; the first value of a repeated field counts."""
    fields: dict[str, str] = {}
    for pair in body.decode("utf-8", "replace").split("&"):
        if pair:
            name, _, value = pair.partition("=")
            fields.setdefault(_unquote(name), _unquote(value))
    return fields


def _unquote(words: str) -> str:
    """Decode a name or value of a form; most need no decoding."""
    if "+" in words:
        words = words.replace("+", " ")
    return unquote(words, errors="replace") if "%" in words else words


@lru_cache(maxsize=200)
def _count(channel: str, outcome: str) -> Counter:
    return _calls.labels(channel, outcome)


def _count_answer(channel: str, outcome: str, answer: Answer) -> Answer:
    _count(channel, outcome).inc()
    return answer

"""The common parts of all channels: inbound and outbound values, protocols, and errors that say what to do."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from config.errors import BarazaError, RequestRefused, Unavailable

_HALF = re.compile("[\ud800-\udfff]")
_DEEPEST = 32  # deepest nesting of objects and lists
_ZERO_DEGREES = 1e-3  # about a hundred metres


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """A webhook call as it arrived.

    `url` is the public URL from the settings, never built from request headers. `form` holds the fields of the body, or
    of the query string where the call is a GET. `token` is the last part of a path with a secret, for gateways that
    sign nothing.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None

    def json(self, half: str = "?") -> dict[str, Any]:
        """Parse the body as a JSON object, with `half` for each lone surrogate. Raises BodyUnreadable."""
        try:
            value = json.loads(_decode(self.body))
            if _is_deep(value):
                raise BodyUnreadable
            if b"\\u" in self.body or not self.body.isascii():
                value = json.loads(mend_halves(json.dumps(value, ensure_ascii=False), half))
        except (ValueError, RecursionError):
            raise BodyUnreadable from None
        if not isinstance(value, dict):
            raise BodyUnreadable
        return value


def _is_deep(value: Any) -> bool:
    """Tell whether a value is nested deeper than any gateway sends.

    Code that walks it would overflow the stack, if not the JSON parser.
    """
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def mend_halves(words: str, half: str = "?") -> str:
    """Replace each lone surrogate (half a character) by `half`.

    JSON can carry one, but UTF-8 and the database cannot.
    """
    return _HALF.sub(half, words)


def _decode(body: bytes) -> str:
    """Decode a body in any encoding of JSON; a wrong byte is replaced, so that the rest stays readable."""
    encoding = json.detect_encoding(body)
    return body.decode(encoding, "replace")


@dataclass(frozen=True, slots=True)
class MediaReference:
    """A picture or recording at the gateway; a worker downloads it later."""

    url: str
    content_type: str | None = None
    filename: str | None = None


def find_point(lat: float, lon: float) -> tuple[float, float] | None:
    """Return (latitude, longitude) in degrees if they are a valid point, else None.

    A device without a fix sends zeros, so points near 0, 0 do not count: nobody reports from the sea south of Ghana.
    """
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return None if abs(lat) < _ZERO_DEGREES and abs(lon) < _ZERO_DEGREES else (lat, lon)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """An inbound message.

    `party` is the sender's address as replies must spell it, `line` the campaign address, `payload` all that the
    gateway sent. The later fields hold what a channel knows beyond the text:

    - `point`: (latitude, longitude) that the phone sent, with its radius in metres (`point_accuracy_m`);
      `is_point_noted` where nobody asked for it
    - `media`, `language` and `network`: attachments, the language of the form, the client network
    - `follows`: the id of an earlier message that this one continues
    - `answers`: answers to a form, by question code
    - `is_gateway_answered`: the gateway has answered a STOP, START or HELP itself, so that we do not answer twice;
      `order` is the command ("stop", ...) that it saw in the text
    - `is_automatic`: a machine wrote the message (an absence note, a bounce), so that we do not answer;
      `is_notice`: it says nothing else, so that it becomes no report
    - `below`: the text below the subject of an email message, where it may be a command
    - `reference`: the reference that the sender was already told
    - `twin`: the gateway's own id of the message, where each call has another id: two calls with the same twin, sender
      and text are duplicates
    """

    external_id: str
    party: str | None
    line: str | None
    text: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    sent_at: datetime | None = None
    media: Sequence[MediaReference] = ()
    point: tuple[float, float] | None = None
    follows: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    network: str | None = None
    is_gateway_answered: bool = False
    order: str | None = None
    is_automatic: bool = False
    reference: str | None = None
    point_accuracy_m: float | None = None
    is_point_noted: bool = False
    is_notice: bool = False
    below: str | None = None
    twin: str | None = None

    def __post_init__(self) -> None:
        if self.point is not None:
            object.__setattr__(self, "point", find_point(*self.point))


@dataclass(frozen=True, slots=True)
class MessageSegment:
    """One segment of a concatenated SMS that the gateway does not join: `number` (from 1) of `total`.

    `group` is the same for all segments; `message` has the segment's own text and id.
    """

    message: InboundMessage
    group: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery report. `state` is one of our own states: sent, delivered or failed.

    `is_opt_out` tells that the message failed because the recipient opted out at the gateway.
    """

    external_id: str
    state: str
    error_code: str | None = None
    is_opt_out: bool = False


@dataclass(frozen=True, slots=True)
class MenuStep:
    """A USSD session so far: all `inputs` in their order, none at its start; `is_over` when it has ended."""

    session: str
    party: str | None
    line: str | None
    inputs: tuple[str, ...]
    payload: Mapping[str, Any] = field(default_factory=dict)
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll: a pull gateway asks for messages to send.

    `most` limits their number. `echo` is what the gateway wants returned. Without `confirms` the gateway never
    acknowledges, so what it was handed counts as sent.
    """

    most: int = 20
    echo: str | None = None
    confirms: bool = True


@dataclass(frozen=True, slots=True)
class PullAck:
    """A pull gateway's acknowledgement: it has stored these messages and asks which of them to send."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultPoll:
    """A pull gateway asks for which messages we want delivery reports."""

    most: int = 100


Item = InboundMessage | MessageSegment | DeliveryReport | MenuStep | Poll | PullAck | ResultPoll


@dataclass(frozen=True, slots=True)
class Screen:
    """The next screen of a USSD session; `is_last` ends the session."""

    text: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class PulledMessage:
    """An outbound message for a pull gateway; `id` is what the gateway acknowledges."""

    id: str
    party: str
    text: str


@dataclass(frozen=True, slots=True)
class ReceiveResult:
    """The result of a call beyond being stored: the next USSD screen, or the messages for a poll.

    `ids` are the messages that a pull gateway shall send, or report on; None where it did not ask.
    """

    screen: Screen | None = None
    texts: Sequence[PulledMessage] = ()
    ids: Sequence[str] | None = None
    echo: str | None = None


NOTHING_MORE = ReceiveResult()


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to the gateway once the call is stored. One with personal data (`is_personal`) is never cached."""

    body: str
    content_type: str
    status: int = 200
    is_personal: bool = False


class ChannelError(RequestRefused):
    """Base of refusals by a channel. `status` is the HTTP status, `reason` a constant for the metrics."""

    status = 400
    reason = "refused"


class SignatureRefused(ChannelError):
    """The call has no valid webhook signature for this URL."""

    status = 403
    reason = "signature"


class BodyUnreadable(ChannelError):
    """The body breaks the gateway's contract. Raised only after the signature was verified."""

    status = 400
    reason = "body"


class KindUnknown(ChannelError):
    """The channel has no such kind of call."""

    status = 404
    reason = "kind"


class SendError(BarazaError):
    """An outbound message could not be sent. `retryable`: a retry can help; `is_opt_out`: the recipient opted out."""

    def __init__(self, code: str, *, retryable: bool, is_opt_out: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.is_opt_out = is_opt_out


MAX_BODY_BYTES = 64 * 1024  # of a call, for all channels whose calls contain no pictures


class Channel(Protocol):
    """An inbound channel: first verifies a call, then parses it. Each channel is one file.

    A call larger than `max_body_bytes` is answered with 413 before any of it is read.
    """

    name: str
    max_body_bytes: int

    def verify(self, request: GatewayRequest) -> None:
        """Verify that the gateway made this call. Raises SignatureRefused."""

    def parse(self, kind: str, request: GatewayRequest) -> Sequence[Item]:
        """Parse the call into items.

        Raises KindUnknown for a kind the channel does not have, BodyUnreadable for a bad body.
        """

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:
        """Return the response that tells the gateway that the call is stored."""


class OutboundChannel(Protocol):
    """An outbound channel."""

    def send(self, *, line: str, party: str, text: str) -> str:
        """Send one message through the gateway and return its id there. Raises SendError."""


@dataclass(frozen=True, slots=True)
class MediaAccess:
    """Which hosts a channel's media may be downloaded from, and with which credentials.

    Nothing else is ever downloaded, whatever a message says. A host may have a port after a colon. Downloads use HTTPS
    and public addresses only, except for hosts listed as an address of a private network. Credentials are user and
    password, or a bearer `token`, made anew for each call. `redirect_hosts` are where the hosts may redirect to; they
    never get the credentials.
    """

    hosts: frozenset[str]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    redirect_hosts: frozenset[str] = frozenset()
    token: Callable[[], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """A mailbox that we read by IMAP.

    `addresses` are our campaign addresses; the first one is used where an email message names none of them.
    `trusted_server` is the name under which the mail server writes Authentication-Results; None where it writes none.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_tls: bool
    addresses: tuple[str, ...]
    trusted_server: str | None = None


class LogUnreadable(Unavailable):
    """A gateway's message log could not be read. `is_refused`: the gateway refuses our credentials."""

    def __init__(self, code: str, *, is_refused: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_refused = is_refused


class MessageLog(Protocol):
    """A gateway that lists its messages, so that those lost by its webhooks can be read there.

    Both lists come batch by batch and are never whole in memory; an empty batch means that more will come. `lines` are
    our campaign addresses. Both methods raise LogUnreadable.
    """

    def list_inbound(
        self, since: datetime, until: datetime, lines: Sequence[str]
    ) -> Iterator[Sequence[InboundMessage]]:
        """List the messages to `lines`, for each the oldest first, with the ids that the webhook would have given."""

    def list_reports(
        self, since: datetime, until: datetime, lines: Sequence[str]
    ) -> Iterator[Sequence[DeliveryReport]]:
        """List the delivery reports of messages from `lines`."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One configured connection to a gateway: inbound, outbound, or both."""

    channel: Channel | None = None
    sender: OutboundChannel | None = None
    media: MediaAccess | None = None
    log: MessageLog | None = None
    mailbox: MailboxAccess | None = None
    texts_per_second: float | None = None  # rate limit of the gateway; None where it has none
    is_polling: bool = False  # a pull gateway: it fetches its messages instead of being called

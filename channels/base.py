"""What every channel has in common: the values that go in and out, and the errors that carry the decision."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from config.errors import BarazaError, RequestRefused, Unavailable

_HALF = re.compile("[\ud800-\udfff]")
_DEEPEST = 32  # objects and lists within each other
_ZERO_DEGREES = 1e-3  # about a hundred metres


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """A webhook call as it arrived: `url` is the public one from the settings, never built from request headers.

    `form` holds the fields of the body, or of the address where the call is a GET. `token` is the last part of a path
    that carries a secret, for gateways that sign nothing.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None

    def json(self, half: str = "?") -> dict[str, Any]:
        """The body as a JSON object, with `half` for each half of a character. Raises BodyUnreadable."""
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
    """Whether something stands within more things than any gateway sends: whoever works with it would run out of
    stack, sooner or later than the reader does."""
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
    """The words with `half` for each half of a character: JSON can carry one, and nothing else can."""
    return _HALF.sub(half, words)


def _decode(body: bytes) -> str:
    """The words of a body in any encoding that JSON was ever sent in; a wrong byte must not cost the other words."""
    encoding = json.detect_encoding(body)
    return body.decode(encoding, "replace")


@dataclass(frozen=True, slots=True)
class MediaReference:
    """A picture or a recording that the gateway keeps for us; a worker fetches it later."""

    url: str
    content_type: str | None = None
    filename: str | None = None


def find_point(lat: float, lon: float) -> tuple[float, float] | None:
    """The point of a latitude and a longitude in degrees; None for what is none.

    A device without a fix sends zeros, and the sea south of Ghana has nobody to report from.
    """
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return None if abs(lat) < _ZERO_DEGREES and abs(lon) < _ZERO_DEGREES else (lat, lon)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message that reached us. `party` is the sender as replies must spell it, `payload` all that the gateway sent.

    What a channel knows beyond the words stands in the later fields: a `point` (latitude, longitude) that the phone
    sent, with the radius in metres that it was sure of (`point_accuracy_m`; `is_point_noted` where nobody asked for
    it), `media`, the id of an earlier message that this one goes on with (`follows`), what a form asked (`answers` by
    code), the language it was filled in, the network it came from. `is_gateway_answered` says that the gateway has
    itself answered a STOP, START or HELP, so that we do not answer twice, and `order` which of the three ("stop", ...)
    it took the words for; `is_automatic` that a machine wrote it (an absence note, a bounce), so that we do not answer
    at all, and `is_notice` that it says no more than that, so that nothing is made of it. `below` are the words below a
    letter's subject, without it, where they may be an order. `reference` is the one that the sender was told already.
    `twin` is what a gateway knows the message itself by, where each call has an id of its own: two calls with the same
    twin, sender and words bring one message.
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
    """One part of a long message that the gateway does not put together: number `number` (from 1) of `total`.

    `group` is the same for all parts; `message` has the part's own words and id.
    """

    message: InboundMessage
    group: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of an outbound message. `state` is one of our own states: sent, delivered or failed.

    `is_opt_out` says that it failed because the person asked the gateway for no more messages.
    """

    external_id: str
    state: str
    error_code: str | None = None
    is_opt_out: bool = False


@dataclass(frozen=True, slots=True)
class MenuStep:
    """A USSD session so far: all `inputs` in their order, none at its beginning. `is_over` when nothing more comes."""

    session: str
    party: str | None
    line: str | None
    inputs: tuple[str, ...]
    payload: Mapping[str, Any] = field(default_factory=dict)
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Poll:
    """A gateway that cannot be called asks for the texts it shall send.

    `echo` is what it wants to hear back. One that does not `confirm` has sent what it was handed, as far as it tells.
    """

    most: int = 20
    echo: str | None = None
    confirms: bool = True


@dataclass(frozen=True, slots=True)
class PullAck:
    """A gateway that polls has these texts safe and asks which of them it shall send now."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultPoll:
    """A gateway that polls asks about which texts we want to hear what became of them."""

    most: int = 100


Item = InboundMessage | MessageSegment | DeliveryReport | MenuStep | Poll | PullAck | ResultPoll


@dataclass(frozen=True, slots=True)
class Screen:
    """What a USSD session shows next; `is_last` ends it."""

    text: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class PulledMessage:
    """A text for a gateway that polls; `id` is what it confirms."""

    id: str
    party: str
    text: str


@dataclass(frozen=True, slots=True)
class ReceiveResult:
    """What came of a call beyond that it is stored: the next screen of a session, the texts that a poll takes along.

    `ids` are those of the texts that a gateway which polls shall send, or tell about; None where it did not ask.
    """

    screen: Screen | None = None
    texts: Sequence[PulledMessage] = ()
    ids: Sequence[str] | None = None
    echo: str | None = None


NOTHING_MORE = ReceiveResult()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway wants to hear once the message is stored. One with something `is_personal` in it is not kept."""

    body: str
    content_type: str
    status: int = 200
    is_personal: bool = False


class ChannelError(RequestRefused):
    """Base of what a channel refuses. `status` is the answer to the gateway, `reason` a constant for the metrics."""

    status = 400
    reason = "refused"


class SignatureRefused(ChannelError):
    """The call is not signed by the gateway's key for this URL."""

    status = 403
    reason = "signature"


class BodyUnreadable(ChannelError):
    """The body is not what the gateway's contract says; only calls that proved where they come from get this far."""

    status = 400
    reason = "body"


class KindUnknown(ChannelError):
    """The channel has no such kind of call."""

    status = 404
    reason = "kind"


class SendError(BarazaError):
    """A message did not leave. `retryable` says whether trying again can help; `is_opt_out` that the person left."""

    def __init__(self, code: str, *, retryable: bool, is_opt_out: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.is_opt_out = is_opt_out


MAX_BODY_BYTES = 64 * 1024  # of a call, for all channels that do not bring pictures in it


class Channel(Protocol):
    """A way in: verify first, then parse. One file a channel.

    A larger call than `max_body_bytes` hears 413 before anything of it is read.
    """

    name: str
    max_body_bytes: int

    def verify(self, request: GatewayRequest) -> None:
        """Raise SignatureRefused unless the gateway made this call."""

    def parse(self, kind: str, request: GatewayRequest) -> Sequence[Item]:
        """Read what the call says. Raise KindUnknown for a kind the channel has not, BodyUnreadable for no contract."""

    def answer(self, kind: str, taken: ReceiveResult) -> Answer:
        """The answer that tells the gateway that we have it."""


class OutboundChannel(Protocol):
    """A way out."""

    def send(self, *, line: str, party: str, text: str) -> str:
        """Hand one text to the gateway and return its id there. Raises SendError."""


@dataclass(frozen=True, slots=True)
class MediaAccess:
    """From where a channel's media may be fetched, and how: hosts, and a user with a password where one is asked, or
    a bearer `token`, made anew for each call.

    Nothing else is ever fetched, whatever a message says. A host may have a port behind a colon. It is called by HTTPS
    at a public address, unless it stands here as an address of a private network. `redirect_hosts` are where the hosts
    may send us on to; they never see the password or the token.
    """

    hosts: frozenset[str]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    redirect_hosts: frozenset[str] = frozenset()
    token: Callable[[], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MailboxAccess:
    """A mailbox that we look into ourselves. `addresses` are ours, the first one where a letter names none of them.

    `trusted_server` is the name under which the mail server writes whom it vouches for; None where it does not.
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
    """A gateway's log could not be read. `is_refused` says that the gateway does not take our credentials."""

    def __init__(self, code: str, *, is_refused: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_refused = is_refused


class MessageLog(Protocol):
    """A gateway that keeps a list of what it received and sent: what its webhooks never brought is read there.

    Both lists come batch by batch and are never whole in memory; an empty batch says that more is to come. `lines` are
    our own addresses. Both raise LogUnreadable.
    """

    def list_inbound(
        self, since: datetime, until: datetime, lines: Sequence[str]
    ) -> Iterator[Sequence[InboundMessage]]:
        """What was written to `lines`, the oldest of each first, with the ids that the webhook would have given."""

    def list_reports(
        self, since: datetime, until: datetime, lines: Sequence[str]
    ) -> Iterator[Sequence[DeliveryReport]]:
        """What became of the texts that `lines` sent."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One configured connection with the outside: a way in, a way out, or both."""

    channel: Channel | None = None
    sender: OutboundChannel | None = None
    media: MediaAccess | None = None
    log: MessageLog | None = None
    mailbox: MailboxAccess | None = None
    texts_per_second: float | None = None  # what the gateway takes; None where it sets no limit
    is_polling: bool = False  # it asks for its texts instead of being called

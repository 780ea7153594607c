"""What every channel has in common: the values that go in and out, and the errors that carry the decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """A webhook call as it arrived: `url` is the public one from the settings, never built from request headers."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message that reached us. `party` is the sender as the gateway writes it, `payload` all that it sent."""

    external_id: str
    party: str | None
    line: str | None
    text: str
    payload: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of an outbound message. `state` is one of our own states: sent, delivered or failed."""

    external_id: str
    state: str
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway wants to hear once the message is stored."""

    body: str
    content_type: str
    status: int = 200


class ChannelError(Exception):
    """Base of what a channel refuses. `status` is the answer to the gateway, `reason` a constant for the metrics."""

    status = 400
    reason = "refused"


class SignatureRefused(ChannelError):
    """The call is not signed by the gateway's key for this URL."""

    status = 403
    reason = "signature"


class KindUnknown(ChannelError):
    """The channel has no such kind of call."""

    status = 404
    reason = "kind"


class SendError(Exception):
    """A message did not leave. `retryable` says whether trying again can help."""

    def __init__(self, code: str, *, retryable: bool) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable


class Channel(Protocol):
    """A way in: verify first, then parse. One file a channel."""

    name: str

    def verify(self, request: GatewayRequest) -> None:
        """Raise SignatureRefused unless the gateway signed this call."""

    def parse(self, kind: str, request: GatewayRequest) -> list[InboundMessage | DeliveryReport]:
        """Read what the call says. Raise KindUnknown for a kind the channel has not."""

    def answer(self, kind: str) -> Answer:
        """The answer that tells the gateway that we have it."""


class Sender(Protocol):
    """A way out."""

    def send(self, *, line: str, party: str, text: str) -> str:
        """Hand one text to the gateway and return its id there. Raises SendError."""

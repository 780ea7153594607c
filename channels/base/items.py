"""What a call brings: messages and segments of them, delivery reports, steps of a menu, polls of a pull gateway."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

_ZERO_DEGREES = 1e-3  # about a hundred metres


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDetails:
    """What a channel knows of a message beyond its text; encrypted when stored.

    - `point`: (latitude, longitude) that the phone sent, with its radius in metres (`point_accuracy_m`);
      `is_point_noted` where nobody asked for it
    - `media` and `language`: attachments, the language of the form
    - `follows`: the id of an earlier message that this one continues, whatever it says: a further screen, more pictures
    - `replies_to`: the id of a message of ours or of theirs that it was written in reply to; what it says decides
    - `answers`: answers to a form, by question code
    - `is_gateway_answered`: the gateway has answered a STOP, START or HELP itself, so that we do not answer twice;
      `order` is the command ("stop", ...) that it saw in the text
    - `is_automatic`: a machine wrote the message (an absence note, a bounce), so that we do not answer;
      `is_notice`: it says nothing else, so that it becomes no report
    - `below`: the text below the subject of an email message, where it may be a command
    - `reference`: the reference that the sender was already told
    - `account_id`: the account of ours of whoever filled in the form
    - `browser_hash`: whose browser an anonymous form came from, as a keyed hash of its token
    """

    media: Sequence[MediaReference] = ()
    point: tuple[float, float] | None = None
    follows: str | None = None
    replies_to: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    is_gateway_answered: bool = False
    order: str | None = None
    is_automatic: bool = False
    reference: str | None = None
    point_accuracy_m: float | None = None
    is_point_noted: bool = False
    is_notice: bool = False
    below: str | None = None
    account_id: int | None = None
    browser_hash: int | None = None

    def __post_init__(self) -> None:
        if self.point is not None:
            object.__setattr__(self, "point", find_point(*self.point))

    @property
    def is_placed(self) -> bool:
        """Return whether there is a position that was asked for, or sent on purpose."""
        return self.point is not None and not self.is_point_noted


@dataclass(frozen=True, slots=True)
class InboundMessage(MessageDetails):
    """An inbound message.

    `address` is the sender's address as replies must spell it, `campaign_address` the one of ours that it came to,
    `payload` all that the gateway sent, `network` the client network. `twin` is the gateway's own id of the message,
    where each call has another id: two calls with the same twin, sender and text are duplicates.
    """

    external_id: str
    address: str | None
    campaign_address: str | None
    text: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    sent_at: datetime | None = None
    network: str | None = None
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class MessageSegment:
    """One segment of a concatenated SMS that the gateway does not join: `number` (from 1) of `total`.

    `group` is the same for all segments; `message` has the segment's own text and id.
    """

    message: InboundMessage
    group: str
    number: int
    total: int


class DeliveryState(StrEnum):
    """What a delivery report tells, whatever the gateway calls it."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery report.

    `is_opt_out` tells that the message failed because the recipient opted out at the gateway.
    """

    external_id: str
    state: DeliveryState
    error_code: str | None = None
    is_opt_out: bool = False


@dataclass(frozen=True, slots=True)
class MenuStep:
    """A USSD session so far: all `inputs` in their order, none at its start; `is_over` when it has ended."""

    session: str
    address: str | None
    campaign_address: str | None
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

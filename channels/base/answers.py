"""What a call is answered with: the result of storing it, and the response to the gateway."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """The next screen of a USSD session; `is_last` ends the session."""

    text: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class PulledMessage:
    """An outbound message for a pull gateway; `id` is what the gateway acknowledges."""

    id: str
    address: str
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

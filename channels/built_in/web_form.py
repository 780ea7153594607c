"""The web form as a channel: what somebody filled in, and the message that becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import phonenumbers

from channels.base import InboundMessage, MediaReference
from channels.phone_number import spell_international

NAME: Final = "form"


@dataclass(frozen=True, slots=True)
class Submission:
    """What was filled in and checked. `answers` are by code; `fields` all that the browser sent, as it sent it."""

    text: str
    language: str
    phone: str | None = None
    point: tuple[float, float] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def read_phone(typed: str, region: str) -> str | None:
    """The phone number in its international spelling; None where no such number can be. `region` is ISO 3166-1."""
    number = spell_international(typed, region)
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    return number if number.startswith("+") and phonenumbers.is_possible_number(parsed) else None


def make_message(
    submission: Submission,
    *,
    external_id: str,
    reference: str,
    network: str | None = None,
    media: Sequence[MediaReference] = (),
) -> InboundMessage:
    """The message of a submission."""
    return InboundMessage(
        external_id=external_id,
        party=submission.phone,
        line=None,
        text=submission.text,
        payload=submission.fields,
        media=tuple(media),
        point=submission.point,
        answers=submission.answers,
        language=submission.language,
        network=network,
        reference=reference,
    )

"""The web form as a channel: its checked input, and the conversion to an inbound message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import phonenumbers

from channels.base.items import InboundMessage, MediaReference
from channels.phone_number import spell_international

NAME: Final = "form"


@dataclass(frozen=True, slots=True)
class Submission:
    """The checked input of the form. `answers` are by question code; `fields` is all that the browser sent."""

    text: str
    language: str
    phone: str | None = None
    point: tuple[float, float] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def read_phone(typed: str, region: str) -> str | None:
    """Normalise a typed phone number to international form; None if it is impossible. `region` is ISO 3166-1."""
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
    browser_hash: int | None = None,
) -> InboundMessage:
    """Make the inbound message of a submission."""
    return InboundMessage(
        external_id=external_id,
        address=submission.phone,
        campaign_address=None,
        text=submission.text,
        payload=submission.fields,
        media=tuple(media),
        point=submission.point,
        answers=submission.answers,
        language=submission.language,
        network=network,
        reference=reference,
        browser_hash=browser_hash,
    )

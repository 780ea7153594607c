"""Details of a message besides its body (media, position, answers): encrypted when stored, decrypted for processing."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from channels.base.items import InboundMessage, MediaReference, find_point
from reporting.crypto.pseudonyms import Pseudonyms


@dataclass(frozen=True, slots=True)
class Details:
    """The optional fields of an InboundMessage; documented there."""

    media: tuple[MediaReference, ...] = ()
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

    @property
    def is_placed(self) -> bool:
        """Return whether there is a position that was asked for, or sent on purpose."""
        return self.point is not None and not self.is_point_noted


NO_DETAILS = Details()


def seal_details(pseudonyms: Pseudonyms, message: InboundMessage) -> bytes | None:
    """Encrypt the details of a message; None for a message that has only a body, as nearly all have."""
    if not (
        message.media or message.point or message.follows or message.answers or message.language
        or message.is_gateway_answered or message.order or message.is_automatic or message.reference
        or message.below or message.replies_to or message.account_id or message.browser_hash
    ):  # fmt: skip
        return None
    details = {
        "media": [asdict(media) for media in message.media],
        "point": message.point,
        "point_accuracy_m": message.point_accuracy_m,
        "follows": message.follows,
        "replies_to": message.replies_to,
        "answers": dict(message.answers),
        "language": message.language,
        "is_gateway_answered": message.is_gateway_answered,
        "order": message.order,
        "is_automatic": message.is_automatic,
        "is_point_noted": message.is_point_noted,
        "is_notice": message.is_notice,
        "below": message.below,
        "reference": message.reference,
        "account_id": message.account_id,
        "browser_hash": message.browser_hash,
    }
    return pseudonyms.seal(json.dumps({name: value for name, value in details.items() if value}))


def unseal_details(pseudonyms: Pseudonyms, sealed: bytes | None) -> Details:
    """Decrypt the details of a stored message."""
    if sealed is None:
        return NO_DETAILS
    values = json.loads(pseudonyms.unseal(sealed))
    values["media"] = tuple(MediaReference(**media) for media in values.get("media", ()))
    if point := values.get("point"):
        values["point"] = find_point(float(point[0]), float(point[1]))
    return Details(**values)


def seal_without_media(pseudonyms: Pseudonyms, sealed: bytes | None) -> bytes | None:
    """Remove the media addresses from encrypted details; None if nothing else is left."""
    if sealed is None:
        return None
    values = json.loads(pseudonyms.unseal(sealed))
    values.pop("media", None)
    return pseudonyms.seal(json.dumps(values)) if values else None

"""Details of a message besides its body (media, position, answers): encrypted when stored, decrypted for processing."""

import json
from dataclasses import asdict, fields
from typing import Final

from channels.base.items import InboundMessage, MediaReference, MessageDetails
from reporting.crypto.pseudonyms import Pseudonyms

NO_DETAILS: Final = MessageDetails()
_NAMES: Final = tuple(each.name for each in fields(MessageDetails))


def seal_details(pseudonyms: Pseudonyms, message: InboundMessage) -> bytes | None:
    """Encrypt the details of a message; None for a message that has only a body, as nearly all have."""
    details = {name: value for name in _NAMES if (value := getattr(message, name))}
    if not details:
        return None
    if message.media:
        details["media"] = [asdict(media) for media in message.media]
    if message.answers:
        details["answers"] = dict(message.answers)
    return pseudonyms.seal(json.dumps(details))


def unseal_details(pseudonyms: Pseudonyms, sealed: bytes | None) -> MessageDetails:
    """Decrypt the details of a stored message."""
    if sealed is None:
        return NO_DETAILS
    values = json.loads(pseudonyms.unseal(sealed))
    values["media"] = tuple(MediaReference(**media) for media in values.get("media", ()))
    return MessageDetails(**values)


def seal_without_media(pseudonyms: Pseudonyms, sealed: bytes | None) -> bytes | None:
    """Remove the media addresses from encrypted details; None if nothing else is left."""
    if sealed is None:
        return None
    values = json.loads(pseudonyms.unseal(sealed))
    values.pop("media", None)
    return pseudonyms.seal(json.dumps(values)) if values else None

"""Another message under an id that is known: kept under a longer one, and counted.

Counters of phones, modems and small gateways begin anew, so an id alone does not tell whether a gateway tries again.
The same sender, words and media do. A fingerprint of them, keyed, stays with the id when everything else is erased:
what was erased does not come back, and what is new is not taken for it.
"""

import json
import re
import unicodedata
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import psycopg
import structlog
from prometheus_client import Counter

from channels.base import InboundMessage, MediaReference
from reporting.crypto.pseudonyms import Pseudonyms, normalise_address
from reporting.media.storage import UPLOAD_SCHEME
from reporting.models.message import INBOUND

_log = structlog.get_logger()
_reused = Counter("baraza_reused_ids", "Messages that came under the id of another one, and were kept", ["channel"])

Row = MutableMapping[str, Any]

_STANDING: Final = """
    SELECT channel, external_id, direction, text, address_hash, fingerprint FROM message
     WHERE (channel, external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
# What a gateway writes into an address anew each time that it gives it out.
_PASSING: Final = re.compile(r"sig|token|expir|x-amz|x-goog|policy|credential", re.IGNORECASE)


def make_fingerprint(pseudonyms: Pseudonyms, message: InboundMessage, external_id: str, words: str) -> bytes:
    """16 bytes that two messages under one id share when the same sender says the same with the same media.

    White space and the composition of letters do not count, as gateways change both; nor does what they tell beside the
    words (times, signatures, tries). The id is part of it, so that it links no two messages of one person.
    """
    said = " ".join(words.split()) if words.isascii() else " ".join(unicodedata.normalize("NFC", words).split())
    parts = [external_id, normalise_address(message.party) if message.party else "", said]
    if message.media:
        parts.extend(sorted(filter(None, map(_identify, message.media))))
    if not said and message.point is not None:
        parts.append(json.dumps(message.point))
    return pseudonyms.hash_message("\x1f".join(parts))


def store_reused_ids(
    link: "psycopg.Connection[Any]", rows: Sequence[Row], insert: Callable[[Sequence[Row]], int]
) -> int:
    """Store those of the rows that are other messages than what stands under their ids; returns how many were new.

    To be called where an `insert` with ON CONFLICT DO NOTHING stored fewer rows than it was given. A row that is kept
    gets its longer id, which is the same however often it comes.
    """
    ids = [(row["channel"], row["external_id"]) for row in rows]
    found = link.execute(_STANDING, ([channel for channel, _ in ids], [given for _, given in ids]))
    standing = {(channel, given): rest for channel, given, *rest in found}
    added = 0
    for row in rows:
        if not _is_other(row, standing.get((row["channel"], row["external_id"]))):
            continue
        row["external_id"] = f"{row['external_id']}:{row['fingerprint'].hex()}"
        if insert([row]):
            added += 1
            _reused.labels(row["channel"]).inc()
            _log.warning("id_used_again", channel=row["channel"])
    return added


def _is_other(row: Row, standing: Sequence[Any] | None) -> bool:
    if standing is None:  # went in this very moment, with its campaign
        return True
    direction, words, address_hash, fingerprint = standing
    if direction != INBOUND:
        return True
    if fingerprint is not None:
        return bool(fingerprint != row["fingerprint"])
    # Stored before there were fingerprints. What has lost its words is compared with nothing.
    return bool(words) and (words.split() != row["text"].split() or address_hash != row["address_hash"])


def _identify(media: MediaReference) -> str:
    """What stays the same of a picture's address when a gateway brings it again; empty where nothing does."""
    if media.url.startswith(UPLOAD_SCHEME):
        return ""  # we made it ourselves, at random
    if media.url.startswith("data:"):
        return media.url
    parts = urlsplit(media.url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _PASSING.search(pair[0])]
    return f"{parts.path}{kept or ''}"

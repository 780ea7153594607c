"""Reused ids: a different message under a known id is stored under a longer id, and counted.

Counters of phones, modems and small gateways start anew, so an id alone does not tell whether a message is a duplicate.
Sender, text and media decide. Their keyed hash, the fingerprint, stays with the id when everything else is erased: an
erased message does not come back, and a new one is not taken for it.
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

from channels.base.items import InboundMessage, MediaReference
from reporting.crypto.pseudonyms import Pseudonyms, normalise_address
from reporting.media.storage import UPLOAD_SCHEME
from reporting.models.states import Direction

_log = structlog.get_logger()
_reused = Counter(
    "baraza_reused_ids_total", "Messages that came under the id of another one, and were kept", ["channel"]
)

Row = MutableMapping[str, Any]

_STANDING: Final = """
    SELECT channel, external_id, direction, text, address_hash, fingerprint FROM message
     WHERE (channel, external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
# Query parameters that differ each time a gateway issues the same URL.
_PASSING: Final = re.compile(r"sig|token|expir|x-amz|x-goog|policy|credential", re.IGNORECASE)


def make_fingerprint(pseudonyms: Pseudonyms, message: InboundMessage, external_id: str, words: str) -> bytes:
    """Hash sender, text and media of a message to 16 bytes, equal for a duplicate of the same id.

    White space and Unicode composition are ignored, because gateways change both; so is what gateways add beside the
    text (times, signatures, tries). The id is part of the hash, so that it links no two messages of one person.
    """
    said = " ".join(words.split()) if words.isascii() else " ".join(unicodedata.normalize("NFC", words).split())
    parts = [external_id, normalise_address(message.address) if message.address else "", said]
    if message.media:
        parts.extend(sorted(filter(None, map(_identify, message.media))))
    if not said and message.point is not None:
        parts.append(json.dumps(message.point))
    return pseudonyms.hash_message("\x1f".join(parts))


def store_reused_ids(
    link: "psycopg.Connection[Any]", rows: Sequence[Row], insert: Callable[[Sequence[Row]], int]
) -> int:
    """Store those rows that differ from the stored message of the same id; return how many were new.

    Call it when an `insert` with ON CONFLICT DO NOTHING stored fewer rows than given. A stored row gets its longer id,
    which is the same for each duplicate of it.
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
            _log.warning("external_id_reused", channel=row["channel"])
    return added


def _is_other(row: Row, standing: Sequence[Any] | None) -> bool:
    if standing is None:  # deleted a moment ago, with its campaign
        return True
    direction, words, address_hash, fingerprint = standing
    if direction != Direction.INBOUND:
        return True
    if fingerprint is not None:
        return bool(fingerprint != row["fingerprint"])
    # Stored before fingerprints existed: texts are compared. A purged text cannot be compared, so it is a duplicate.
    return bool(words) and (words.split() != row["text"].split() or address_hash != row["address_hash"])


def _identify(media: MediaReference) -> str:
    """Return the stable part of a media URL, which is equal for a duplicate; empty if there is none."""
    if media.url.startswith(UPLOAD_SCHEME):
        return ""  # a random address of our own upload store
    if media.url.startswith("data:"):
        return media.url
    parts = urlsplit(media.url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _PASSING.search(pair[0])]
    return f"{parts.path}{kept or ''}"

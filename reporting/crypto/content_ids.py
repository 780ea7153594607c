"""Ids made of content are kept under a key: without it nobody can find out a number by trying all there are."""

from typing import Final

from sqlalchemy import Connection, text

from channels.content_ids import PREFIX, make_content_id
from reporting.crypto.pseudonyms import Pseudonyms

_KEYED: Final = "hmac:"
_LONGEST: Final = 200
_BATCH: Final = 1000
# The condition stands here as it does in the index of the few ids that are still without a key.
_UNKEYED = text(
    "SELECT id, external_id FROM message WHERE external_id LIKE 'sha256:%' ORDER BY id LIMIT :most FOR UPDATE"
)
_REKEY = text(
    "UPDATE message SET external_id = keyed.external_id"
    "  FROM unnest(CAST(:ids AS bigint[]), CAST(:external_ids AS text[])) AS keyed(id, external_id)"
    " WHERE message.id = keyed.id AND NOT EXISTS (SELECT FROM message AS other"
    "       WHERE other.channel = message.channel AND other.external_id = keyed.external_id)"
)


def key_id(pseudonyms: Pseudonyms, external_id: str) -> str:
    """The id under which a message is stored: one made of content is keyed, one too long for an index as well.

    All of a long one counts: ids that only begin alike are different messages.
    """
    if len(external_id) > _LONGEST:
        external_id = make_content_id(external_id.encode())
    if not external_id.startswith(PREFIX):
        return external_id
    return f"{_KEYED}{pseudonyms.hash_id(external_id).hex()}"


def key_old_ids(connection: Connection, pseudonyms: Pseudonyms) -> int:
    """Key some ids of earlier versions, which were plain hashes of number and words; returns how many there were.

    The key is put on the old hash, so a gateway that brings such a message again is still known.
    """
    rows = connection.execute(_UNKEYED, {"most": _BATCH}).all()
    if rows:
        keyed = [key_id(pseudonyms, row.external_id) for row in rows]
        connection.execute(_REKEY, {"ids": [row.id for row in rows], "external_ids": keyed})
    return len(rows)

"""Keyed message ids: an id that is a hash of the content gets a key, or phone numbers could be found by brute force."""

from typing import Final

from sqlalchemy import Connection, text

from channels.content_ids import PREFIX, make_content_id
from reporting.crypto.pseudonyms import Pseudonyms

_KEYED: Final = "hmac:"
_LONGEST: Final = 200
_BATCH: Final = 1000
# The condition is the same as in the partial index of ids without a key, so that the index is used.
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
    """Return the id under which a message is stored: keyed if it was made from content, hashed if it is too long.

    An id of more than `_LONGEST` characters does not fit the index. All of it is hashed, so that ids which only begin
    alike stay different.
    """
    if len(external_id) > _LONGEST:
        external_id = make_content_id(external_id.encode())
    if not external_id.startswith(PREFIX):
        return external_id
    return f"{_KEYED}{pseudonyms.hash_id(external_id).hex()}"


def key_old_ids(connection: Connection, pseudonyms: Pseudonyms) -> int:
    """Re-key up to `_BATCH` ids of earlier versions, which were plain hashes of number and text; return their count.

    The key is applied to the old hash, so that a gateway's retry of such a message is still recognised as a duplicate.
    """
    rows = connection.execute(_UNKEYED, {"most": _BATCH}).all()
    if rows:
        keyed = [key_id(pseudonyms, row.external_id) for row in rows]
        connection.execute(_REKEY, {"ids": [row.id for row in rows], "external_ids": keyed})
    return len(rows)

"""Content ids: a hash of the content stands for a missing message id, so that a repeated call is a duplicate.

A plain hash of a text and a phone number can be reversed by trying all numbers. Whoever stores a message replaces it by
a keyed hash first (`reporting/crypto/content_ids.py`); the prefix tells that it was made of content.
"""

import hashlib
from typing import Final

PREFIX: Final = "sha256:"


def make_content_id(*parts: bytes) -> str:
    """Make the id of content that has none of its own."""
    return f"{PREFIX}{hashlib.sha256(b''.join(parts)).hexdigest()}"

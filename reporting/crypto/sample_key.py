"""The random sample of reports that are read twice, by a key that is kept outside the database."""

import hashlib
import hmac
from typing import Final

_BITS: Final = 64


def derive_sample_key(pepper: str) -> bytes:
    """Derive the key of the sample. Whoever has it can foresee which reports are in it."""
    return hmac.digest(hashlib.sha256(pepper.encode()).digest(), b"baraza sample of second readings", "sha256")


def is_sampled(key: bytes, report_id: int, percent: float) -> bool:
    """Tell whether a report is in the sample: always the same answer, which nobody can choose or foresee."""
    number = int.from_bytes(hmac.digest(key, str(report_id).encode(), "sha256")[: _BITS // 8])
    return number < percent / 100 * float(1 << _BITS)

"""The key of the noise of figures, from the secret that is kept outside the database."""

import hashlib
import hmac


def derive_noise_key(pepper: str) -> bytes:
    """Derive the key of the noise. Whoever has it can take the noise off every published figure."""
    return hmac.digest(hashlib.sha256(pepper.encode()).digest(), b"baraza noise of figures", "sha256")

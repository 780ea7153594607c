"""The key of the audit chain, from the secret that is kept outside the database."""

import hashlib
import hmac


def derive_audit_key(pepper: str) -> bytes:
    """Derive the key of the audit chain. Whoever has it and the database can write a chain that looks right."""
    return hmac.digest(hashlib.sha256(pepper.encode()).digest(), b"baraza audit chain", "sha256")

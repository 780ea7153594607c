"""Numbers become pseudonyms (keyed hashes) and sealed values; the keys come from a secret outside the database."""

import hashlib
import hmac
import os
import re

import phonenumbers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reporting.languages.references import REFERENCE_ALPHABET

_NONCE_BYTES = 12
_HASH_BYTES = 16
_REFERENCE_LENGTH = 10  # 20^10: some ten million million, so that two messages hardly ever share one
_NUMBER_DIGITS = 5  # fewer are a short code or part of a name
_PLAIN_NUMBER = re.compile(rf"\+?[0-9]{{{_NUMBER_DIGITS},}}")


class Pseudonyms:
    """Hashes and seals with keys derived from one pepper. Without the pepper neither can be undone nor compared."""

    def __init__(self, pepper: str) -> None:
        root = hashlib.sha256(pepper.encode()).digest()
        self._hash_key = hmac.digest(root, b"baraza pseudonym", "sha256")
        self._seal = AESGCM(hmac.digest(root, b"baraza seal", "sha256"))

    def hash_address(self, party: str) -> bytes:
        """16 bytes that stand for a number, the same for every spelling of it that differs by spaces or signs."""
        return self._digest(b"party", normalise_address(party))

    def hash_content(self, channel: str, address_hash: bytes, line: str | None, text: str) -> bytes:
        """16 bytes that two messages share when the same sender sent the same words to the same line."""
        return self._digest(b"content", "\x1f".join((channel, address_hash.hex(), line or "", " ".join(text.split()))))

    def hash_id(self, external_id: str) -> bytes:
        """16 bytes for an id that is made of content, so that the content cannot be found out by trying."""
        return self._digest(b"id", external_id)

    def hash_twin(self, channel: str, address_hash: bytes, text: str, twin: str) -> bytes:
        """16 bytes that two calls share which bring the same message, by what its gateway knows it by."""
        return self._digest(b"twin", "\x1f".join((channel, address_hash.hex(), " ".join(text.split()), twin)))

    def hash_message(self, said: str) -> bytes:
        """16 bytes that tell two messages under one id apart without giving away what is in them."""
        return self._digest(b"message", said)

    def hash_network(self, network: str) -> bytes:
        """16 bytes that stand for a network from which people write."""
        return self._digest(b"network", network)

    def make_reference(self, channel: str, external_id: str) -> str:
        """The reference of a message whose sender hears it at once, before anybody has worked on it.

        It is always the same for the same message, and without the key nobody can make it out of the id.
        """
        number = int.from_bytes(self._digest(b"reference", f"{channel}\x1f{external_id}"))
        base = len(REFERENCE_ALPHABET)
        return "".join(REFERENCE_ALPHABET[number // base**place % base] for place in range(_REFERENCE_LENGTH))

    def hash_form(self, fields: str) -> bytes:
        """16 bytes that tell two fillings of a form apart without giving away what is in them."""
        return self._digest(b"form", fields)

    def hash_question(self, question: str) -> bytes:
        """16 bytes that stand for what was asked of another geocoder."""
        return self._digest(b"question", question)

    def hash_part(self, channel: str, group: str) -> bytes:
        """16 bytes that the parts of one long message share."""
        return self._digest(b"part", f"{channel}\x1f{group}")

    def seal(self, value: str | bytes) -> bytes:
        """Encrypt and authenticate (AES-256-GCM, a random nonce in front)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, _encode(value) if isinstance(value, str) else value, None)

    def unseal(self, sealed: bytes) -> str:
        """Undo `seal`. Raises cryptography's InvalidTag when the value was sealed with another pepper or altered."""
        return self.unseal_bytes(sealed).decode()

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """The same for what is no text."""
        return self._seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)

    def _digest(self, purpose: bytes, value: str) -> bytes:
        return hmac.digest(self._hash_key, purpose + b"\x00" + _encode(value), "sha256")[:_HASH_BYTES]


def _encode(value: str) -> bytes:
    """As UTF-8; half of a surrogate pair, which JSON can bring, becomes a question mark."""
    return value.encode("utf-8", "replace")


def normalise_address(party: str) -> str:
    """A number as digits with a plus where the gateway gave one; a name or another id as it is, casefolded.

    The scheme in front of a number (`whatsapp:`) does not count: it is the same phone.
    """
    number = party.rpartition(":")[2]
    if _PLAIN_NUMBER.fullmatch(number):  # as nearly every gateway gives it; the rest says the same of it, slowly
        return number
    kept = phonenumbers.normalize_diallable_chars_only(number)
    if sum(character.isdigit() for character in kept) >= _NUMBER_DIGITS and not any(map(str.isalpha, number)):
        return kept
    return party.strip().casefold()

"""Pseudonyms (keyed hashes) and encryption of phone numbers; the keys derive from a secret outside the database."""

import hashlib
import hmac
import os
import re

import phonenumbers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from reporting.languages.references import REFERENCE_ALPHABET

_NONCE_BYTES = 12
_HASH_BYTES = 16
_REFERENCE_LENGTH = 10  # 20^10, about ten million million: two messages hardly ever share a reference
_NUMBER_DIGITS = 5  # with fewer digits it is a short code or part of a name
_PLAIN_NUMBER = re.compile(rf"\+?[0-9]{{{_NUMBER_DIGITS},}}")


class Pseudonyms:
    """Keyed hashes and encryption, both from one pepper; without it nothing can be compared or decrypted."""

    def __init__(self, pepper: str) -> None:
        root = hashlib.sha256(pepper.encode()).digest()
        self._hash_key = hmac.digest(root, b"baraza pseudonym", "sha256")
        self._seal = AESGCM(hmac.digest(root, b"baraza seal", "sha256"))

    def hash_address(self, address: str) -> bytes:
        """Hash an address to 16 bytes; spellings of a number that differ by spaces or signs give the same hash."""
        return self._digest(b"party", normalise_address(address))

    def hash_content(self, channel: str, address_hash: bytes, campaign_address: str | None, text: str) -> bytes:
        """Hash sender, text and campaign address to 16 bytes, which are equal for a duplicate."""
        return self._digest(
            b"content", "\x1f".join((channel, address_hash.hex(), campaign_address or "", " ".join(text.split())))
        )

    def hash_id(self, external_id: str) -> bytes:
        """Hash an id that was made from content to 16 bytes, so that the content cannot be found by brute force."""
        return self._digest(b"id", external_id)

    def hash_twin(self, channel: str, address_hash: bytes, text: str, twin: str) -> bytes:
        """Hash the gateway's own mark of a message to 16 bytes, equal for two webhook calls with one message."""
        return self._digest(b"twin", "\x1f".join((channel, address_hash.hex(), " ".join(text.split()), twin)))

    def hash_message(self, said: str) -> bytes:
        """Hash the content to 16 bytes, which tell two messages of one id apart without revealing their content."""
        return self._digest(b"message", said)

    def hash_network(self, network: str) -> bytes:
        """Hash the network that somebody writes from to 16 bytes."""
        return self._digest(b"network", network)

    def make_reference(self, channel: str, external_id: str) -> str:
        """Make the reference that the sender is told at once, before the message is processed.

        The same message always gets the same reference. Without the key nobody can compute it from the id.
        """
        number = int.from_bytes(self._digest(b"reference", f"{channel}\x1f{external_id}"))
        base = len(REFERENCE_ALPHABET)
        return "".join(REFERENCE_ALPHABET[number // base**place % base] for place in range(_REFERENCE_LENGTH))

    def hash_form(self, fields: str) -> bytes:
        """Hash the fields of a form to 16 bytes, which tell two submissions apart without revealing their content."""
        return self._digest(b"form", fields)

    def hash_browser(self, campaign_id: int, token: str) -> int:
        """Hash the token of a browser to 60 bits, which are others in each campaign."""
        return int.from_bytes(self._digest(b"browser", f"{campaign_id}\x1f{token}")[:8]) >> 4

    def sign_challenge(self, token: str, expires: int, tries: int) -> bytes:
        """Sign a challenge for the browser of a token to 16 bytes: until when it is good, and how much work it is."""
        return self._digest(b"challenge", f"{token}\x1f{expires}\x1f{tries}")

    def hash_question(self, question: str) -> bytes:
        """Hash a query to an external geocoder to 16 bytes, the key of its cache."""
        return self._digest(b"question", question)

    def hash_part(self, channel: str, group: str) -> bytes:
        """Hash the group of a concatenated SMS to 16 bytes, which all its segments share."""
        return self._digest(b"part", f"{channel}\x1f{group}")

    def seal(self, value: str | bytes) -> bytes:
        """Encrypt and authenticate a value (AES-256-GCM); the random nonce of 12 bytes stands in front."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, _encode(value) if isinstance(value, str) else value, None)

    def unseal(self, sealed: bytes) -> str:
        """Decrypt text. Raises cryptography's InvalidTag if it was encrypted with another pepper or altered."""
        return self.unseal_bytes(sealed).decode()

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """Decrypt bytes. Raises cryptography's InvalidTag as `unseal` does."""
        return self._seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)

    def _digest(self, purpose: bytes, value: str) -> bytes:
        return hmac.digest(self._hash_key, purpose + b"\x00" + _encode(value), "sha256")[:_HASH_BYTES]


def _encode(value: str) -> bytes:
    """Encode as UTF-8; a lone surrogate, which JSON can contain, becomes a question mark."""
    return value.encode("utf-8", "replace")


def normalise_address(address: str) -> str:
    """Normalise an address: a number to digits, with a plus where the gateway gave one; anything else by casefold.

    The scheme in front of a number (`whatsapp:`) is removed, because it is the same phone.
    """
    number = address.rpartition(":")[2]
    if _PLAIN_NUMBER.fullmatch(number):  # the usual form, and fast; the code below returns the same, slowly
        return number
    kept = phonenumbers.normalize_diallable_chars_only(number)
    if sum(character.isdigit() for character in kept) >= _NUMBER_DIGITS and not any(map(str.isalpha, number)):
        return kept
    return address.strip().casefold()

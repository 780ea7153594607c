"""Proof of work of a browser: so that the reports of one anonymous visitor count as those of one person.

A browser keeps a random token. For a challenge, which is signed for this token and expires, it finds numbers whose hash
is small; with them the token counts. Each further token costs that work again, so that many invented people have a
price (`bench/proof.py`). What is missing, expired or wrong makes the sender one that nobody knows, and never an error.

The hash is PBKDF2 with HMAC-SHA-256, which browsers compute at the speed of a native program: with a hash of their
script's a program of an attacker would be a hundred times faster than they.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

from reporting.crypto.pseudonyms import Pseudonyms

TOKEN: Final = "browser"  # noqa: S105  # the names of the form's fields
CHALLENGE: Final = "challenge"
PROOF: Final = "proof"
FIELDS: Final = frozenset({TOKEN, CHALLENGE, PROOF})
ITERATIONS: Final = 2_000  # of one hash: long enough that calling it costs a browser little beside it
PARTS: Final = 4  # numbers to find: more of them make the time of the work more even, and that of the check longer
ROUNDS_LEAST: Final = ITERATIONS * PARTS
VALID_S: Final = 3_600
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_CHALLENGE: Final = re.compile(r"([0-9]{10,12})-([0-9]{1,9})-([0-9a-f]{32})")
_PROOF: Final = re.compile(rf"[0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{{PARTS - 1}}}")
_HASH_BYTES: Final = 4
_HASHES: Final = 1 << 8 * _HASH_BYTES


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as the browser gets it: its text, and the work: `tries` on average for each of `parts` numbers."""

    challenge: str
    tries: int
    parts: int = PARTS
    iterations: int = ITERATIONS
    seconds: int = VALID_S


@dataclass(frozen=True, slots=True)
class BrowserProofs:
    """Gives challenges and checks proofs; `rounds` of SHA-256 are asked for on average, none with 0."""

    pseudonyms: Pseudonyms
    rounds: int

    def make_challenge(self, token: str, at: datetime) -> Challenge | None:
        """Make a challenge for a token; None where the token is none, or no work is asked for."""
        if not self.rounds or not _TOKEN.fullmatch(token):
            return None
        expires, tries = int(at.timestamp()) + VALID_S, max(1, self.rounds // ROUNDS_LEAST)
        return Challenge(f"{expires}-{tries}-{self._sign(token, expires, tries)}", tries)

    def find_browser(self, fields: Mapping[str, str], campaign_id: int, at: datetime) -> int | None:
        """Find whose browser sent a form, as a keyed hash of its token; None without a valid proof."""
        token, proof = fields.get(TOKEN, ""), fields.get(PROOF, "")
        challenge = _CHALLENGE.fullmatch(fields.get(CHALLENGE, ""))
        if not self.rounds or challenge is None or not _TOKEN.fullmatch(token) or not _PROOF.fullmatch(proof):
            return None
        expires, tries = int(challenge[1]), int(challenge[2])
        is_valid = compare_digest(self._sign(token, expires, tries), challenge[3]) and at.timestamp() < expires
        if not is_valid or not _is_done(token, challenge[0], proof, tries):
            return None
        return self.pseudonyms.hash_browser(campaign_id, token)

    def _sign(self, token: str, expires: int, tries: int) -> str:
        return self.pseudonyms.sign_challenge(token, expires, tries).hex()


def hash_number(token: str, challenge: str, part: int, number: int) -> int:
    """Hash one number of a part, to 32 bits."""
    salt = f"{challenge}.{part}.{number}".encode()
    return int.from_bytes(hashlib.pbkdf2_hmac("sha256", token.encode(), salt, ITERATIONS, _HASH_BYTES))


def find_limit(tries: int) -> int:
    """Find the limit that a hash must stay below, so that it takes so many tries on average."""
    return _HASHES // tries


def _is_done(token: str, challenge: str, proof: str, tries: int) -> bool:
    """Whether the work was done. The first number that is wrong ends the check."""
    limit = find_limit(tries)
    return all(hash_number(token, challenge, part, int(number)) < limit for part, number in enumerate(proof.split(".")))

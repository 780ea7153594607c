"""How alike two short texts are, whatever the order of their words, and what tells that two texts are the same.

Texts are folded first (accents, case, punctuation and the layout of a gateway go), so that the same words typed on two
phones are one text. Likeness is the Dice coefficient of the sets of character trigrams inside words: it does not care
for the order of words and forgives a wrong letter. A number counts as much as a longer word, since "Klesin 12" and
"Klesin 15" differ in the one place that matters.
"""

import hashlib
import sys
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from config.bounded_cache import remember
from reporting.languages.normalise import words

GRAM = 3
NUMBER_WEIGHT = 4  # a number counts as this many trigrams
SKETCH_BANDS = 8
_ROWS_PER_BAND = 2
COMPARED_CHARACTERS = 2_000  # of a text; what comes behind them makes no two texts alike or different
# The trigrams of a text of 140 characters take about 16 kB, each counted for itself.
_GRAMS_BYTES, _FOLDED_BYTES = 96 << 20, 16 << 20
# The hash family of the sketch: odd multipliers modulo 2**64. Sketches live as long as the process, so any will do.
_MULTIPLIERS = np.random.default_rng(5).integers(1, 2**62, SKETCH_BANDS * _ROWS_PER_BAND, dtype=np.uint64) * 2 + 1
_COPY_BANDS, _COPY_ROWS = 6, 3
_COPY_GRAMS = 16  # a shorter text is nearly the same as many by chance
# These are stored, so that they must be the same in every process and version: made from digests, not by dice.
_COPY_MULTIPLIERS = np.array(
    [
        int.from_bytes(hashlib.blake2b(b"band %d" % number, digest_size=8).digest(), "big") | 1
        for number in range(_COPY_BANDS * _COPY_ROWS)
    ],
    dtype=np.uint64,
)


@remember(_FOLDED_BYTES)
def fold(text: str) -> str:
    """Return the words of a text without accents, case and punctuation, one space between them."""
    return " ".join(words(text))


def text_key(text: str, *, key: bytes = b"") -> int:
    """Return a signed 64-bit number that equal folded texts share; with a secret `key` it tells nothing else.

    A text without words has the key 0: silence is not a text that two people share.
    """
    folded = fold(text)
    if not folded:
        return 0
    digest = hashlib.blake2b(folded.encode(), digest_size=8, key=key, person=b"baraza text").digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def _grams_of_word(word: str) -> Iterator[str]:
    if word.isdigit():
        yield from (f"{word}#{copy}" for copy in range(NUMBER_WEIGHT))
        return
    padded = f" {word} "
    yield from (padded[start : start + GRAM] for start in range(len(padded) - GRAM + 1))


@remember(_GRAMS_BYTES)
def grams(text: str) -> frozenset[str]:
    """Return the trigrams of the words of a text; a number stands as NUMBER_WEIGHT grams of its own."""
    said = fold(text[:COMPARED_CHARACTERS])[: 2 * COMPARED_CHARACTERS]  # one sign may be eighteen letters
    return frozenset(sys.intern(gram) for word in said.split() for gram in _grams_of_word(word))


def alike(a: str, b: str) -> float:
    """Return how alike two texts are, 0 (nothing in common) to 1 (the same words); 0 when one has no words."""
    return share(grams(a), grams(b))


def share(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the Dice coefficient of two sets, 0 when one is empty."""
    if not a or not b:
        return 0.0
    return 2 * len(a & b) / (len(a) + len(b))


def sketch(text: str) -> tuple[int, ...]:
    """Return SKETCH_BANDS numbers, at least one of which two texts share when many of their trigrams are the same.

    MinHash with bands of two (Broder 1997): texts whose sets have a Jaccard likeness of 0.7 meet in one band with
    probability 0.995, of 0.5 with 0.90, of 0.2 with 0.28. Numbers compare only within one process. A text without
    words has no sketch.
    """
    found = grams(text)
    if not found:
        return ()
    smallest = _smallest(found, _MULTIPLIERS).reshape(SKETCH_BANDS, _ROWS_PER_BAND)
    mixed = smallest[:, 0] * np.uint64(1_000_003) + smallest[:, 1] + np.arange(SKETCH_BANDS, dtype=np.uint64)
    return tuple(mixed.tolist())


def minhash_bands(text: str) -> tuple[int, ...]:
    """Return up to six signed 32-bit numbers to be stored: texts that are nearly the same share at least one.

    MinHash with bands of three: a Jaccard likeness of 0.9 meets in one band with probability 0.9996, of 0.8 with 0.99,
    of 0.5 with 0.55, of 0.3 with 0.15. A text of less than about four words has none.
    """
    found = grams(text)
    if len(found) < _COPY_GRAMS:
        return ()
    smallest = _smallest(found, _COPY_MULTIPLIERS).reshape(_COPY_BANDS, _COPY_ROWS).astype("<u8")
    bands = {zlib.crc32(bytes([number]) + rows.tobytes()) - 2**31 for number, rows in enumerate(smallest)}
    return tuple(sorted(bands))


def _smallest(found: frozenset[str], multipliers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return for each hash function of the family the smallest hash of the trigrams."""
    hashes = np.fromiter((zlib.crc32(gram.encode()) + 1 for gram in found), dtype=np.uint64, count=len(found))
    smallest: NDArray[np.uint64] = (hashes[:, None] * multipliers >> np.uint64(16)).min(axis=0)
    return smallest

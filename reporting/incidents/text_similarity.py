"""Text similarity of short texts, whatever the order of their words, and keys that equal texts share.

Texts are normalised first (accents, case, punctuation, the layout of a gateway), so that the same words typed on two
phones are one text. Similarity is the Dice coefficient of the sets of character trigrams inside words: it ignores the
order of words and tolerates a wrong letter. A number counts as much as a longer word, because "Klesin 12" and "Klesin
15" differ in the one place that matters.
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
COMPARED_CHARACTERS = 2_000  # of a text; the rest is ignored
# Cache sizes: the trigrams of a text of 140 characters take about 16 kB.
_GRAMS_BYTES, _FOLDED_BYTES = 96 << 20, 16 << 20
# The hash family of the sketch: odd multipliers modulo 2**64. Sketches live as long as the process, so any will do.
_MULTIPLIERS = np.random.default_rng(5).integers(1, 2**62, SKETCH_BANDS * _ROWS_PER_BAND, dtype=np.uint64) * 2 + 1
_COPY_BANDS, _COPY_ROWS = 6, 3
_COPY_GRAMS = 16  # shorter texts are nearly equal to many others by chance
# Bands are stored, so the multipliers must be the same in every process and version: made from digests, not at random.
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
    """Hash a normalised text to a signed 64-bit number; with a secret `key` the number reveals nothing else.

    A text without words has the key 0, which never counts as a shared text.
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
    """Return the trigrams of the words of a text; a number counts as NUMBER_WEIGHT trigrams of its own."""
    said = fold(text[:COMPARED_CHARACTERS])[: 2 * COMPARED_CHARACTERS]  # one sign may be eighteen letters
    return frozenset(sys.intern(gram) for word in said.split() for gram in _grams_of_word(word))


def alike(a: str, b: str) -> float:
    """Compute the similarity of two texts, 0 (nothing in common) to 1 (the same words); 0 if one has no words."""
    return share(grams(a), grams(b))


def share(a: frozenset[str], b: frozenset[str]) -> float:
    """Compute the Dice coefficient of two sets; 0 if one is empty."""
    if not a or not b:
        return 0.0
    return 2 * len(a & b) / (len(a) + len(b))


def sketch(text: str) -> tuple[int, ...]:
    """Compute SKETCH_BANDS MinHash numbers; texts that share many trigrams share at least one of them.

    MinHash with bands of two (Broder 1997): texts whose sets have a Jaccard similarity of 0.7 meet in one band with
    probability 0.995, of 0.5 with 0.90, of 0.2 with 0.28. Numbers compare only within one process. A text without words
    has no sketch.
    """
    found = grams(text)
    if not found:
        return ()
    smallest = _smallest(found, _MULTIPLIERS).reshape(SKETCH_BANDS, _ROWS_PER_BAND)
    mixed = smallest[:, 0] * np.uint64(1_000_003) + smallest[:, 1] + np.arange(SKETCH_BANDS, dtype=np.uint64)
    return tuple(mixed.tolist())


def minhash_bands(text: str) -> tuple[int, ...]:
    """Compute up to six signed 32-bit MinHash bands for storing: nearly equal texts share at least one.

    MinHash with bands of three: a Jaccard similarity of 0.9 meets in one band with probability 0.9996, of 0.8 with
    0.99, of 0.5 with 0.55, of 0.3 with 0.15. A text of less than about four words has none.
    """
    found = grams(text)
    if len(found) < _COPY_GRAMS:
        return ()
    smallest = _smallest(found, _COPY_MULTIPLIERS).reshape(_COPY_BANDS, _COPY_ROWS).astype("<u8")
    bands = {zlib.crc32(bytes([number]) + rows.tobytes()) - 2**31 for number, rows in enumerate(smallest)}
    return tuple(sorted(bands))


def _smallest(found: frozenset[str], multipliers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Compute the smallest hash of the trigrams for each hash function of the family."""
    hashes = np.fromiter((zlib.crc32(gram.encode()) + 1 for gram in found), dtype=np.uint64, count=len(found))
    smallest: NDArray[np.uint64] = (hashes[:, None] * multipliers >> np.uint64(16)).min(axis=0)
    return smallest

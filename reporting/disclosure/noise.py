"""Discrete Gaussian noise that is the same whenever the same cell of the same build is asked for.

The noise of a cell is drawn by inverting the distribution function at a number that an HMAC makes of the secret and the
cell's name. So a build can be repeated without a second draw, which would average out, and nobody without the secret
can compute the noise. Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy (2020), show that
the discrete Gaussian gives the guarantee of the continuous one.
"""

import hmac
from collections.abc import Iterable
from decimal import Decimal, localcontext
from functools import lru_cache
from math import ceil
from typing import Final

import numpy as np

from reporting.disclosure.tables import Integers

_BITS: Final = 64  # of the number that is drawn
_DIGITS: Final = 40  # of the sums, more than 64 bits need
_TAILS: Final = 10  # standard deviations; what lies beyond has a probability under 2^-64


class Noise:
    """The noise of one build, as named by `build` (campaign, cube, month, revision and measure)."""

    def __init__(self, secret: bytes, build: str) -> None:
        """Derive the key of the build from the secret, which is kept outside the database."""
        self._key = hmac.digest(secret, f"figures/{build}".encode(), "sha256")

    def draw(self, names: Iterable[str], deviation: float) -> Integers:
        """Draw the noise of each named cell: whole numbers, always the same for the same name.

        `deviation` is the standard deviation of the underlying normal distribution.
        """
        thresholds, least = _tabulate(deviation)
        digests = b"".join(hmac.digest(self._key, name.encode(), "sha256")[: _BITS // 8] for name in names)
        drawn = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
        return np.searchsorted(thresholds, drawn, side="right").astype(np.int64) + least


def list_probabilities(deviation: float) -> list[tuple[int, Decimal]]:
    """List the whole numbers with their probabilities under the discrete Gaussian distribution, in order."""
    with localcontext() as context:
        context.prec = _DIGITS
        wide = 2 * Decimal(deviation) ** 2
        most = max(1, ceil(_TAILS * deviation))
        half = [(-Decimal(number**2) / wide).exp() for number in range(most + 1)]
        weights = [*reversed(half), *half[1:]]
        whole = sum(weights, Decimal(0))
        return [(number, weight / whole) for number, weight in zip(range(-most, most + 1), weights, strict=True)]


@lru_cache(maxsize=64)
def _tabulate(deviation: float) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], int]:
    """Tabulate the distribution function as 64-bit numbers: a drawn number from a threshold on is the next value."""
    if not deviation > 0:
        raise ValueError("the standard deviation of noise is above 0")
    shares = list_probabilities(deviation)
    with localcontext() as context:
        context.prec = _DIGITS
        reached, thresholds = Decimal(0), []
        for _, share in shares[:-1]:
            reached += share
            thresholds.append(min(int((reached * 2**_BITS).to_integral_value()), 2**_BITS - 1))
    return np.array(thresholds, dtype=np.uint64), shares[0][0]

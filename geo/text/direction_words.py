"""Words for directions and distances in all languages, and the geometry to move a point that way.

Words are compared without accents, as `strip` leaves them.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from config.languages.load import collect
from geo.distance import METRES_PER_DEGREE

# Spelling variants that Unicode does not decompose: alif with hamza and ta marbuta are often written plainly.
_PLAIN: Final = {"ة": "ه", "ى": "ي", "ı": "i", "’": "'", "‘": "'", "–": "-", "—": "-"}
# Degrees clockwise from the north.
_BEARINGS: Final = {
    "north": 0.0,
    "north_east": 45.0,
    "east": 90.0,
    "south_east": 135.0,
    "south": 180.0,
    "south_west": 225.0,
    "west": 270.0,
    "north_west": 315.0,
}
_METRES: Final = {"metre": 1.0, "kilometre": 1_000.0, "mile": 1_609.0}


@lru_cache(maxsize=1)
def load_directions() -> Mapping[str, float]:
    """Load the directions of all languages with their bearings, degrees clockwise from the north; cached."""
    return _index("directions", _BEARINGS)


@lru_cache(maxsize=1)
def load_units() -> Mapping[str, float]:
    """Load the units of length of all languages with their metres; cached."""
    return _index("distances", _METRES)


def _index(section: str, values: Mapping[str, float]) -> Mapping[str, float]:
    """Index the words of a section by value; of a word that two languages have the first one's value counts."""
    indexed: dict[str, float] = {}
    for key, value in values.items():
        for word in collect(lambda language, key=key: getattr(getattr(language, section), key)):  # type: ignore[misc]
            indexed.setdefault(strip(word), value)
    return indexed


def strip(text: str) -> str:
    """Normalise a text to lower case without accents and with ASCII digits, keeping the position of every character."""
    return text.lower() if text.isascii() else "".join(map(_strip, text))


@lru_cache(maxsize=1 << 12)
def _strip(char: str) -> str:
    if char.isascii():
        return char.lower()
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    base = unicodedata.normalize("NFD", char)[0].lower()
    return _PLAIN.get(base, base if len(base) == 1 else char)


def join_words(listed: Iterable[str]) -> str:
    """Build a regular expression that matches any of the words, the longest first; one of no words matches nothing."""
    ordered = sorted(set(listed), key=len, reverse=True)
    return "|".join(map(re.escape, ordered)) or "(?!)"


def move(lat: float, lon: float, away_m: float, bearing: float) -> tuple[float, float]:
    """Move a point by `away_m` metres along a bearing in degrees clockwise from the north; returns (lat, lon).

    The computation is flat, so it holds for up to some hundred kilometres.
    """
    north, east = away_m * math.cos(math.radians(bearing)), away_m * math.sin(math.radians(bearing))
    return lat + north / METRES_PER_DEGREE, lon + east / (METRES_PER_DEGREE * math.cos(math.radians(lat)))


def midpoint(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """Compute the (lat, lon) halfway between two points, the short way round the globe; a flat approximation."""
    east = (second[1] - first[1] + 180) % 360 - 180
    return (first[0] + second[0]) / 2, (first[1] + east / 2 + 180) % 360 - 180

"""Words for directions and distances in the supported languages, and the geometry to move a point that way.

All words are written without accents, as geo/resolver/spatial_relations.py compares them.
"""

import math
import re
import unicodedata
from typing import Final

from geo.distance import METRES_PER_DEGREE

# Spelling variants that Unicode does not decompose: alif with hamza and ta marbuta are often written plainly.
_PLAIN: Final = {"ة": "ه", "ى": "ي", "ı": "i", "’": "'", "‘": "'", "–": "-", "—": "-"}

# A longer word stands before a shorter one that it begins with. Keys are degrees clockwise from the north.
_DIRECTIONS: Final = {
    45.0: "north-east northeast nord-est nordest nò-lès noreste nordeste nordès kaskazini-mashariki uttar-purba"
    " उत्तरपूर्व उत्तर-पूर्व شمال-شرق ne",
    135.0: "south-east southeast sud-est sudest sidès sureste sudeste kusini-mashariki dakshin-purba"
    " दक्षिणपूर्व दक्षिण-पूर्व جنوب-شرق se",
    225.0: "south-west southwest sud-ouest sudouest sidwès suroeste sudoeste kusini-magharibi dakshin-paschim"
    " दक्षिणपश्चिम दक्षिण-पश्चिम جنوب-غرب sw",
    315.0: "north-west northwest nord-ouest nordouest nòdwès noroeste kaskazini-magharibi uttar-paschim"
    " उत्तरपश्चिम उत्तर-पश्चिम شمال-غرب nw",
    0.0: "north nord norte no nor kaskazini uttar उत्तर شمال n",
    90.0: "east est este leste les mashariki purba purva पूर्व पुर्व شرق e",
    180.0: "south sud sur sul sid kusini dakshin दक्षिण جنوب s",
    270.0: "west ouest oeste lwes wes magharibi paschim pashchim पश्चिम غرب w o",
}
_UNITS: Final = {
    1_000.0: "kilometers kilometer kilometres kilometre kilometros kilometro quilometros quilometro kilomet kilomita"
    " kilos kilo kms km किलोमिटर किमी कि.मी. كيلومترات كيلومتر كيلو كلم كم",
    1_609.0: "miles mile mil mi maili ميل",
    1.0: "meters meter metres metre metros metro met mita mts m मिटर امتار مترا متر",
}


def _index(table: dict[float, str]) -> dict[str, float]:
    return {strip(word): value for value, words in table.items() for word in words.split()}


def strip(text: str) -> str:
    """Normalise a text to lower case without accents and with ASCII digits, keeping the position of every character."""
    return text.lower() if text.isascii() else "".join(map(_strip, text))


def _strip(char: str) -> str:
    if char.isascii():
        return char.lower()
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    base = unicodedata.normalize("NFD", char)[0].lower()
    return _PLAIN.get(base, base if len(base) == 1 else char)


DIRECTIONS: Final = _index(_DIRECTIONS)
UNITS: Final = _index(_UNITS)


def join_words(words: dict[str, float]) -> str:
    """Build a regular expression that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


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

"""Angles in a text: decimal degrees, degrees and minutes, or degrees, minutes and seconds.

Words for the quarters and for degrees are those of all languages, and digits may be of any script. The degree sign may
be missing, as on phones that know GSM-7 alone.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from config.html_entities import unescape
from config.languages.load import collect
from geo.text.direction_words import strip

_QUARTERS: Final = {"N": "north", "S": "south", "E": "east", "W": "west"}
_OTHERS: Final = {"Y": "latitude", "X": "longitude", "°": "degrees", "'": "minutes", '"': "seconds"}
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u064b-\u0652])+")
# "x" and "y" alone are axes only before "=" or ":"; else "x" is a multiplication sign and "y" is Spanish for "and".
_AXIS = re.compile(r"(?<!\w)[xyXY](?!\w)(\s*[=:])?")
_LIKE = str.maketrans(
    {"º": "°", "˚": "°", "⁰": "°", "’": "'", "′": "'", "´": "'", "`": "'", "‘": "'", "”": '"', "“": '"', "″": '"',
     "ʹ": "'", "ʼ": "'", "ʺ": '"', "˝": '"', "„": '"',
     "−": "-", "–": "-", "‐": "-", "‑": "-", "－": "-", "﹣": "-", "＋": "+", "．": ".", "，": ",", "：": ":", "٫": ".",
     "،": ",", "\u00a0": " ", "\u202f": " ", "\u200e": "", "\u200f": "", "\u061c": "", "ـ": ""}
)  # fmt: skip

# Before a number: a compass letter, an axis, or a word of several meanings; in quotes, as in JSON.
# When one number has its letter before it, the next letter belongs to the next number: "N 18.5 W 72.3".
_BEFORE = r"(?:(?P<before>(?P<quarter>[NSEWOnw])|[XYse])(?:[\"']\s*[:=]\s*[\"']?|\.?\s*[:=]?\s*))?"
_AFTER = r"(?(quarter)|(?P<after>[NSEWOnsweo])?)"
_DMS = re.compile(
    rf"(?<![\w.]){_BEFORE}(?P<sign>[-+])?(?P<deg>\d{{1,3}})"
    r"(?P<mark>\s*[°?:*]\s*|\s*o(?=\s*\d)\s*|d\s?|\s+|-)(?P<min>\d{1,2}(?:[.,]\d{1,30})?)"
    r"(?:(?P<minmark>\s*(?:''|['?:])\s*|m\s?|\s+|-)(?:(?P<sec>\d{1,2}(?:[.,]\d{1,30})?)\s*(?:\"|''|s(?=\s*[NSEWO])|\?(?=\s*[NSEWO]))?)?)?"
    rf"\s*{_AFTER}(?![\w.]{{0,40}}\d)(?!\w)"
)
_PACKED = re.compile(
    r"(?<![\w.,])(?P<before>[NSEWO])?(?P<deg>\d{2,3})(?P<min>[0-5]\d)(?P<sec>[0-5]\d(?:\.\d+)?)?\s?(?P<after>[NSEWO])?(?!\w)"
)
_DECIMAL = re.compile(
    rf"(?:(?<![\w.])|(?<=\d)(?=[-+])){_BEFORE}(?P<value>[-+]?\s?\d{{1,3}}[.,]\d{{2,}})\s*°?\s*{_AFTER}(?!\w|\.\d)"
)
_SURE: Final = {"n": "N", "w": "W", "O": "W"}  # other letters that can only mean these
_MINUTE_M: Final = 1_852.0  # of latitude


@dataclass(frozen=True, slots=True)
class Angle:
    """One angle: degrees, the side it names, and what its last digit is worth in metres.

    Sides are N, S, E, W, X for longitude and Y for latitude; a small letter where the word may mean something else.
    """

    degrees: float
    side: str
    unit_m: float
    is_marked: bool  # written as degrees, so that it cannot be another kind of number
    start: int
    end: int
    is_signed: bool = False  # with a plus or minus that is no dash between two numbers


def normalise(text: str) -> str:
    """Normalise a text for `find_angles`.

    Digits become ASCII, each symbol one character, words for N, S, E and W letters, and blanks single.
    """
    if "&" in text:
        text = unescape(unescape(text))
    text = "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)
    text = _AXIS.sub(lambda match: match[0].upper() if match[1] else match[0].lower(), text)
    return _WORD.sub(_replace_word, " ".join(text.translate(_LIKE).split()))


def find_angles(plain: str) -> list[Angle]:
    """List the angles of a normalised text in order."""
    found = [angle for match in _DMS.finditer(plain) if (angle := _read_dms(match)) is not None]
    if not found:
        found = [
            _make_dms(match, _unit_m(match)) for match in _PACKED.finditer(plain) if match["before"] or match["after"]
        ]
    rest = list(plain)
    for angle in found:
        rest[angle.start : angle.end] = "#" * (angle.end - angle.start)
    found += [_read_decimal(match) for match in _DECIMAL.finditer("".join(rest))]
    return sorted(found, key=lambda angle: angle.start)


@lru_cache(maxsize=1)
def _meant() -> Mapping[str, str]:
    """Map the words for quarters, axes and signs to their letters; cached.

    Small letters are for words that have other meanings too ("sur", "est").
    """
    doubtful = collect(lambda language: language.directions.doubtful)
    meant: dict[str, str] = {}
    for letter, name in _QUARTERS.items():
        for word in collect(lambda language, name=name: getattr(language.directions, name)):  # type: ignore[misc]
            for spelt in (word, strip(word)):
                meant.setdefault(spelt, letter.lower() if spelt in doubtful else letter)
    for sign, name in _OTHERS.items():
        for word in collect(lambda language, name=name: getattr(language.coordinates, name)):  # type: ignore[misc]
            meant.setdefault(word, sign)
    return meant


def _replace_word(match: re.Match[str]) -> str:
    word = "".join(c for c in match[0].casefold() if not "\u064b" <= c <= "\u0652")
    meant = _meant().get(word)
    if meant is not None:
        return meant
    # A single letter is a compass letter only as a capital or next to a number; the patterns check that.
    return match[0]


def _read_dms(match: re.Match[str]) -> Angle | None:
    side = _side(match)
    has_degrees = "°" in match["mark"] or ("?" in match["mark"] and bool(match["minmark"]))
    # Without a degree sign or a compass letter, several numbers are more likely a phone number or a time.
    if not has_degrees and side not in {"N", "S", "E", "W"}:
        return None
    minutes = float(match["min"].replace(",", "."))
    seconds = float((match["sec"] or "0").replace(",", "."))
    if minutes >= 60 or seconds >= 60:
        return None
    return _make_dms(match, _unit_m(match))


def _make_dms(match: re.Match[str], unit_m: float) -> Angle:
    fields = match.groupdict()
    minutes, seconds = float(fields["min"].replace(",", ".")), float((fields["sec"] or "0").replace(",", "."))
    degrees = float(fields["deg"]) + minutes / 60 + seconds / 3600
    return Angle(-degrees if fields.get("sign") == "-" else degrees, _side(match), unit_m, True, *match.span())


def _unit_m(match: re.Match[str]) -> float:
    last, unit_m = (match["sec"], _MINUTE_M / 60) if match["sec"] else (match["min"], _MINUTE_M)
    return float(unit_m / 10 ** _count_decimals(last))


def _read_decimal(match: re.Match[str]) -> Angle:
    value = match["value"].replace(",", ".").replace(" ", "")
    side = _side(match)
    # In texts of capitals "E" and "O" behind a number are often the words for "and" and "or".
    is_word = not match["before"] and re.search(r"\s[EO]$", match[0])
    is_marked = "°" in match[0] or (side in {"N", "S", "E", "W", "X", "Y"} and not is_word)
    is_signed = (
        bool(re.match(r"[-+]\d", match["value"]))
        and not match.string[max(0, match.start("value") - 1) : match.start("value")].isdigit()
    )
    unit_m = 60 * _MINUTE_M / 10 ** _count_decimals(value)
    return Angle(float(value), side, unit_m, is_marked, *match.span(), is_signed)


def _side(match: re.Match[str]) -> str:
    """Choose the surest letter before or behind the number: a compass letter, then an axis, then an ambiguous word."""
    given = [side for side in (match["before"], match["after"]) if side]
    side = min(given, key=lambda letter: (letter in "XYseo", letter in "seo"), default="")
    return _SURE.get(side, side)


def _count_decimals(number: str) -> int:
    return len(re.split(r"[.,]", number)[1]) if re.search(r"[.,]", number) else 0

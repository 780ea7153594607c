"""Compound names: "Bon Repos;Bonrepo", "Kafou Fey / Carrefour Feuilles", "Ti Rivyè (Petite Rivière)".

Sources write a second name, a remark or the town into the one name field they have. People text one of the names.
"""

import re
from dataclasses import dataclass
from typing import Final

from geo.text.normalise import fold
from geo.text.spans import Role, read_word

_LISTED: Final = re.compile(r"\s*[;|]\s*|\s+/\s+|(?<=\w{3})/(?=\w{3})")  # separate names of equal rank
_BRACKETS: Final = re.compile(r"\s*[(\[（]([^()\[\]（）]*)[)\]）]\s*")
_FOLLOWED: Final = re.compile(r",\s+|\s+[-–—]\s+")  # behind it stands another name, or the town
_NUMBERED: Final = re.compile(r"^(?:n[°ºo]\.?|#|num(?:ber|éro)?\.?)\s*\d+\s*[.:)-]?\s+(?=\S{3})", re.IGNORECASE)
_SHORTEST: Final = 3  # letters


@dataclass(frozen=True, slots=True)
class Compound:
    """A split name: the one to show, the other names, and those that may be the name of the town instead."""

    name: str
    others: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def split_compound(name: str) -> Compound:
    """Split a compound name into its names; the whole stays one of them."""
    listed = [part for part in _LISTED.split(name) if _is_name(part)]
    parts = listed if len(listed) > 1 else [name]
    others: list[str] = []
    unsure: list[str] = []
    for part in parts:
        plain = _BRACKETS.sub(" ", part).strip()
        unsure += [inner.strip() for inner in _BRACKETS.findall(part) if plain]
        before, *behind = _FOLLOWED.split(plain)
        others += [plain, before] if behind and _is_name(before) else [plain]
        unsure += behind
    others += [short for each in others if (short := _NUMBERED.sub("", each)) != each]
    shown = others[0] if len(parts) > 1 or _BRACKETS.search(name) else name
    names = tuple(dict.fromkeys(other for other in (*others, name) if other and other != shown))
    if not shown:
        return Compound(name)
    return Compound(shown, names, tuple(dict.fromkeys(each for each in unsure if _may_be_name(each))))


def _is_name(part: str) -> bool:
    return sum(char.isalpha() for char in part) >= _SHORTEST


def _may_be_name(part: str) -> bool:
    """Tell whether a part is more than a remark ("closed", "2 km", "school"): no number, written as names are."""
    if not _is_name(part) or any(char.isdigit() for char in part) or part[0].islower():
        return False
    return any(read_word(word).role is Role.NAME for word in fold(part))

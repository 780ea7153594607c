"""Compound names: "Bon Repos;Bonrepo", "Kafou Fey / Carrefour Feuilles", "Ti Rivyè (ex Petite Rivière)".

Sources write a second name, a remark or the town into the one name field they have. People text one of the names.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from geo.text.normalise import fold
from geo.text.spans import Role, read_word

# Separate names of equal rank.
_LISTED: Final = re.compile(r"\s*[;|؛、]\s*|\s+[/\\=]\s+|(?<=\w{3})/(?=\w{3})")
_BRACKETS: Final = re.compile(r"\s*[(\[{（]([^()\[\]{}（）]*)(?:[)\]}）]|$)\s*")
_QUOTED: Final = re.compile(r"[«“\"]\s*([^«»“”\"]+?)\s*[»”\"]")
_COMMA: Final = r"[,،](?:\s+|(?=[^\W\d]))"
# Behind it stands another name, or the town.
_FOLLOWED: Final = re.compile(
    rf"{_COMMA}|\s+[-–—]\s+|\s+(?:ex[\s-]\s*|(?i:alias|aka|a\.k\.a\.?|dite?|anciennement|formerly|antes)\s+)"
)
_WITHIN: Final = re.compile(rf"{_LISTED.pattern}|{_COMMA}")  # between the names in brackets
# What a remark says of the name behind it.
_MARKED: Final = re.compile(
    r"^(?:ex|anc|alt|anciennement|formerly|previously|alias|aka|a\.k\.a|also|dite?|ou|or|antes|antigo|antiga|ansyen|zamani)"
    r"(?:\.?:?\s+|\s*[:-]\s*)(?=\S{2})",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(r"^(?:n[°ºo]\.?|#|num(?:ber|éro)?\.?)\s*\d+\s*[.:)-]?\s+(?=\S{3})", re.IGNORECASE)
_SHORTEST: Final = 3  # letters of a Latin name
_LATIN_ENDS: Final = "\u024f"  # in other scripts two letters are a name: "إب"


@dataclass(frozen=True, slots=True)
class Compound:
    """A split name: the one to show, the other names, and those that may be the name of the town instead."""

    name: str
    others: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def split_compound(name: str) -> Compound:
    """Split a compound name into its names; the whole stays one of them."""
    plain = " ".join(_BRACKETS.sub(" ", name).split())
    if not plain:
        return Compound(name)
    listed = [part for part in _LISTED.split(plain) if _is_name(part)]
    parts = listed if len(listed) > 1 else [plain]
    others: list[str] = []
    unsure = [part for inner in _BRACKETS.findall(name) for part in _WITHIN.split(inner)]
    for part in parts:
        before, *behind = _FOLLOWED.split(part)
        others += [part, before] if behind and _is_name(before) else [part]
        unsure += [*behind, *(quoted for quoted in _QUOTED.findall(part) if quoted != part)]
    others += [short for each in others if (short := _NUMBERED.sub("", each)) != each]
    shown = others[0] if len(parts) > 1 or _BRACKETS.search(name) else name
    names = tuple(dict.fromkeys(other for other in (*others, name) if other and other != shown))
    return Compound(shown, names, _keep_names(unsure))


def _keep_names(parts: Iterable[str]) -> tuple[str, ...]:
    """Keep what is a name, without what is said of it: "ex Petite Rivière" is Petite Rivière."""
    bare = (_MARKED.sub("", part.strip()) for part in parts)
    return tuple(dict.fromkeys(part for part in bare if _may_be_name(part)))


def _is_name(part: str) -> bool:
    letters = [char for char in part if char.isalpha()]
    return len(letters) >= _SHORTEST or (len(letters) > 1 and min(letters) > _LATIN_ENDS)


def _may_be_name(part: str) -> bool:
    """Tell whether a part is more than a remark ("closed", "2 km", "school"): no number, written as names are."""
    if not _is_name(part) or any(char.isdigit() for char in part) or part[0].islower():
        return False
    return any(read_word(word).role is Role.NAME for word in fold(part))

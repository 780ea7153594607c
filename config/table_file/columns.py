"""Finds columns by name, ignoring case, accents, blanks, underscores and the group of a form; or by HXL tag."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_GROUP: Final = re.compile(r"[/\-.:]")  # separators of group and question: Kobo's "group/text", ODK's "place-Latitude"
# A remark such as "(decimal)" is ignored; "(W)" is not, since it gives the direction of the numbers.
_REMARK: Final = re.compile(r"\s{0,9}[(\[](?![NSEWO][)\]])[^()\[\]]*[)\]]$")
_PARTS: Final = re.compile(r"[/\-.:_ ]")
_LONGEST: Final = 300  # characters of a column name; some forms use whole questions
_MOST: Final = 16_384  # columns, the limit of spreadsheets
_TAG: Final = re.compile(r"#[a-z]\w*(?:\s*\+\s*\w+)*\s*", re.IGNORECASE)


def plain_name(name: str) -> str:
    """Reduce a column name to letters and digits: "Facility Name", "facility_name" and "FACILITY  NAME" are equal.

    Empty for a text too long to be a name.
    """
    if len(name) > _LONGEST:
        return ""
    return "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if char.isalnum())


def are_tags(cells: Sequence[str]) -> bool:
    """Tell whether a row consists of HXL tags (#adm1 +name), which are no data."""
    told = [cell[:_LONGEST].strip() for cell in cells if cell.strip()]
    return bool(told) and all(cell.startswith("#") for cell in told) and any(map(_TAG.fullmatch, told))


@dataclass(frozen=True)
class Columns:
    """The columns that a reader knows: names by key, the surest first, with HXL tags among them (with #).

    Of each entry of `needed` one key must be found. Keys in `tails` also match columns that end with one of their names
    ("_GPS_latitude").
    """

    known: Mapping[str, Sequence[str]]
    needed: Sequence[str | tuple[str, ...]] = ()
    tails: frozenset[str] = field(default_factory=frozenset)

    def find(self, header: Sequence[str]) -> dict[str, int]:
        """Find the position of each key in a header.

        By the whole name, else by the name without the group of a form.
        """
        names = [name.strip() for name in header[:_MOST]]
        levels = [_list_places(names, part) for part in (str, _cut_group, _cut_tail)]
        found: dict[str, int] = {}
        for key, spellings in self.known.items():
            for places in levels if key in self.tails else levels[:2]:
                fitting = _find_first(places, spellings, names)
                if fitting is not None:
                    found[key] = fitting
                    break
        return found

    def find_by_tags(self, tags: Sequence[str]) -> dict[str, int]:
        """Find the position of each key in a row of HXL tags."""
        read = [_read_tag(tag[:_LONGEST]) for tag in tags[:_MOST]]
        found: dict[str, int] = {}
        for key, spellings in self.known.items():
            for wanted in (_read_tag(spelling) for spelling in spellings if _is_tag(spelling)):
                fitting = [place for place, tag in enumerate(read) if _fits(tag, wanted)]
                if fitting:
                    found.setdefault(key, fitting[0])
        return found

    def is_named(self, key: str, name: str) -> bool:
        """Tell whether a column has the whole of one of a key's names."""
        spellings = self.known.get(key, (name,))
        return name.strip() in spellings or plain_name(name) in map(plain_name, spellings)

    def list_spare(self, found: Mapping[str, int]) -> set[str]:
        """List the alternative keys that are not needed, since the first key of their entry was found."""
        return {key for keys in self.needed if isinstance(keys, tuple) and keys[0] in found for key in keys[1:]}

    def list_missing(self, found: Mapping[str, int]) -> list[str]:
        """List the keys that are needed and not found."""
        wanted = [(each,) if isinstance(each, str) else each for each in self.needed]
        return [keys[0] for keys in wanted if not any(key in found for key in keys)]


def _list_places(names: Sequence[str], part: Callable[[str], str]) -> dict[str, list[int]]:
    """Map each plain name to its positions; `part` selects the part of the name that counts."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name:
            places.setdefault(plain_name(part(name)), []).append(place)
    return places


def _find_first(places: Mapping[str, list[int]], spellings: Sequence[str], names: Sequence[str]) -> int | None:
    """Find the column of the first name that is present; of several columns the one spelt exactly so."""
    for wanted in spellings:
        plain = plain_name(wanted)
        fitting = places.get(plain, []) if plain and not _is_tag(wanted) else []
        exact = [place for place in fitting if names[place] == wanted]
        if exact or fitting:
            return (exact or fitting)[0]
        if wanted in names:  # a name without letters, or one that is too long
            return names.index(wanted)
    return None


def _is_tag(spelling: str) -> bool:
    return spelling.startswith("#")


def _cut_group(name: str) -> str:
    return _GROUP.split(_REMARK.sub("", name[-_LONGEST:]))[-1]


def _cut_tail(name: str) -> str:
    return _PARTS.split(_REMARK.sub("", name[-_LONGEST:]))[-1]


def _fits(tag: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether a tag matches; where no attribute is wanted, it may have none but a language."""
    has_more = len(wanted) == 1 and any(len(attribute) != 2 for attribute in tag[1:])
    return tag[0] == wanted[0] and set(wanted) <= set(tag) and not has_more


def _read_tag(tag: str) -> list[str]:
    """Split a tag into its name and its sorted attributes."""
    first, *attributes = re.split(r"\s*\+\s*", tag.strip().casefold())
    return [first, *sorted(attributes)]

"""Which column is which: by name, without case, accents, blanks, underscores and the group of a form; by HXL tag."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

_GROUP: Final = re.compile(r"[/\-.:]")  # between a group and its question: Kobo's "group/text", ODK's "place-Latitude"
_PARTS: Final = re.compile(r"[/\-.:_ ]")
_LONGEST: Final = 300  # characters of a column's name; some forms have whole questions there
_TAG: Final = re.compile(r"#[a-z]\w*(?:\s*\+\s*\w+)*\s*", re.IGNORECASE)


def plain_name(name: str) -> str:
    """A column's name by its letters and digits: "Facility Name", "facility_name" and "FACILITY  NAME" are one.

    Empty for what is too long to be one.
    """
    if len(name) > _LONGEST:
        return ""
    return "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if char.isalnum())


def are_tags(cells: Sequence[str]) -> bool:
    """Whether a row consists of HXL tags (#adm1 +name), which are no data."""
    told = [cell[:_LONGEST].strip() for cell in cells if cell.strip()]
    return bool(told) and all(cell.startswith("#") for cell in told) and any(map(_TAG.fullmatch, told))


class _Part(Protocol):  # the part of a column's name that is compared
    def __call__(self, name: str, /) -> str: ...


@dataclass(frozen=True)
class Columns:
    """The columns that a reader knows: spellings by key, the surest first, HXL tags among them (with #).

    Of each entry of `needed` one key must be there. What ends in a name of `tails` is meant too ("_GPS_latitude").
    """

    known: Mapping[str, Sequence[str]]
    needed: Sequence[str | tuple[str, ...]] = ()
    tails: frozenset[str] = field(default_factory=frozenset)

    def find(self, header: Sequence[str]) -> dict[str, int]:
        """Where each key stands in a header."""
        found = {key: self._find_one(key, spellings, header) for key, spellings in self.known.items()}
        return {key: place for key, place in found.items() if place is not None}

    def find_by_tags(self, tags: Sequence[str]) -> dict[str, int]:
        """Where each key stands by a row of HXL tags."""
        read = [_read_tag(tag) for tag in tags]
        found: dict[str, int] = {}
        for key, spellings in self.known.items():
            for wanted in (_read_tag(spelling) for spelling in spellings if spelling.startswith("#")):
                fitting = [place for place, tag in enumerate(read) if _fits(tag, wanted)]
                if fitting:
                    found.setdefault(key, fitting[0])
        return found

    def is_named(self, key: str, name: str) -> bool:
        """Whether a column is called by the whole of a spelling."""
        return plain_name(name) in map(plain_name, self.known.get(key, (name,)))

    def list_missing(self, found: Mapping[str, int]) -> list[str]:
        """The keys that are needed and not found."""
        wanted = [(each,) if isinstance(each, str) else each for each in self.needed]
        return [keys[0] for keys in wanted if not any(key in found for key in keys)]

    def _find_one(self, key: str, spellings: Sequence[str], header: Sequence[str]) -> int | None:
        names = [name for name in spellings if not name.startswith("#")]
        for parts in self._levels(key):
            plain = [plain_name(parts(name)) for name in header]
            for wanted in names:
                fitting = [place for place, name in enumerate(plain) if name and name == plain_name(wanted)]
                if fitting:
                    return min(fitting, key=lambda place: (header[place].strip() != wanted, place))
        return None

    def _levels(self, key: str) -> Iterator[_Part]:
        yield str
        yield lambda name: _GROUP.split(name)[-1]
        if key in self.tails:
            yield lambda name: _PARTS.split(name)[-1]


def _fits(tag: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a tag says what is wanted; where no attribute is, it has none either, but for a language."""
    has_more = len(wanted) == 1 and any(len(attribute) != 2 for attribute in tag[1:])
    return tag[0] == wanted[0] and set(wanted) <= set(tag) and not has_more


def _read_tag(tag: str) -> list[str]:
    """The tag and its attributes, sorted but for the first."""
    first, *attributes = re.split(r"\s*\+\s*", tag.strip().casefold())
    return [first, *sorted(attributes)]

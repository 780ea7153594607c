"""A gazetteer of many names in many scripts, made by chance and the same in every run, and texts full of its names."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.resolver.locator import Locator

# Letters of each script; a name is some of them.
SCRIPTS: Final[dict[str, tuple[str, ...]]] = {
    "latin": ("ka", "ra", "po", "san", "to", "mi", "lé", "go", "ne", "vil", "te", "ber", "du", "f", "s"),
    "arabic": tuple("ابتثجحخدذرزسشصضطظعغفقكلمنهويةأإآ"),
    "devanagari": ("का", "रा", "पु", "नि", "ल", "म", "ग", "ढी", "बा", "स", "ति", "हो", "मा", "को"),
    "ethiopic": tuple(map(chr, range(0x1200, 0x1248))),
    "chinese": tuple(map(chr, range(0x4E00, 0x4F00))),
    "cyrillic": tuple("абвгдежзиклмнопрстуфхцчшыэюя"),
    "hangul": tuple(map(chr, range(0xAC00, 0xAD00))),
}
_NAMES_EACH: Final = 700  # of each script
_SHARED, _HOMONYMS = 250, 24  # names that many places have, and how many


@cache
def _list_names(script: str) -> tuple[str, ...]:
    chance = random.Random(script)
    letters = SCRIPTS[script]
    return tuple(
        " ".join(
            "".join(chance.choices(letters, k=chance.randint(2, 6))) for _ in range(chance.choice((1, 1, 1, 2, 3)))
        )
        for _ in range(_NAMES_EACH)
    )


def _iterate_things() -> Iterator[NamedThing]:
    chance = random.Random(14)

    def place(name: str, *names: str) -> NamedThing:
        lat, lon, people = chance.uniform(18.0, 20.1), chance.uniform(-74.5, -71.6), chance.randint(0, 90_000)
        return NamedThing(name, names, lat, lon, 1000, chance.choice(("place", "road", "admin2")), people)

    yield NamedThing("Port-au-Prince", ("Pòtoprens", "PAP"), 18.5435, -72.3388, 7000, "city", 1_234_742)
    yield NamedThing("Carrefour", ("Kafou",), 18.5411, -72.3992, 3000, "place", 511_345)
    yield from (NamedThing("Corail", (), 18 + n / 40, -73.5 + n / 50, 1000, "place", n) for n in range(40))
    for names in zip(*map(_list_names, SCRIPTS), strict=True):
        yield place(*names)
    for name in _list_names("latin")[:_SHARED]:
        yield from (place(name) for _ in range(_HOMONYMS))


@cache
def load_names() -> NameIndex:
    """Build the name index, once."""
    return NameIndex(_iterate_things())


@cache
def load_locator() -> Locator:
    """Build the locator, with placements that were learned by the same names."""
    chance = random.Random(14)
    taught = [LearnedPlacement(f"Delmas {n}, Port-au-Prince", 18.55, -72.3) for n in (19, 33, 75)]
    for script in SCRIPTS:
        for name in _list_names(script)[:200]:
            said = " ".join(chance.choices(_list_names(script), k=5))
            taught += [
                LearnedPlacement(f"{name}\n{said}", chance.uniform(18.0, 20.1), chance.uniform(-74.5, -71.6))
            ] * 2
    return Locator(load_names(), LearnedPlacements(taught), extent=(18.0, -74.5, 20.1, -71.6))


def list_named() -> Iterator[list[str]]:
    """List the words of texts: the names as they are, with one letter changed, and those that many places have."""
    for script in SCRIPTS:
        yield list(_list_names(script))
        yield [_misspell(name, SCRIPTS[script], number) for number, name in enumerate(_list_names(script))]
    shared = _list_names("latin")[:_SHARED]
    yield [*shared] * 3
    yield [name.title() for name in shared] * 3
    yield ["between", *" and ".join(shared * 2).split()]
    yield [f"5 km east of {name}," for name in shared * 2]


def _misspell(name: str, letters: Sequence[str], number: int) -> str:
    """Write a name with another letter in the place of one of its own, never the first."""
    at = 1 + number % max(1, len(name) - 1)
    return name[:at] + letters[number % len(letters)] + name[at + 1 :]

"""Cue words that decide whether a toponym candidate in a text is a place."""

from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from config.languages.load import collect


@dataclass(frozen=True, slots=True)
class ToponymCues:
    """The cue words of all languages, in small letters."""

    before: frozenset[str]  # often stand before a place
    edges: frozenset[str]  # no name begins or ends with one
    storms: frozenset[str]  # a name behind one is that of a storm
    no_codes: frozenset[str]  # two letters that are a word at least as often as the code of a state or country
    everyday: frozenset[str]  # everyday words and first names that are also the name of a town somewhere
    hashtags: tuple[str, ...]  # glued to the name of a place in a hashtag, before it or behind it; the longest first


@lru_cache(maxsize=1)
def load_cues() -> ToponymCues:
    """Load the cue words of all languages; cached."""
    before, edges, storms, no_codes, everyday = (
        frozenset(map(str.casefold, collect(attrgetter(f"places.mentions.{name}"))))
        for name in ("before", "edges", "storms", "no_codes", "everyday")
    )
    hashtags = sorted(collect(attrgetter("places.mentions.hashtags")), key=len, reverse=True)
    return ToponymCues(before, edges, storms, no_codes, everyday, tuple(hashtags))

"""Finds the toponyms of one text in the database, for a process that has no name index in memory.

The runs of words of the text are looked up in the index of folded names. The rows found become a small name index, and
`geo.resolver.toponyms` reads the text with it as with the whole gazetteer.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, text

from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.resolver.toponym_runs import list_runs
from geo.resolver.toponyms import LEAST_SHOWN, ContextMention, Toponym, read_mentions
from geo.text.normalise import LONGEST_TEXT, fold_name
from geo.text.stopwords import list_spellings

_NAMESAKES: Final = 24  # most places of one name, the largest first, as in `NameIndex`
_LETTERS: Final = 3  # a shorter name is a code, and counts only in capitals
# The name of an area mostly means its main town, not its middle, as in `geo.spatial_sql`.
_THINGS = text(
    """
    WITH found AS (
        SELECT DISTINCT ON (named.place_id, named.area_id, sought.name) named.place_id, named.area_id, sought.name
          FROM unnest(CAST(:names AS text[])) AS sought(name)
         CROSS JOIN LATERAL (
               SELECT place_id, area_id FROM place_search_name
                WHERE campaign_id = :campaign_id AND folded = sought.name ORDER BY weight DESC LIMIT :namesakes
               ) AS named),
    own AS (
        SELECT DISTINCT coalesce(place.same_as_id, place.id) AS place_id, found.name, place.population
          FROM found JOIN place ON place.id = found.place_id)
    SELECT 'p' || place.id, place.name, own.name, place.names, ST_Y(place.geom), ST_X(place.geom), place.radius_m,
           place.kind, coalesce(greatest(place.population, own.population), 0)
      FROM own JOIN place ON place.id = own.place_id
    UNION ALL
    SELECT 'a' || area.id, area.name, found.name, area.names, coalesce(seat.lat, ST_Y(inside.geom)),
           coalesce(seat.lon, ST_X(inside.geom)), inside.radius_m, 'admin' || area.level, 0
      FROM found JOIN area ON area.id = found.area_id
     CROSS JOIN LATERAL (
           SELECT ST_PointOnSurface(area.geom) AS geom, sqrt(ST_Area(area.geom::geography) / pi()) AS radius_m
           ) AS inside
      LEFT JOIN LATERAL (
           SELECT ST_Y(place.geom) AS lat, ST_X(place.geom) AS lon
             FROM own JOIN place ON place.id = own.place_id
            WHERE own.name = found.name AND ST_Intersects(area.geom, place.geom)
            ORDER BY place.population DESC NULLS LAST, place.id LIMIT 1) AS seat ON true
     ORDER BY 1, 3
    """
)


def find_mentions(
    connection: Connection, campaign_id: int, words: str, around: Sequence[Toponym | ContextMention] = ()
) -> list[Toponym]:
    """Find the toponyms of a text in the campaign's gazetteer, in the order of the text, for a person to judge.

    One query, whose cost grows with the text and not with the gazetteer. Initials ("PAP") are not matched here.
    """
    names = _list_names(words)
    if not names:
        return []
    values = {"campaign_id": campaign_id, "names": names, "namesakes": _NAMESAKES}
    things = list(_gather(connection.execute(_THINGS, values)))
    return read_mentions(words, NameIndex(things), around, LEAST_SHOWN) if things else []


def _list_names(words: str) -> list[str]:
    """List the possible names in a text, folded as in `place_search_name`.

    Common parts of names ("rue", "street") come in their other spellings too.
    """
    names: dict[str, None] = {}
    spellings = _load_spellings()
    for run in dict.fromkeys(list_runs(words[:LONGEST_TEXT])):
        folded = fold_name(run).split()
        if len("".join(folded)) < _LETTERS and not run.replace(".", "").isupper():
            continue
        names |= {" ".join(folded): None, "".join(folded): None}
        for at, word in enumerate(folded):
            for other in spellings.get(word, ()):
                names[" ".join((*folded[:at], other, *folded[at + 1 :]))] = None
    return [name for name in names if name]


@lru_cache(maxsize=1)
def _load_spellings() -> Mapping[str, tuple[str, ...]]:
    """Load the other spellings of each common part of names; cached."""
    return {word: tuple(other for other in group if other != word) for group in list_spellings() for word in group} | {
        "st": ("saint",)
    }


def _gather(rows: Any) -> Iterator[NamedThing]:
    """Group the rows to one thing each, with the names that were found and its two-letter codes."""
    found: dict[str, list[Any]] = defaultdict(list)
    for key, *row in rows:
        found[key].append(row)
    for first, *others in found.values():
        name, _, names, lat, lon, radius_m, kind, population = first
        codes = [each for each in names if len(each) == 2 and each.isupper()]
        written = [each[1] for each in (first, *others)]
        yield NamedThing(name, (*written, *codes), lat, lon, radius_m, kind, population)

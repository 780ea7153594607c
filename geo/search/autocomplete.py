"""Autocomplete of place names: prefix, later words, phonetic key, half of the name, and at last trigrams.

One typing error leaves the first or the last half of a name intact, so a range of an index finds the name. Only names
with more errors need the trigram index, which is slower. The names of a gazetteer are folded in `place_search_name`, so
that accents, case and script make no difference. Each stage is an index scan with a limit, and a later stage runs only
when the earlier ones found too little.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import Connection, TextClause, text

from geo.distance import distance_m
from geo.text.normalise import fold_name
from geo.text.phonetic_key import sound

SHORTEST: Final = 2  # letters; a single one would find everything
LONGEST: Final = 100  # characters of the typed text that are read
_POOL = 40  # candidates that each stage may bring
_LOOKED_AT = 500  # rows from which a stage of weak matches chooses
_LOOKED_AT_HALF = 3_000  # the same for the stage with half of the name
# Least trigram similarity: one wrong letter costs a short name a larger share of its trigrams.
_SIMILARITY, _SIMILARITY_SHORT, _SHORT = 0.5, 0.36, 9
_GOES_ON = 0.9  # share of the similarity that counts where only the beginning of the name matches
_FEW = 3  # with fewer results than this, weaker matches are tried too
_SAME_M = 2_000.0  # two places of one name within this distance are one place from two sources
_AFTER = "{"  # sorts behind every letter, digit and space that folding leaves

_EXACT, _PREFIX, _WORD, _SOUND, _ALIKE = 4.0, 3.0, 2.2, 1.8, 1.0
_WEIGHT_SHARE = 0.25  # a place with ten times the people is worth this much
_FAR_SHARE = 0.5  # a place ten times as far away is worth this much less
_NEAR_M = 2_000.0  # smaller distances all count as this one

# A name may have many homonyms, so their distance counts before the pool is cut.
_SAME_NAME = text(
    """
    SELECT found.place_id, found.area_id, found.folded, found.weight
      FROM place_search_name AS found LEFT JOIN place ON place.id = found.place_id
     WHERE found.campaign_id = :campaign_id AND found.folded = :query
     ORDER BY found.weight * :weight_share - CASE WHEN CAST(:lat AS float8) IS NULL OR place.id IS NULL THEN 0 ELSE
              :far_share * log(greatest(:near_m, ST_DistanceSphere(
                  place.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))) / :near_m) END DESC
     LIMIT :pool
    """
)
_BEGIN_2, _BEGIN_3, _BEGIN = (
    text(
        f"""
        SELECT place_id, area_id, folded, weight FROM place_search_name
         WHERE campaign_id = :campaign_id AND {condition} ORDER BY weight DESC LIMIT :pool
        """
    )
    for condition in (
        'left(folded, 2) = :query', 'left(folded, 3) = :query', 'folded >= :query AND folded < :after'
    )
)  # fmt: skip
_LATER_WORD = text(
    """
    SELECT place_id, area_id, folded, weight FROM (
           SELECT place_id, area_id, folded, weight FROM place_search_name
            WHERE campaign_id = :campaign_id AND folded LIKE :pattern LIMIT :looked_at) AS seen
     ORDER BY weight DESC LIMIT :pool
    """
)
_SOUNDS = text(
    """
    SELECT place_id, area_id, folded, weight FROM (
           SELECT place_id, area_id, folded, weight FROM place_search_name
            WHERE campaign_id = :campaign_id AND sound >= :sound AND sound < :sound_after LIMIT :looked_at) AS seen
     ORDER BY weight DESC LIMIT :pool
    """
)
_HALF_FIRST, _HALF_LAST = (
    text(
        f"""
        SELECT place_id, area_id, folded, weight FROM (
               SELECT place_id, area_id, folded, weight,
                      greatest(similarity(folded, :query), similarity(left(folded, :length), :query)) AS similarity
                 FROM (SELECT place_id, area_id, folded, weight FROM place_search_name
                        WHERE campaign_id = :campaign_id AND {condition} LIMIT :looked_at_half) AS seen) AS compared
         WHERE similarity >= :threshold ORDER BY similarity DESC, weight DESC LIMIT :pool
        """
    )
    for condition in (
        "folded >= :first AND folded < :first_after AND length(folded) >= :length - 1",
        "reverse(folded) >= :last AND reverse(folded) < :last_after AND abs(length(folded) - :length) <= 2",
    )
)
_LETTERS = text(
    """
    SELECT place_id, area_id, folded, weight FROM place_search_name
     WHERE campaign_id = :campaign_id AND folded % :query
     ORDER BY similarity(folded, :query) DESC, weight DESC LIMIT :pool
    """
)
_SET_THRESHOLD = text("SELECT set_config('pg_trgm.similarity_threshold', :threshold, true)")
# A name of a conflated place leads to the place that it was conflated with.
_DETAILS = text(
    """
    SELECT named.id AS place_id, NULL::bigint AS area_id, place.name, place.kind, ST_Y(place.geom) AS lat,
           ST_X(place.geom) AS lon, place.radius_m, place.population
      FROM place AS named JOIN place ON place.id = coalesce(named.same_as_id, named.id)
     WHERE named.id = ANY(CAST(:places AS bigint[]))
    UNION ALL
    SELECT NULL, area.id, area.name, 'admin' || area.level, ST_Y(inside.geom), ST_X(inside.geom),
           sqrt(ST_Area(area.geom::geography) / pi()), NULL
      FROM area CROSS JOIN LATERAL (SELECT ST_PointOnSurface(area.geom) AS geom) AS inside
     WHERE area.id = ANY(CAST(:areas AS bigint[]))
    """
)
_SURROUNDINGS = text(
    """
    SELECT point.n, array_agg(area.name ORDER BY area.level DESC, area.code)
      FROM unnest(CAST(:lats AS float8[]), CAST(:lons AS float8[])) WITH ORDINALITY AS point(lat, lon, n)
      JOIN LATERAL (
           SELECT DISTINCT area_id FROM area_piece
            WHERE campaign_id = :campaign_id
              AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326))) AS piece ON true
      JOIN area ON area.id = piece.area_id
     GROUP BY point.n
    """
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place or area that was found. Degrees in WGS 84, metres.

    `around` are the areas it lies in, the smallest first, without itself; `distance_m` is from the place where the
    search was made.
    """

    name: str
    kind: str
    lat: float
    lon: float
    radius_m: float
    population: int | None
    around: tuple[str, ...]
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A name that matches, and how well."""

    place_id: int | None
    area_id: int | None
    match: float
    weight: float


def search_places(
    connection: Connection, campaign_id: int, typed: str, near: tuple[float, float] | None = None, limit: int = 8
) -> list[Hit]:
    """Search places and areas whose name begins with, contains a word like, or sounds or looks like the typed text.

    The best come first: by match, then by size and by the distance to `near` (lat, lon). [] for fewer than two letters.
    """
    query = fold_name(typed[:LONGEST], is_unfinished=True)
    if len(query) < SHORTEST:
        return []
    found = _find(connection, campaign_id, query, near)
    ranked = _rank(_read_details(connection, found), near)
    return _describe(connection, campaign_id, _drop_repeated(ranked, limit))


def _find(connection: Connection, campaign_id: int, query: str, near: tuple[float, float] | None) -> list[_Found]:
    heard = " ".join(sound(word) for word in query.split())
    lat, lon = near or (None, None)
    values = {
        "campaign_id": campaign_id, "query": query, "after": query + _AFTER, "pool": _POOL, "lat": lat, "lon": lon,
        "pattern": f"% {query}%", "sound": heard, "sound_after": heard + _AFTER, "weight_share": _WEIGHT_SHARE,
        "far_share": _FAR_SHARE, "near_m": _NEAR_M, "looked_at": _LOOKED_AT, "looked_at_half": _LOOKED_AT_HALF,
        "threshold": _SIMILARITY_SHORT if len(query) < _SHORT else _SIMILARITY, "length": len(query), **_halve(query),
    }  # fmt: skip
    best: dict[tuple[int | None, int | None], _Found] = {}
    for statement, match in _list_stages(query, heard):
        # Names that begin with the typed text are most likely meant; slower stages run only where these are few.
        if match < _PREFIX and len(best) >= (1 if statement is _LETTERS else _FEW):
            break
        if statement is _LETTERS:
            connection.execute(_SET_THRESHOLD, {"threshold": str(values["threshold"])})
        for row in connection.execute(statement, values):
            key = (row.place_id, row.area_id)
            share = _WORD * _compare(query, row.folded) ** 3 if match == _ALIKE else match
            if key not in best or best[key].match < share:
                best[key] = _Found(row.place_id, row.area_id, share, row.weight)
    return list(best.values())


def _compare(query: str, folded: str) -> float:
    """Compute the similarity (0 to 1) of a name and the typed text, letter by letter; a name may be longer."""
    whole = DamerauLevenshtein.normalized_similarity(query, folded)
    begun = DamerauLevenshtein.normalized_similarity(query, folded[: len(query)])
    return max(whole, _GOES_ON * begun)


def _list_stages(query: str, heard: str) -> list[tuple[TextClause, float]]:
    begin = {2: _BEGIN_2, 3: _BEGIN_3}.get(len(query), _BEGIN)
    stages = [(_SAME_NAME, _EXACT), (begin, _PREFIX)]
    if len(query) > 2:
        stages.append((_LATER_WORD, _WORD))
    if len(heard) > 2:
        stages.append((_SOUNDS, _SOUND))
    if len(query) > 3:
        stages += [(_HALF_FIRST, _ALIKE), (_HALF_LAST, _ALIKE), (_LETTERS, _ALIKE)]
    return stages


def _halve(query: str) -> dict[str, str]:
    """Return both halves of the typed text, at least three letters each; the last half is reversed."""
    length = max(3, (len(query) + 1) // 2)
    first, last = query[:length], query[::-1][: max(3, len(query) - length)]
    return {"first": first, "first_after": first + _AFTER, "last": last, "last_after": last + _AFTER}


def _read_details(connection: Connection, found: Sequence[_Found]) -> list[tuple[_Found, Any]]:
    by_id = {(one.place_id, one.area_id): one for one in found}
    values = {
        "places": [one.place_id for one in found if one.place_id is not None],
        "areas": [one.area_id for one in found if one.area_id is not None],
    }
    rows = connection.execute(_DETAILS, values)
    return [(by_id[row.place_id, row.area_id], row) for row in rows]


def _rank(rows: Iterable[tuple[_Found, Any]], near: tuple[float, float] | None) -> list[Hit]:
    scored = []
    for found, row in rows:
        away_m = distance_m(*near, row.lat, row.lon) if near is not None else None
        score = found.match + _WEIGHT_SHARE * found.weight
        if away_m is not None:
            score -= _FAR_SHARE * math.log10(max(away_m, _NEAR_M) / _NEAR_M)
        hit = Hit(row.name, row.kind, row.lat, row.lon, row.radius_m, row.population, (), away_m)
        scored.append((-score, row.name, row.place_id or 0, hit))
    return [hit for *_, hit in sorted(scored, key=lambda entry: entry[:3])]


def _drop_repeated(hits: Iterable[Hit], limit: int) -> list[Hit]:
    kept: list[Hit] = []
    for hit in hits:
        name = fold_name(hit.name)
        if not any(
            fold_name(other.name) == name and distance_m(hit.lat, hit.lon, other.lat, other.lon) < _SAME_M
            for other in kept
        ):
            kept.append(hit)
        if len(kept) == limit:
            break
    return kept


def _describe(connection: Connection, campaign_id: int, hits: Sequence[Hit]) -> list[Hit]:
    """Add the surrounding areas to each result, by which people tell homonyms apart."""
    if not hits:
        return []
    values = {"campaign_id": campaign_id, "lats": [hit.lat for hit in hits], "lons": [hit.lon for hit in hits]}
    around = {n: tuple(names) for n, names in connection.execute(_SURROUNDINGS, values)}
    return [
        Hit(
            hit.name, hit.kind, hit.lat, hit.lon, hit.radius_m, hit.population,
            tuple(name for name in around.get(number, ()) if name != hit.name), hit.distance_m,
        )
        for number, hit in enumerate(hits, 1)
    ]  # fmt: skip

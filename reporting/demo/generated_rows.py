"""Stores the generated months of the demonstration in bulk: senders, profiles, incidents, reports, decisions.

The rows are what the program itself would have stored of them. Their source is `generated`, and their text says so.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select, text

from geo.reasons import LocationSource
from geo.spatial_sql import list_area_codes
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.demo.generated_months import Said, Sender, Spot, draw_reports, draw_senders
from reporting.models.campaign import Topic
from reporting.models.states import DecisionKind, ItemStatus, ReportState

SOURCE: Final = "generated"
_TEXT: Final = "Generated for the demonstration: nobody sent this."
_CHANNEL: Final = "demo"

_IS_STORED: Final = text("SELECT EXISTS (SELECT FROM report WHERE campaign_id = :campaign_id AND source = :source)")
_SPOTS: Final = text(
    """
    SELECT ST_Y(point) AS lat, ST_X(point) AS lon
      FROM (SELECT code, ST_PointOnSurface(geom) AS point FROM area WHERE campaign_id = :campaign_id AND level = 3)
           AS municipality
     ORDER BY code
    """
)
# Identity numbers are given in the order of the rows, so that the n-th number, sorted, is that of the n-th row.
_ADD_SENDERS: Final = text(
    """
    INSERT INTO contact (campaign_id, address_hash, channel)
    SELECT :campaign_id, decode(md5(:source || n), 'hex'), :channel FROM generate_series(1, :number) AS n ORDER BY n
    RETURNING id
    """
)
_ADD_PROFILES: Final = text(
    f"""
    INSERT INTO reporter_profile (campaign_id, contact_id, sex, sex_why, age, age_why)
    SELECT :campaign_id, sender,
           sex, CASE WHEN sex IS NULL THEN '{ItemStatus.REFUSED}' ELSE '{ItemStatus.ANSWERED}' END,
           age, CASE WHEN age IS NULL THEN '{ItemStatus.REFUSED}' ELSE '{ItemStatus.ANSWERED}' END
      FROM unnest(CAST(:senders AS bigint[]), CAST(:sexes AS text[]), CAST(:ages AS text[])) AS drawn(sender, sex, age)
    """
)
_ADD_INCIDENTS: Final = text(
    """
    INSERT INTO incident (campaign_id, topic_id, point, radius_m, occurred_at)
    SELECT :campaign_id, topic, ST_SetSRID(ST_MakePoint(lon, lat), 4326), radius_m, occurred_at
      FROM unnest(CAST(:topics AS bigint[]), CAST(:lats AS float8[]), CAST(:lons AS float8[]),
                  CAST(:radii AS float8[]), CAST(:occurred AS timestamptz[]))
           WITH ORDINALITY AS drawn(topic, lat, lon, radius_m, occurred_at, n)
     ORDER BY n RETURNING id
    """
)
_ADD_REPORTS: Final = text(
    f"""
    INSERT INTO report (campaign_id, reference, source, source_id, contact_id, text, topic_id, topic_confidence,
                        occurred_at, reported_at, point, radius_m, place_confidence, location_source, area_codes,
                        incident_id, state)
    SELECT :campaign_id, reference, :source, n, sender, :text, topic, 1, occurred_at, reported_at,
           ST_SetSRID(ST_MakePoint(lon, lat), 4326), radius_m, 0.9, '{LocationSource.IMPORT}',
           jsonb_strip_nulls(jsonb_build_object('1', province, '2', district, '3', municipality)), incident,
           '{ReportState.APPROVED}'
      FROM unnest(CAST(:references AS text[]), CAST(:senders AS bigint[]), CAST(:topics AS bigint[]),
                  CAST(:occurred AS timestamptz[]), CAST(:reported AS timestamptz[]), CAST(:lats AS float8[]),
                  CAST(:lons AS float8[]), CAST(:radii AS float8[]), CAST(:provinces AS text[]),
                  CAST(:districts AS text[]), CAST(:municipalities AS text[]), CAST(:incidents AS bigint[]))
           WITH ORDINALITY AS drawn(reference, sender, topic, occurred_at, reported_at, lat, lon, radius_m, province,
                                    district, municipality, incident, n)
     ORDER BY n RETURNING id
    """
)
_ADD_DECISIONS: Final = text(
    f"""
    INSERT INTO decision (campaign_id, report_id, account_id, kind, decided_at)
    SELECT :campaign_id, report, :account_id, '{DecisionKind.APPROVE}', decided_at
      FROM unnest(CAST(:reports AS bigint[]), CAST(:decided AS timestamptz[])) AS drawn(report, decided_at)
    """
)
_ANALYZE: Final = text("ANALYZE contact, reporter_profile, incident, report, decision")


def store_generated_months(
    connection: Connection, campaign_id: int, moderator_id: int, pseudonyms: Pseudonyms, census: Path
) -> int:
    """Store the generated months, unless they are stored; return the number of reports. The caller commits.

    `census` is the CSV of people by district and sex. Needs the boundaries of the demonstration.
    """
    if connection.execute(_IS_STORED, {"campaign_id": campaign_id, "source": SOURCE}).scalar_one():
        return 0
    spots = _list_spots(connection, campaign_id)
    senders = draw_senders(spots, read_people(census))
    said = draw_reports(spots, senders)
    contacts = _add_senders(connection, campaign_id, senders)
    topics = _read_topics(connection, campaign_id)
    incidents = _add_incidents(connection, campaign_id, said, spots, topics)
    values = {
        "campaign_id": campaign_id, "source": SOURCE, "text": _TEXT,
        "references": [pseudonyms.make_reference(SOURCE, str(number)) for number in range(len(said))],
        "senders": [None if each.sender is None else contacts[each.sender] for each in said],
        "reported": [each.reported_at for each in said],
        "incidents": [incidents[each.incident] for each in said],
        **_list_places(said, spots, topics),
    }  # fmt: skip
    reports = sorted(connection.execute(_ADD_REPORTS, values).scalars())
    values = {
        "campaign_id": campaign_id, "account_id": moderator_id, "reports": reports,
        "decided": [each.decided_at for each in said],
    }  # fmt: skip
    connection.execute(_ADD_DECISIONS, values)
    connection.execute(_ANALYZE)
    return len(said)


def read_people(census: Path) -> dict[str, dict[str, int]]:
    """Read the people of the census by district and sex."""
    people: dict[str, dict[str, int]] = defaultdict(dict)
    with census.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people[row["area_code"]][row["sex"]] = int(row["value"])
    return dict(people)


def _list_spots(connection: Connection, campaign_id: int) -> list[Spot]:
    """List the municipalities, in the order of their codes."""
    points = [(row.lat, row.lon) for row in connection.execute(_SPOTS, {"campaign_id": campaign_id})]
    codes = list_area_codes(connection, campaign_id, points)
    return [Spot(lat, lon, around) for (lat, lon), around in zip(points, codes, strict=True)]


def _read_topics(connection: Connection, campaign_id: int) -> dict[str, int]:
    rows = connection.execute(select(Topic.code, Topic.id).where(Topic.campaign_id == campaign_id))
    return {row.code: row.id for row in rows}


def _add_senders(connection: Connection, campaign_id: int, senders: Sequence[Sender]) -> list[int]:
    values = {"campaign_id": campaign_id, "source": SOURCE, "channel": _CHANNEL, "number": len(senders)}
    contacts = sorted(connection.execute(_ADD_SENDERS, values).scalars())
    told = {"sexes": [each.sex for each in senders], "ages": [each.age for each in senders]}
    connection.execute(_ADD_PROFILES, {"campaign_id": campaign_id, "senders": contacts, **told})
    return contacts


def _add_incidents(
    connection: Connection, campaign_id: int, said: Sequence[Said], spots: Sequence[Spot], topics: dict[str, int]
) -> list[int]:
    """Add the incidents, each with place and time of its first report, and return their ids by position."""
    firsts: dict[int, Said] = {}
    for each in sorted(said, key=lambda report: report.occurred_at):
        firsts.setdefault(each.incident, each)
    described = _list_places([firsts[number] for number in range(len(firsts))], spots, topics)
    return sorted(connection.execute(_ADD_INCIDENTS, {"campaign_id": campaign_id, **described}).scalars())


def _list_places(said: Sequence[Said], spots: Sequence[Spot], topics: dict[str, int]) -> dict[str, list[Any]]:
    """List topic, time and place of reports, column by column."""
    at = [spots[each.spot] for each in said]
    return {
        "topics": [topics[each.topic] for each in said],
        "occurred": [each.occurred_at for each in said],
        "radii": [each.radius_m for each in said],
        "lats": [spot.lat for spot in at],
        "lons": [spot.lon for spot in at],
        **{
            name: [spot.codes.get(level) for spot in at]
            for level, name in enumerate(("provinces", "districts", "municipalities"), start=1)
        },
    }

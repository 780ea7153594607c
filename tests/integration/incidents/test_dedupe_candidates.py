"""Candidates from PostGIS: who is one, in bounded work whatever the data looks like."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.incidents.candidates import CANDIDATES, list_candidates, list_observations
from reporting.incidents.similarity import LINK_AT, SUGGEST_AT, compare
from reporting.incidents.text_similarity import minhash_bands, text_key
from reporting.models.report import ReportMinhash
from tests.conftest import SMALL_CAMPAIGN, add_campaign

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BURST = "The water pipe in front of the old school has burst and the whole lane is flooded"
LAT, LON = 27.667, 85.325


class Reports:
    """Writes reports straight into the table, as many as a case needs."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.campaign_id = add_campaign(connection)
        self._count = 0

    def add(self, words: str = "", *, metres: float | None = 0.0, at: datetime = NOON, **columns: Any) -> int:
        """Add a report `metres` north of the centre, None for nowhere; returns its id."""
        self._count += 1
        values = {
            "campaign": self.campaign_id, "reference": f"R{self._count}", "words": words, "key": text_key(words),
            "at": at, "lat": None if metres is None else LAT + metres / 111_195, "lon": LON, "radius": 50.0,
            "state": "queued", "topic": "water", "name": None, "language": None,
        } | columns  # fmt: skip
        report_id = int(self.connection.execute(_ADD, values).scalar_one())
        for band in minhash_bands(words):
            row = {"campaign_id": values["campaign"], "band": band, "report_id": report_id}
            self.connection.execute(insert(ReportMinhash).values(row))
        return report_id


_ADD = text(
    """
    WITH own AS (INSERT INTO incident (campaign_id) VALUES (:campaign) RETURNING id)
    INSERT INTO report (campaign_id, reference, source, text, text_key, topic_id, occurred_at, reported_at, point,
                        radius_m, incident_id, state, gazetteer_name, language)
    SELECT :campaign, :reference, 'test', :words, :key,
           (SELECT id FROM topic WHERE campaign_id = :campaign AND code = :topic), :at, :at,
           CASE WHEN CAST(:lat AS float8) IS NULL THEN NULL ELSE ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) END,
           :radius, own.id, :state, :name, :language
    FROM own RETURNING id
    """
)


@pytest.fixture
def reports(connection: Connection) -> Reports:
    return Reports(connection)


def _found(connection: Connection, report_id: int, **options: int) -> set[int]:
    candidates = list_candidates(connection, [report_id], **options).get(report_id, [])
    return {candidate.observation.id for candidate in candidates}


def test_earlier_reports_within_the_uncertainties_and_the_window_are_candidates(
    connection: Connection, reports: Reports
) -> None:
    near = reports.add(metres=100)
    far, old = reports.add(metres=900), reports.add(at=NOON - timedelta(hours=73))
    rejected = reports.add(state="rejected")
    vague = reports.add(metres=900, radius=1_000.0)
    own = reports.add()
    later = reports.add()
    assert _found(connection, own) == {near, vague}
    assert not {far, old, rejected, own, later} & _found(connection, own)


def test_the_same_words_are_found_without_a_place_and_after_any_time(connection: Connection, reports: Reports) -> None:
    copy = reports.add(BURST.upper() + "!", metres=None, at=NOON - timedelta(days=300))
    reports.add("Something else altogether", metres=None)
    assert _found(connection, reports.add(BURST)) == {copy}


def test_a_copy_with_small_changes_is_found_without_a_place_and_after_any_time(
    connection: Connection, reports: Reports
) -> None:
    copy = reports.add(BURST, metres=None, at=NOON - timedelta(days=300))
    reports.add("The old school has a new roof and the lane in front of it is clean", metres=None)
    assert _found(connection, reports.add(BURST.replace("whole", "hole") + " please share")) == {copy}


def test_near_copies_are_taken_from_the_latest_of_very_many(connection: Connection, reports: Reports) -> None:
    words = BURST.split()
    ids = [reports.add(" ".join([*words[: n % 16], f"x{n}", *words[n % 16 :]]), metres=None) for n in range(80)]
    found = _found(connection, ids[-1])
    assert 4 <= len(found) <= 24
    assert found <= set(ids[-40:-1])


def test_rejected_copies_do_not_make_a_look_longer(connection: Connection, reports: Reports) -> None:
    reports.add(BURST, metres=None)
    for _ in range(60):
        reports.add(BURST, metres=None, state="rejected")
    report_id = reports.add(BURST, metres=None)
    # In a small table that nobody has analysed any index will do, and sorting what it gives.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    connection.execute(text("SET LOCAL enable_sort = off"))
    analysed = connection.execute(
        text("EXPLAIN (ANALYZE, FORMAT TEXT) " + CANDIDATES.text), {"ids": [report_id], "limit": 30}
    )
    of_the_words = [line[0] for line in analysed if "text_key_id" in line[0]]
    looked_at = [int(rows) for line in of_the_words for rows in re.findall(r"actual time=\S+ rows=(\d+)", line)]
    assert looked_at == [40]


def test_silence_is_no_copy_of_silence(connection: Connection, reports: Reports) -> None:
    reports.add("", metres=None)
    assert _found(connection, reports.add("", metres=None)) == set()


def test_another_campaign_is_another_world(connection: Connection, reports: Reports) -> None:
    definition = read_definition(SMALL_CAMPAIGN.replace("slug: test", "slug: other").replace("0006", "0007"), "other")
    theirs = reports.add(BURST, campaign=create_campaign(connection, definition))
    ours = reports.add(BURST)
    assert theirs not in _found(connection, reports.add(BURST))
    assert ours in _found(connection, reports.add(BURST))


def test_a_batch_gets_what_each_would_get_alone(connection: Connection, reports: Reports) -> None:
    ids = [reports.add(BURST, metres=metres) for metres in (0, 40, 5_000, 90)]
    together = list_candidates(connection, ids)
    for report_id in ids:
        assert {c.observation.id for c in together.get(report_id, [])} == _found(connection, report_id)
    assert [candidate.observation.id for candidate in list_observations(connection, ids)] == ids


def test_places_named_alike_and_the_language_of_the_words_are_compared(
    connection: Connection, reports: Reports
) -> None:
    same = reports.add(name="Old School", language="ht")
    other = reports.add(name="Lower Market", language="en")
    pinned = reports.add(name=None)
    own = reports.add(name="Old School", language="en")
    [seen] = list_observations(connection, [own])
    found = {each.observation.id: each.observation for each in list_candidates(connection, [own])[own]}
    assert {number: each.location for number, each in found.items()} == {
        same: "Old School", other: "Lower Market", pinned: None,
    }  # fmt: skip
    scores = {n: compare(seen.observation, each, window_s=seen.window_s) for n, each in found.items()}
    assert "place named alike" in scores[same].reasons
    assert scores[same].score > max(scores[pinned].score, scores[other].score)
    assert (found[same].language, found[other].language) == ("ht", "en")


def test_a_name_that_very_many_share_is_no_evidence(connection: Connection, reports: Reports) -> None:
    for topic in ("road", "road", "road", "water", "road", None):
        reports.add(name="City", topic=topic)
    own = reports.add(name="City")
    assert {each.observation.location for each in list_candidates(connection, [own])[own]} == {None}


def test_many_who_tell_of_one_thing_at_once_are_no_crowd(connection: Connection, reports: Reports) -> None:
    for number in range(12):
        reports.add(f"own words {number * 7919}", at=NOON + timedelta(minutes=number), name="Well")
    own = reports.add("and others again", at=NOON + timedelta(minutes=12), name="Well")
    candidates = list_candidates(connection, [own])[own]
    assert {each.observation.location for each in candidates} == {"Well"}
    seen = list_observations(connection, [own])[0]
    assert all(
        compare(seen.observation, each.observation, window_s=seen.window_s).score >= SUGGEST_AT for each in candidates
    )


def test_a_crowd_on_one_pin_gives_few_candidates_and_no_link(connection: Connection, reports: Reports) -> None:
    for number in range(200):
        reports.add(f"word{number} and other{number * 7} matter{number * 13}", at=NOON - timedelta(minutes=number))
    copy = reports.add(BURST, at=NOON - timedelta(hours=70))
    report_id = reports.add(BURST)
    candidates = list_candidates(connection, [report_id], limit=30)[report_id]
    own = list_observations(connection, [report_id])[0]
    scores = {
        c.observation.id: compare(own.observation, c.observation, window_s=own.window_s).score for c in candidates
    }
    assert len(candidates) <= 31
    assert scores.pop(copy) >= LINK_AT
    assert max(scores.values()) < SUGGEST_AT


def test_one_text_from_very_many_phones_gives_few_candidates(connection: Connection, reports: Reports) -> None:
    ids = [reports.add(BURST, metres=None) for _ in range(50)]
    found = _found(connection, ids[-1])
    assert found == set(ids[-11:-1])


def test_the_nearest_are_asked_of_the_index(connection: Connection, reports: Reports) -> None:
    report_id = reports.add()
    # In a table of one row anything is cheaper than the index, even sorting what another index gives.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    connection.execute(text("SET LOCAL enable_sort = off"))
    plan = _plan(connection, report_id)
    assert "ix_report_spacetime" in plan


def _plan(connection: Connection, report_id: int) -> str:
    query = text("EXPLAIN " + CANDIDATES.text)
    return "\n".join(row[0] for row in connection.execute(query, {"ids": [report_id], "limit": 30}))

"""Voices are counted, copies of one text stand apart: however many there are, the work for each report is bounded."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, insert, text

from reporting.conversation.commands import erase_senders
from reporting.incidents.corroboration import NUMBERS_LEAST, corroborate, mark_duplicates
from reporting.incidents.text_similarity import minhash_bands, text_key
from reporting.models.message import Contact
from reporting.models.report import Report, ReportMinhash
from reporting.moderation import bulk
from reporting.moderation.errors import ChangeRefused
from reporting.moderation.undo import undo
from tests.factories.moderation import Desk, make_desk

CHAIN = "Pass this on to everybody: they open the gates of the big dam tonight, leave your houses now"
NEARLY = "Pass this on to everyone: they open the gates of the big dam tonight, leave your houses now!!"
OWN = ("no water at the school", "the tap at our house is dry", "pipe burst near the temple", "dhara ma pani chaina")


class Crowd:
    """People who text, each from a number of their own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.numbers: Iterator[int] = iter(range(10_000))
        self.incident = 0
        self.minute = 0

    def say(self, words: str, contact: int | None = None, **columns: object) -> int:
        """A report of the incident, a minute after the last; marked as the pipeline does."""
        contact = contact or self.desk.add_contact(f"+97798{next(self.numbers):08}")
        self.minute += 1
        at = f"2026-11-01T{self.minute // 60:02}:{self.minute % 60:02}Z"
        columns = {"incident_id": self.incident or None, "occurred_at": at, "reported_at": at, **columns}
        report = self.desk.add_report(words, contact_id=contact, text_key=text_key(words), **columns)
        self.incident = self.incident or int(self.desk.get(report, "incident_id"))
        for band in minhash_bands(words):
            row = {"campaign_id": self.desk.campaign_id, "band": band, "report_id": report}
            self.desk.connection.execute(insert(ReportMinhash).values(row))
        mark_duplicates(self.desk.connection, [report])
        return report

    def count(self) -> tuple[int, int, int, list[int]]:
        """Reports, voices, channels, and the copies of each text."""
        found = corroborate(self.desk.connection, self.incident)
        return found.reports, found.independent_sources, found.channels, [burst.reports for burst in found.copies]


@pytest.fixture
def crowd(connection: Connection) -> Crowd:
    """Nobody has written yet."""
    return Crowd(make_desk(connection))


def test_voices_are_senders_and_channels_are_ways_in(crowd: Crowd) -> None:
    first = crowd.desk.add_contact("+9779811111111")
    for words in OWN[:2]:
        crowd.say(words, first)
    crowd.say(OWN[2], source="web")
    assert crowd.count() == (3, 2, 2, [])


def test_all_whom_nobody_knows_are_one_voice_and_rejected_reports_are_none(crowd: Crowd) -> None:
    crowd.say(OWN[0])
    for words in OWN[1:3]:
        crowd.desk.add_report(words, incident_id=crowd.incident)
    crowd.say(OWN[3], state="rejected")
    assert crowd.count() == (3, 2, 1, [])


def test_one_text_from_ten_new_numbers_is_counted_apart_with_the_reason(crowd: Crowd) -> None:
    crowd.say(OWN[0])
    for _ in range(NUMBERS_LEAST - 1):
        crowd.say(CHAIN)
    assert crowd.count() == (NUMBERS_LEAST, NUMBERS_LEAST, 1, [])
    for _ in range(4):
        crowd.say(CHAIN)
    assert crowd.count() == (1, 1, 1, [NUMBERS_LEAST + 3])
    (burst,) = corroborate(crowd.desk.connection, crowd.incident).copies
    assert dict(burst.figures) == {"numbers": 10, "new_numbers": 10, "within_s": 540}


def test_nearly_the_same_words_are_copies_too(crowd: Crowd) -> None:
    for n in range(12):
        crowd.say(NEARLY if n % 2 else CHAIN)
    assert crowd.count() == (0, 0, 0, [12])


@pytest.mark.parametrize("words", ["no water in ward 5", "road is blocked"])
def test_a_few_words_are_said_by_many_of_their_own_accord(crowd: Crowd, words: str) -> None:
    for _ in range(15):
        crowd.say(words)
    assert crowd.count() == (15, 15, 1, [])


def test_other_numbers_in_the_same_words_make_other_texts(crowd: Crowd) -> None:
    for camp in range(15):
        crowd.say(f"There is no drinking water at all for the people in camp number {camp}")
    assert crowd.count() == (15, 15, 1, [])


_PASSED_ON = (
    "Yo pral louvri baraj la aswe a, dlo ap anvayi tout vil la, kite kay nou kounye a. Voye mesaj sa bay {} moun"
)


def test_a_number_that_changes_in_a_long_text_that_is_passed_on_makes_no_other_text(crowd: Crowd) -> None:
    for many in range(5, 25):
        crowd.say(_PASSED_ON.format(many))
    assert crowd.count() == (0, 0, 0, [20])


def test_a_text_passed_on_with_a_greeting_or_a_name_is_a_copy(crowd: Crowd) -> None:
    greetings, names = (
        ("", "FWD: ", "Tanpri li: ", "URGENT!!! "),
        ("", " - Jozèf", " pastè legliz la", " - Ketli k ap viv"),
    )
    for n in range(20):
        crowd.say(f"{greetings[n % 4]}{_PASSED_ON.format('tout')}{names[n // 5]}")
    assert crowd.count() == (0, 0, 0, [20])


def test_people_who_have_written_before_are_no_campaign(crowd: Crowd) -> None:
    known = [crowd.desk.add_contact(f"+97798222222{n:02}") for n in range(12)]
    for n, contact in enumerate(known):
        crowd.say(f"{OWN[n % 4]} {n}", contact)
    for contact in known:
        crowd.say(CHAIN, contact)
    assert crowd.count() == (24, 12, 1, [])


def test_one_who_sends_the_same_twenty_times_is_one_voice_and_no_campaign(crowd: Crowd) -> None:
    contact = crowd.desk.add_contact("+9779833333333")
    for _ in range(20):
        crowd.say(CHAIN, contact)
    assert crowd.count() == (20, 1, 1, [])


def test_the_same_words_weeks_apart_are_no_campaign(crowd: Crowd) -> None:
    for day in range(1, 16):
        at = f"2026-10-{day * 2:02}T12:00Z"
        crowd.say(CHAIN, reported_at=at, occurred_at=at)
    assert crowd.count() == (15, 15, 1, [])


def test_restricted_reports_are_neither_copies_nor_counted(crowd: Crowd) -> None:
    crowd.say(OWN[0])
    for _ in range(15):
        crowd.say(CHAIN, is_sensitive=True)
    assert crowd.count() == (1, 1, 1, [])


def test_what_somebody_erased_speaks_neither_by_a_voice_nor_by_the_place_of_the_incident(crowd: Crowd) -> None:
    desk = crowd.desk
    contact = desk.add_contact("+9779844444444")
    crowd.say(OWN[0], contact, lat=27.1, lon=85.1)
    crowd.say(OWN[1], lat=27.9, lon=85.9)
    erase_senders(desk.connection, desk.campaign_id, [contact])
    assert crowd.count() == (1, 1, 1, [])
    query = text("SELECT ST_Y(point), ST_X(point) FROM incident WHERE id = :id")
    assert tuple(desk.connection.execute(query, {"id": crowd.incident}).one()) == (27.9, 85.9)


def test_a_person_lets_copies_count_and_takes_it_back(crowd: Crowd) -> None:
    desk = crowd.desk
    ama = desk.add_person("ama")
    for _ in range(12):
        crowd.say(CHAIN)
    (burst,) = corroborate(desk.connection, crowd.incident).copies
    values = {"burst_id": burst.burst_id}
    bulk.count_duplicates(desk.connection, desk.campaign_id, crowd.incident, ama, **values)
    crowd.say(CHAIN)  # another one does not set them aside again
    assert crowd.count() == (13, 13, 1, [13])
    with pytest.raises(ChangeRefused):
        bulk.count_duplicates(desk.connection, desk.campaign_id, crowd.incident, ama, **values)
    row = desk.connection.execute(text("SELECT id, report_id FROM decision ORDER BY id DESC LIMIT 1")).one()
    undo(desk.connection, row.report_id, ama, decision_id=row.id)
    assert crowd.count() == (0, 0, 0, [13])


def test_senders_of_copies_are_told_nothing_unless_somebody_says_so(crowd: Crowd) -> None:
    desk = crowd.desk
    ama = desk.add_person("ama")
    crowd.say(OWN[0])
    for _ in range(12):
        crowd.say(CHAIN)
    values = {"texts": {"en": "The dam is safe."}}
    assert bulk.notify_all(desk.connection, desk.campaign_id, crowd.incident, ama, **values) == 1
    values = {"reaches_copies": True, **values}
    assert bulk.notify_all(desk.connection, desk.campaign_id, crowd.incident, ama, **values) == 12
    decided = bulk.decide_all(
        desk.connection, desk.campaign_id, crowd.incident, ama, state="rejected", reason="spam", are_copies=True
    )
    assert decided.reports == 12
    query = text("SELECT count(*) FROM message WHERE purpose = 'news'")
    assert desk.connection.execute(query).scalar() == 0


def test_ten_thousand_copies_cost_the_next_report_no_more_than_a_hundred(crowd: Crowd) -> None:
    for _ in range(12):
        crowd.say(CHAIN)
    few = time_of(crowd, CHAIN)
    add_many(crowd, 10_000)
    crowd.desk.connection.execute(text("ANALYZE report, report_minhash"))
    assert time_of(crowd, CHAIN) < max(0.05, 10 * few)
    assert time_of(crowd, NEARLY) < max(0.05, 10 * few)
    started = time.process_time()
    assert crowd.count()[3] == [12 + 4 + 10_000 + 8]
    assert time.process_time() - started < 1


def time_of(crowd: Crowd, words: str) -> float:
    """Seconds for the quickest of four more, from their arrival until they are marked."""
    times = []
    for _ in range(4):
        started = time.perf_counter()
        crowd.say(words)
        times.append(time.perf_counter() - started)
    return min(times)


def add_many(crowd: Crowd, count: int) -> None:
    """Copies of the text from as many numbers, as if marked one after the other."""
    desk, connection = crowd.desk, crowd.desk.connection
    burst = connection.execute(text("SELECT max(id) FROM duplicate_burst")).scalar_one()
    contacts = [
        {"campaign_id": desk.campaign_id, "address_hash": n.to_bytes(8), "channel": "twilio"} for n in range(count)
    ]
    ids = connection.execute(insert(Contact).returning(Contact.id), contacts).scalars().all()
    rows = [
        {
            "campaign_id": desk.campaign_id, "reference": f"X{n}", "source": "twilio", "text": CHAIN,
            "text_key": text_key(CHAIN), "contact_id": contact, "incident_id": crowd.incident,
        "duplicate_burst_id": burst,
            "occurred_at": "2026-11-01T00:30Z", "reported_at": "2026-11-01T00:30Z",
        }
        for n, contact in enumerate(ids)
    ]  # fmt: skip
    reports = connection.execute(insert(Report).returning(Report.id), rows).scalars().all()
    bands = [
        {"campaign_id": desk.campaign_id, "band": band, "report_id": report}
        for report in reports
        for band in minhash_bands(CHAIN)
    ]
    connection.execute(insert(ReportMinhash), bands)

"""When it happened, as people say it; a Friday noon in Kathmandu and a Wednesday morning in Port-au-Prince."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.extraction.time import OccurrenceTime, read_occurrence_time

KATHMANDU = "Asia/Kathmandu"
PORT_AU_PRINCE = "America/Port-au-Prince"
FRIDAY = datetime(2026, 11, 20, 6, 15, tzinfo=UTC)  # 12:00 there
WEDNESDAY = datetime(2010, 2, 3, 15, 0, tzinfo=UTC)  # 10:00 there
HOUR_S = 3600


def in_nepal(text: str) -> OccurrenceTime | None:
    return read_occurrence_time(text, FRIDAY, KATHMANDU)


def local(moment: OccurrenceTime | None, zone: str) -> str:
    assert moment is not None
    return moment.at.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "at", "precision_h"),
    [
        ("no water since yesterday", "11-19 12:00", 12),
        ("hijo dekhi batti chaina", "11-19 12:00", 12),
        ("hijodekhi batti chaina", "11-19 12:00", 12),
        ("हिजोदेखि पानी छैन", "11-19 12:00", 12),
        ("hijo beluka pahiro gayo", "11-19 19:30", 2.5),
        ("asti", "11-18 12:00", 12),
        ("last night thieves came", "11-20 00:00", 4),
        ("this morning", "11-20 08:00", 3),
        ("today", "11-20 06:00", 6),
        ("3 days ago", "11-17 12:00", 12),
        ("no water for three days", "11-17 12:00", 12),
        ("2 din aghi", "11-18 12:00", 12),
        ("२ दिन अघि", "11-18 12:00", 12),
        ("तीन दिनदेखि पानी छैन", "11-17 12:00", 12),
        ("teen din bhayo", "11-17 12:00", 12),
        ("2 hours ago", "11-20 10:00", 0.5),
        ("10 days ago", "11-10 12:00", 36),
        ("last week", "11-13 12:00", 84),
        ("since monday", "11-16 12:00", 12),
        ("सोमबारदेखि", "11-16 12:00", 12),
        ("on friday", "11-13 12:00", 12),
        ("road blocked 19/11/2026", "11-19 12:00", 12),
        ("18 nov", "11-18 12:00", 12),
        ("Nov 18 at 5 pm", "11-18 17:00", 0.25),
        ("2026-11-19 22:30", "11-19 22:30", 0.25),
        ("at 5 pm", "11-19 17:00", 0.25),
        ("at 10:30", "11-20 10:30", 0.25),
        ("aaja bihana 6 baje", "11-20 06:00", 0.25),
        ("हिजो राति २ बजे", "11-20 02:00", 0.25),
        ("5 baje gayo", "11-20 05:00", 6),  # nobody says which five o'clock
    ],
)
def test_a_time_is_read_in_nepal(text: str, at: str, precision_h: float) -> None:
    moment = in_nepal(text)
    assert local(moment, KATHMANDU) == at
    assert moment is not None
    assert moment.precision_s == precision_h * HOUR_S


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("hier soir", "02-02 19:30"),
        ("il y a 3 jours", "01-31 10:00"),
        ("depi twa jou", "01-31 10:00"),
        ("Yè swa", "02-02 19:30"),
        ("depi yè", "02-02 12:00"),
        ("depi lendi", "02-01 12:00"),
        ("depi madi", "02-02 12:00"),
        ("depuis le 12 janvier", "01-12 12:00"),
        ("12 janvye", "01-12 12:00"),
        ("hace 2 dias", "02-01 10:00"),
        ("siku tatu zilizopita", "01-31 10:00"),
        ("há 3 dias", "01-31 10:00"),
        ("منذ 3 أيام", "01-31 10:00"),
        ("أمس", "02-02 12:00"),
        ("à 18h30", "02-02 18:30"),
    ],
)
def test_a_time_is_read_in_other_languages(text: str, at: str) -> None:
    assert local(read_occurrence_time(text, WEDNESDAY, PORT_AU_PRINCE), PORT_AU_PRINCE) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no water here",
        "we need food for 3 days",
        "kote nou ye la",  # the verb, not yesterday
        "12 jana birami",  # people in Nepali, yesterday in Swahili
        "Madi chitwan ma hatti",  # a town, and Tuesday in Creole
        "open 24/7",
        "ward 12/3",
        "call 9800012345 or 98000-12345",
        "30/02/2026",
        "99:99",
        "2083-08-05",  # Bikram Sambat, not ours
    ],
)
def test_what_looks_like_a_time_is_not_taken_for_one(text: str) -> None:
    assert in_nepal(text) is None


@pytest.mark.parametrize(
    "text", ["tonight", "today 8 pm meeting", "next monday", "31/12/2026", "20 december", "tomorrow"]
)
def test_what_is_to_come_is_no_time_at_which_something_happened(text: str) -> None:
    assert in_nepal(text) is None


def test_the_words_are_told() -> None:
    moment = in_nepal("Bijuli HIJO beluka gayo")
    assert moment is not None
    assert moment.matched == "hijo beluka"
    assert moment.at.tzinfo is UTC


def test_a_naive_time_and_an_unknown_zone_are_errors() -> None:
    with pytest.raises(ValueError, match="time zone"):
        read_occurrence_time("yesterday", datetime(2026, 11, 20), KATHMANDU)  # noqa: DTZ001
    with pytest.raises(ZoneInfoNotFoundError):
        read_occurrence_time("yesterday", FRIDAY, "Asia/Nowhere")


SAID = (
    "hijo rati bihana beluka 2 5 12 23 baje din aghi for no 3 days ago yesterday night pm am at on 10:30 19/11/2026 18 "
    "nov since monday tin ghanta bhayo last week yè swa 9 h 18h30 20 december today evening 2026-02-29 999 months"
)


@given(
    st.lists(st.sampled_from(SAID.split()), max_size=8).map(" ".join) | st.text(max_size=80),
    st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["UTC", KATHMANDU, PORT_AU_PRINCE, "Pacific/Auckland"]),
)
def test_nothing_is_read_as_in_the_future(text: str, received: datetime, zone: str) -> None:
    received_at = received.replace(tzinfo=UTC)
    moment = read_occurrence_time(text, received_at, zone)
    if moment is not None:
        assert moment.at <= received_at
        assert moment.at > received_at - timedelta(days=3653 * 2)
        assert moment.precision_s > 0

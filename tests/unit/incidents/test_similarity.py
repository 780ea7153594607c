"""What makes two reports one incident: the score moves the way a moderator would expect, and says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.incidents.default_weights import WEIGHTS
from reporting.incidents.similarity import LINK_AT, LINK_REACH_M, SUGGEST_AT, Observation, compare, evidence, lay

WINDOW_S = 72 * 3_600.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BURST = Observation(
    id=1,
    at=NOON,
    lat=18.5392,
    lon=-72.3364,
    radius_m=50.0,
    topic="water",
    text="Tiyo dlo a pete devan lekol Sen Jera, tout lari a inonde depi maten",
    sender="a",
)
OTHER_WORDS = "Two hundred people sleep in the open behind the market and ask for tents"


def _score(a: Observation, b: Observation) -> float:
    return compare(a, b, window_s=WINDOW_S).score


def _north(seen: Observation, metres: float) -> Observation:
    assert seen.lat is not None
    return replace(seen, lat=seen.lat + metres / 111_195)


def test_the_same_words_nearby_at_the_same_hour_are_linked() -> None:
    again = _north(replace(BURST, id=2, sender="b", at=NOON + timedelta(hours=2)), 80)
    assert _score(BURST, again) >= LINK_AT


def test_other_words_a_few_metres_away_are_not_linked() -> None:
    other = _north(replace(BURST, id=2, sender="b", text=OTHER_WORDS), 20)
    assert _score(BURST, other) < LINK_AT


@pytest.mark.parametrize("metres", [LINK_REACH_M + 100, 6_000, 60_000])
def test_the_very_same_words_far_apart_are_suggested_and_never_linked(metres: float) -> None:
    again = _north(replace(BURST, id=2, sender="b"), metres)
    assert SUGGEST_AT <= _score(BURST, again) < LINK_AT


def test_sharing_a_default_pin_is_no_evidence() -> None:
    pinned = replace(BURST, radius_m=10_000.0)
    other = replace(pinned, id=2, sender="b", text=OTHER_WORDS)
    assert _score(pinned, other) < 0.02


def test_the_same_words_on_a_default_pin_are_linked() -> None:
    pinned = replace(BURST, radius_m=10_000.0)
    assert _score(pinned, replace(pinned, id=2, sender="b", at=NOON + timedelta(minutes=20))) >= LINK_AT


def test_a_copied_text_without_place_and_time_is_suggested() -> None:
    bare = replace(BURST, at=None, lat=None, lon=None)
    assert _score(bare, replace(bare, id=2, sender="b")) >= SUGGEST_AT


def test_two_bare_reports_of_one_topic_are_not_suggested() -> None:
    bare = replace(BURST, lat=None, lon=None, text="")
    assert _score(bare, replace(bare, id=2, sender="b")) < SUGGEST_AT


def test_a_word_that_everybody_sends_does_not_suggest() -> None:
    short = replace(BURST, at=None, lat=None, lon=None, topic=None, text="Bonjou")
    assert _score(short, replace(short, id=2, sender="b")) < SUGGEST_AT


def test_another_number_in_the_words_makes_texts_less_alike() -> None:
    twelve = replace(BURST, text="Nou bezwen dlo nan Klesin 12")
    same, other = replace(twelve, id=2), replace(twelve, id=3, text="Nou bezwen dlo nan Klesin 15")
    assert _score(twelve, other) < _score(twelve, same)


def test_the_same_sender_is_likelier() -> None:
    other = _north(replace(BURST, id=2, text=OTHER_WORDS), 100)
    assert _score(BURST, other) > _score(BURST, replace(other, sender="b"))


def test_nearer_and_sooner_is_likelier() -> None:
    base = replace(BURST, id=2, text="", sender="b")
    by_distance = [_score(BURST, _north(base, metres)) for metres in (0, 50, 200, 1_000, 5_000)]
    by_gap = [_score(BURST, replace(base, at=NOON + timedelta(hours=hours))) for hours in (0, 12, 48, 100, 140)]
    assert by_distance == sorted(by_distance, reverse=True)
    assert by_gap == sorted(by_gap, reverse=True)


def test_what_lasts_long_is_still_one_incident_after_a_week() -> None:
    later = replace(BURST, id=2, text="", sender="b", at=NOON + timedelta(days=7))
    pothole, riot = (compare(BURST, later, window_s=days * 86_400).score for days in (90, 1))
    assert pothole > riot


def test_a_house_number_within_the_range_is_the_same_house() -> None:
    range_, inside, outside = (replace(BURST, location=f"{number} Union Ave") for number in ("23-25", "24", "31"))
    assert _score(range_, inside) > _score(range_, outside)


def test_the_reasons_are_words_for_a_moderator() -> None:
    again = _north(replace(BURST, id=2, at=NOON + timedelta(hours=2)), 120)
    assert compare(BURST, again, window_s=WINDOW_S).reasons == (
        "120 m apart (both ±50 m)",
        "2 h apart",
        "same text",
        "same topic",
        "same sender",
    )


def test_the_reasons_never_hold_what_people_wrote() -> None:
    named = replace(BURST, location="Ri Sen Jera 4", sender="a-pseudonym")
    said = " ".join(compare(named, replace(named, id=2), window_s=WINDOW_S).reasons)
    assert not any(word in said for word in ("dlo", "lekol", "Jera", "pseudonym"))


_places = st.tuples(st.floats(-89, 89), st.floats(-180, 180)) | st.just((None, None))
_observations = st.builds(
    lambda place, **rest: Observation(lat=place[0], lon=place[1], **rest),
    place=_places,
    id=st.integers(1, 99),
    at=st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    radius_m=st.floats(0, 50_000),
    topic=st.sampled_from([None, "", "water", "road works", "road"]),
    text=st.text(max_size=60) | st.sampled_from(["", BURST.text, "dlo 33"]),
    sender=st.sampled_from([None, "a", "b"]),
    location=st.none() | st.text(max_size=20) | st.sampled_from(["Delmas 33", "12 Main St"]),
)


@given(_observations, _observations)
def test_any_two_observations_compare_to_the_same_probability_both_ways(a: Observation, b: Observation) -> None:
    there, back = compare(a, b, window_s=WINDOW_S), compare(b, a, window_s=WINDOW_S)
    assert 0 <= there.score <= 1
    assert there.score == pytest.approx(back.score)


@given(_observations, _observations)
def test_every_evidence_has_a_weight(a: Observation, b: Observation) -> None:
    assert evidence(lay(a, b, window_s=WINDOW_S)).keys() <= WEIGHTS.keys()


def test_camps_described_in_the_same_words_with_other_numbers_are_not_linked() -> None:
    camp = replace(BURST, text="A camp of 600 families beside the road has not received any assistance yet, send water")
    other = replace(camp, id=2, sender="b", text=camp.text.replace("600", "30"))
    assert SUGGEST_AT <= _score(camp, other) < LINK_AT


def test_other_words_in_another_language_are_no_sign_of_another_thing() -> None:
    """A text in Creole and one in English: the words cannot be compared, so they do not speak against it."""
    here = replace(BURST, language="ht")
    known, unknown = (
        _north(replace(BURST, id=2, sender="b", text=OTHER_WORDS, language=each), 20) for each in ("en", None)
    )
    laid = lay(here, known, window_s=WINDOW_S)
    assert evidence(laid)["text_other"] == 0.0
    assert evidence(lay(here, unknown, window_s=WINDOW_S))["text_other"] > 0.5
    assert _score(here, known) > _score(here, unknown)
    assert "texts in two languages" in compare(here, known, window_s=WINDOW_S).reasons


def test_the_order_of_the_words_does_not_matter_and_their_numbers_count_more_than_other_words() -> None:
    words = BURST.text.split()
    turned, numbered = (replace(BURST, id=2, text=" ".join(each)) for each in (words[::-1], [*words, "12"]))
    assert _score(BURST, turned) == _score(BURST, replace(BURST, id=2))
    in_number = lay(numbered, replace(BURST, text=" ".join([*words, "15"])), window_s=WINDOW_S).text_like
    in_word = lay(
        replace(BURST, text=" ".join([*words, "ba"])), replace(BURST, text=" ".join([*words, "la"])), window_s=WINDOW_S
    )
    assert in_number < in_word.text_like

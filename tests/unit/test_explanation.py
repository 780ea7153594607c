"""Why a report is thought to be there is said in the language of the page, whatever found it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from geo.coordinates.explicit_location import MATCH
from geo.index.learned_placements import Memory, Taught
from geo.index.name_index import NamedThing, NameIndex
from geo.resolver.locator import Locator
from geo.resolver.region_radius import IN_AREA
from geo.resolver.sender_prior import REASON
from reporting.incidents.similarity import Observation, compare
from reporting.reports.locate import _CHOSEN_MATCH, PIN_MATCH, locate_position
from reporting.web.i18n import configure_language
from reporting.web.place_reasons import explain, find_name
from reporting.web.place_types import name_kind

THINGS = [
    NamedThing("Delmas", (), 18.54, -72.30, 3_000, "town", 300_000),
    NamedThing("Léogâne", (), 18.51, -72.63, 2_500, "town", 90_000),
]
LESSONS = [
    *(Taught(f"delmas {number}\nnear the school", 18.54 + number / 5_000, -72.30) for number in (33, 33, 33, 75)),
    Taught("kay ti jan", 18.52, -72.31),
]
TEXTS = ["leogane", "leyogan", "delmas 41", "delmas 78", "delmas 33", "kay ti jan", "near the school", "school delmas"]


@pytest.fixture
def app() -> Iterator[Flask]:
    """Pages in Arabic, without a database."""
    made = Flask(__name__)
    made.config["SECRET_KEY"] = "a-secret-of-the-tests"
    configure_language(made)
    with made.test_request_context(headers={"Accept-Language": "ar"}):
        yield made


def is_arabic(words: str) -> bool:
    return any("\u0600" <= letter <= "\u06ff" for letter in words)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("said", TEXTS)
def test_every_kind_of_evidence_is_explained(said: str) -> None:
    evidence = Locator(NameIndex(THINGS), Memory(LESSONS)).find_evidence(said)
    assert evidence
    for piece in evidence:
        [reason] = explain(piece.label)
        assert reason.is_known, piece.label
        assert is_arabic(reason.text)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "sentence", [MATCH, IN_AREA, REASON, locate_position((1, 2), None).match, PIN_MATCH, _CHOSEN_MATCH]
)
def test_what_no_words_said_is_explained(sentence: str) -> None:
    assert all(reason.is_known and is_arabic(reason.text) for reason in explain(sentence))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "said", ["5 km north of Leogane", "between Delmas and Leogane", "au nord de Leogane", "near Leogane"]
)
def test_a_place_by_what_is_near_it_is_explained(said: str) -> None:
    found = Locator(NameIndex(THINGS), Memory([])).locate(said)
    assert found is not None
    reasons = explain(found.match)
    assert len(reasons) > 1
    assert all(reason.is_known and is_arabic(reason.text) for reason in reasons), found.match


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("lat", [None, 18.54, 18.55, 18.9])
@pytest.mark.parametrize("hours", [None, 0.5, 20, 400])
@pytest.mark.parametrize("words", ["no water in the school since Monday", "the school has no water at all", "?"])
def test_every_reason_of_likeness_is_explained(lat: float | None, hours: float | None, words: str) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    first = Observation(1, at, 18.54, -72.3, 300, "water", "no water in the school since Monday", "a", None, "delmas")
    moment = None if hours is None else at + timedelta(hours=hours)
    topic = "road" if hours == 20 else "water"
    second = Observation(2, moment, lat, -72.3, 900 if lat == 18.55 else 300, topic, words, "a", None, "delmas")
    reasons = compare(first, second, window_s=86_400.0).reasons
    assert reasons
    for reason in reasons:
        [explained] = explain(reason)
        assert explained.is_known, reason
        assert is_arabic(explained.text)


@pytest.mark.usefixtures("app")
def test_reasons_keep_their_order_names_and_figures() -> None:
    first, second = explain("'delma 33' taught 41 times, spread 1.2 km; 20 taught texts like it")
    assert "delma 33" in first.text
    assert "41×" in first.text
    assert "±1.2 km" in first.text
    assert "20" in second.text


@pytest.mark.usefixtures("app")
def test_a_sentence_of_another_shape_is_shown_as_it_is() -> None:
    assert [(reason.text, reason.is_known) for reason in explain("because; ")] == [("because", False)]
    assert explain(None) == []


@pytest.mark.usefixtures("app")
def test_words_with_signs_of_formatting_break_nothing() -> None:
    [reason] = explain("'100%(name)s %d' = %s")
    assert "100%(name)s %d" in reason.text


def test_the_name_of_the_gazetteer_is_found_in_a_reason() -> None:
    assert find_name("20 taught texts like it; 'kafou' ~ Carrefour Feuilles") == "Carrefour Feuilles"
    assert find_name("placed by a moderator") == ""


@pytest.mark.usefixtures("app")
def test_a_kind_that_nobody_named_is_a_place() -> None:
    assert name_kind("admin7") == name_kind("country")
    assert name_kind("bakery") == name_kind("") == name_kind("place")

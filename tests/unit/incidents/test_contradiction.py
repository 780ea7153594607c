"""Nearly the same words about two things are not linked by a machine; other words for one thing may be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reporting.incidents.contradiction import contradict
from reporting.incidents.similarity import LINK_AT, SUGGEST_AT, Observation, compare

WINDOW_S = 72 * 3_600.0
SEEN = Observation(1, datetime(2026, 3, 1, 12, tzinfo=UTC), 18.55, -72.3, 50.0, "water", "", sender="a")
TWO_THINGS = [
    ("Nou nan kan Karade, nou pa gen dlo ni manje depi twa jou, tanpri ede nou",
     "Nou nan kan Akra, nou pa gen dlo ni manje depi twa jou, tanpri ede nou"),
    ("Fire in block A of the market, many stalls burning", "Fire in block D of the market, many stalls burning"),
    ("Dife nan kay Delmas 33, 5 moun mouri, voye ponpye", "Dife nan kay Delmas 31, 5 moun mouri, voye ponpye"),
    ("Nyumba imeungua moto mtaa wa Kisutu, watu 3 wameumia", "Nyumba imeungua moto mtaa wa Jamhuri, watu 3 wameumia"),
    ("El pozo de la escuela San Juan esta contaminado", "El pozo de la escuela San Pedro esta contaminado"),
    ("There is water in our street since Monday", "There is no water in our street since Monday"),
    ("Dlo rive nan katye nou an depi lendi", "Dlo rive ankò nan katye nou an depi lendi"),
]  # fmt: skip
ONE_THING = [
    ("Tiyo dlo a pete nan ri a", "tiyo dlo a PETE nan ri a!!"),
    ("Bridge at the market collapsed", "Brigde at the market colapsed"),
    ("Bridge at the market collapsed", "Please help: bridge at the market collapsed"),
    ("3 moun mouri nan lekol la", "moun mouri nan lekol la"),
]


@pytest.mark.parametrize(("a", "b"), TWO_THINGS)
def test_another_number_name_or_not_makes_two_things(a: str, b: str) -> None:
    assert contradict(a, b)
    assert contradict(b, a)


@pytest.mark.parametrize(("a", "b"), ONE_THING)
def test_spelling_and_what_is_added_make_no_other_thing(a: str, b: str) -> None:
    assert not contradict(a, b)
    assert not contradict(b, a)


@pytest.mark.parametrize("radius_m", [50.0, 150.0, 500.0])
@pytest.mark.parametrize(("a", "b"), TWO_THINGS)
def test_two_things_in_one_template_are_suggested_and_never_linked(a: str, b: str, radius_m: float) -> None:
    first = replace(SEEN, text=a, radius_m=radius_m)
    other = replace(SEEN, id=2, text=b, sender="b", lat=18.5527, radius_m=radius_m)
    score = compare(first, other, window_s=WINDOW_S).score
    assert SUGGEST_AT <= score < LINK_AT


OWN_WORDS = [
    ("ht", "Tiyo dlo a pete nan Delmas 33, dlo ap koule toupatou"),
    ("fr", "La conduite d'eau a éclaté à Delmas 33, la rue est inondée"),
    ("es", "Se rompió la tubería de agua en Delmas 33, hay mucha agua en la calle"),
    ("sw", "Bomba la maji limepasuka Delmas 33, barabara imejaa maji"),
]


@pytest.mark.parametrize("radius_m", [50.0, 500.0, 5_000.0])
def test_one_thing_in_four_languages_at_one_named_place_is_suggested(radius_m: float) -> None:
    seen = [
        replace(SEEN, id=n, text=words, language=language, location="Delmas 33", sender=str(n), radius_m=radius_m,
                at=SEEN.at + timedelta(minutes=20 * n) if SEEN.at else None)
        for n, (language, words) in enumerate(OWN_WORDS)
    ]  # fmt: skip
    for n, other in enumerate(seen):
        for each in seen[:n]:
            assert SUGGEST_AT <= compare(each, other, window_s=WINDOW_S).score < LINK_AT


def test_one_named_place_is_no_sign_where_the_topic_is_another_or_days_lie_between() -> None:
    seen = replace(SEEN, text=OWN_WORDS[0][1], location="Delmas 33", radius_m=5_000.0)
    other = replace(seen, id=2, text=OWN_WORDS[1][1], sender="b")
    assert compare(seen, replace(other, topic="fire"), window_s=WINDOW_S).score < SUGGEST_AT
    assert SEEN.at is not None
    assert compare(seen, replace(other, at=SEEN.at + timedelta(days=2)), window_s=WINDOW_S).score < SUGGEST_AT

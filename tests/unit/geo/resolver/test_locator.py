"""Texts are placed by names, by what was taught, by numbers and by coordinates, and only as surely as they deserve."""

from dataclasses import asdict

import pytest

from geo.distance import distance_m
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.reasons import Reason, ReasonCode
from geo.resolver.locator import Locator
from geo.types import Location

PLACES = [
    NamedThing("Port-au-Prince", ("Pòtoprens", "PAP"), 18.5435, -72.3388, 7000, "city", 1_234_742),
    NamedThing("Léogâne", ("Leyogan",), 18.5108, -72.6339, 2000, "place", 134_190),
    NamedThing("Carrefour", ("Kafou",), 18.5411, -72.3992, 3000, "place", 511_345),
    NamedThing("Jacmel", ("Jakmel",), 18.2341, -72.5354, 2000, "place", 137_966),
    NamedThing("Thomazeau", ("Tomazo",), 18.6521, -72.0938, 1500, "place", 52_017),
    NamedThing("Corail", (), 18.5676, -73.8895, 1000, "place", 2_782),
    NamedThing("Corail", (), 18.8000, -72.5333, 1000, "place", 0),
    NamedThing("Arcahaie", (), 18.7699, -72.5115, 1500, "place", 130_306),
    NamedThing("Bezwen", (), 19.9, -73.0, 500, "village", 600),  # named as the everyday word for "need"
    NamedThing("Kathmandu", ("काठमाडौं",), 27.7017, 85.3206, 6000, "city", 1_442_271),
    NamedThing("Croix-des-Bouquets", (), 18.5752, -72.2258, 4000, "town", 284_812),
    NamedThing("Mosul", ("الموصل",), 36.335, 43.1189, 6000, "city", 1_739_800),
    NamedThing("Aleppo", ("حلب",), 36.2012, 37.1612, 6000, "city", 1_602_264),
    NamedThing("Baghdad", ("بغداد",), 33.3406, 44.4009, 8000, "city", 7_216_000),
]
DELMAS = {19: (18.5560, -72.3080), 33: (18.5535, -72.3010), 75: (18.5400, -72.2900)}
PLACEMENTS = [
    *[LearnedPlacement(f"Delmas {n}, Port-au-Prince", lat, lon) for n, (lat, lon) in DELMAS.items() for _ in range(3)],
    LearnedPlacement("Camp Bellevue, Fontamara 43", 18.5310, -72.3680),
    LearnedPlacement("Fontamara 43 rue Menos", 18.5312, -72.3682),
]


@pytest.fixture(scope="module")
def locator() -> Locator:
    return Locator(NameIndex(PLACES), LearnedPlacements(PLACEMENTS), extent=(18.0, -74.5, 20.1, -71.6))


def _is_near(location: Location | None, lat: float, lon: float, within_m: float = 1500) -> bool:
    return location is not None and distance_m(location.lat, location.lon, lat, lon) <= within_m


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("Leogane", 18.5108, -72.6339),
        ("nou nan leyogan nou bezwen dlo", 18.5108, -72.6339),
        ("NOU NAN JAKMEL TANPRI EDE NOU", 18.2341, -72.5354),
        ("potoprens", 18.5435, -72.3388),
        ("PaP, Haiti", 18.5435, -72.3388),
        ("mwen nan tomazo mwen pa gen manje", 18.6521, -72.0938),
        ("dlo a sal nan delma33", 18.5535, -72.3010),
        ("काठमाडौंमा बाढी", 27.7017, 85.3206),
        ("kwa de bouke", 18.5752, -72.2258),
        ("لا ماء بالموصل", 36.335, 43.1189),
        ("للموصل", 36.335, 43.1189),
        ("بحلب", 36.2012, 37.1612),
        ("قصف وحلب بلا ماء", 36.2012, 37.1612),
        ("وببغداد", 33.3406, 44.4009),
        ("وبغداد", 33.3406, 44.4009),
    ],
)
def test_a_place_is_found_however_it_is_written(locator: Locator, text: str, lat: float, lon: float) -> None:
    assert _is_near(locator.locate(text), lat, lon)


@pytest.mark.parametrize("text", ["Pòt-o-Prens", "nou nan pot o prens", "mwen nan potoprens tanpri", "Port au Prens"])
def test_a_name_is_known_by_its_sound_with_its_linking_words_and_as_one_word(text: str) -> None:
    capital = [NamedThing("Port-au-Prince", (), 18.5435, -72.3388, 7000, "city", 1_234_742)]
    assert _is_near(Locator(NameIndex(capital), LearnedPlacements([])).locate(text), 18.5435, -72.3388)


def test_what_was_taught_is_the_point_and_says_so(locator: Locator) -> None:
    location = locator.locate("fontamara 43")
    assert _is_near(location, 18.5311, -72.3681, 300)
    assert location is not None
    assert (location.reasons[0].code, location.reasons[0].values["count"]) == (ReasonCode.TAUGHT, 2)


def test_an_untaught_number_lies_between_its_neighbours(locator: Locator) -> None:
    location = locator.locate("Delmas 54")
    assert _is_near(location, (18.5535 + 18.5400) / 2, (72.3010 + 72.2900) / -2, 400)


@pytest.mark.parametrize(("text", "lat"), [("Santo 9", 18.568), ("rue Santo 13, tanpri", 18.572), ("Santo 17", 18.576)])
def test_a_number_that_the_gazetteer_lacks_lies_between_those_that_it_has(text: str, lat: float) -> None:
    streets = [NamedThing(f"Santo {n}", (), 18.56 + n / 1000 - 0.001, -72.25, 700, "road", 0) for n in (5, 17, 23)]
    location = Locator(NameIndex([*PLACES, *streets]), LearnedPlacements([])).locate(text)
    assert _is_near(location, lat, -72.25, 700)


def test_numbers_that_every_town_has_are_no_one_place() -> None:
    wards = [
        NamedThing(f"Ward {n}", (), lat + n / 500, 85.3, 1000, "neighbourhood", 0)
        for n in (3, 9)
        for lat in (26.5, 27.7)
    ]
    assert Locator(NameIndex(wards), LearnedPlacements([])).locate("no water in Ward 6") is None


def test_a_second_name_decides_between_namesakes(locator: Locator) -> None:
    assert _is_near(locator.locate("Corail, Arcahaie"), 18.8000, -72.5333, 6000)


@pytest.mark.parametrize(
    "text", ["", "nou grangou", "bonjou mesi anpil", "STOP", "nou bezwen manje ak dlo", "12345 678"]
)
def test_a_text_that_names_no_place_gets_none(locator: Locator, text: str) -> None:
    assert locator.locate(text) is None


def test_coordinates_in_the_text_win_inside_the_campaign_only(locator: Locator) -> None:
    location = locator.locate("Jacmel 18.5879, -72.2691")
    assert _is_near(location, 18.5879, -72.2691, 1)
    assert location is not None
    assert location.reasons == (Reason.of(ReasonCode.COORDINATES),)
    assert _is_near(locator.locate("Jacmel 50.1234, 5.1234"), 18.2341, -72.5354)


def test_the_first_field_outweighs_the_second(locator: Locator) -> None:
    assert _is_near(locator.locate("Jacmel", "food needed in Leogane"), 18.2341, -72.5354)
    assert _is_near(locator.locate("", "food needed in Leogane"), 18.5108, -72.6339)


def test_confidence_and_radius_stay_in_bounds_and_answers_repeat(locator: Locator) -> None:
    for text in ("Corail", "kafou fey", "Delmas 33", "rue inconnue, Carrefour"):
        location = locator.locate(text)
        assert location is not None
        assert 0 < location.confidence <= 1
        assert 100 <= location.radius_m <= 150_000
        assert all(0 < other.confidence <= 1 for other in location.alternatives)
        assert asdict(location) == asdict(locator.locate(text) or location)


def test_namesakes_are_kept_as_alternatives(locator: Locator) -> None:
    location = locator.locate("Corail")
    assert location is not None
    points = [(location.lat, location.lon)] + [(other.lat, other.lon) for other in location.alternatives]
    assert any(distance_m(lat, lon, 18.8000, -72.5333) < 1000 for lat, lon in points)
    assert any(distance_m(lat, lon, 18.5676, -73.8895) < 1000 for lat, lon in points)


def test_a_campaign_without_places_or_lessons_answers_none() -> None:
    assert Locator(NameIndex([]), LearnedPlacements([])).locate("Delmas 33") is None


def test_a_text_of_any_length_and_content_is_survived(locator: Locator) -> None:
    for text in ("a" * 100_000, "\x00\ufffd\u202e", "Delmas " * 5000, "１２３", "😀" * 300, "((((", "'" * 50):
        locator.locate(text)

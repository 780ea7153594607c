"""What is said to lie near, between, behind or so far off a place is put there, in the languages people write in."""

import pytest

from geo.coordinates.plus_codes import encode_pairs
from geo.distance import distance_m
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.reasons import ReasonCode
from geo.resolver.locator import Locator

PLACES = [
    NamedThing("Port-au-Prince", ("Pòtoprens", "PAP"), 18.5435, -72.3388, 7000, "city", 1_234_742),
    NamedThing("Léogâne", ("Leyogan",), 18.5108, -72.6339, 2000, "place", 134_190),
    NamedThing("Jacmel", ("Jakmel",), 18.2341, -72.5354, 2000, "place", 137_966),
    NamedThing("Delmas", (), 18.5447, -72.3028, 3000, "town", 377_199),
    NamedThing("Hôpital Saint-Michel", ("Lopital Sen Michel",), 18.2372, -72.5370, 200, "hospital", 0),
    NamedThing("Corail", (), 18.5676, -73.8895, 1000, "place", 2_782),
    NamedThing("Corail", (), 18.8000, -72.5333, 1000, "place", 0),
    NamedThing("Arcahaie", (), 18.7699, -72.5115, 1500, "place", 130_306),
    NamedThing("Nairobi", (), -1.2833, 36.8167, 9000, "city", 2_750_547),
    NamedThing("Nakuru", (), -0.3031, 36.0800, 4000, "city", 259_903),
    NamedThing("Kenyatta Hospital", (), -1.3010, 36.8070, 200, "hospital", 0),
    NamedThing("Pokhara", ("पोखरा", "بوخارا"), 28.2669, 83.9685, 4000, "city", 200_000),
    NamedThing("Kathmandu", ("काठमाडौं", "كاتماندو"), 27.7017, 85.3206, 6000, "city", 1_442_271),
    NamedThing("Bir Hospital", ("वीर अस्पताल", "مستشفى بير"), 27.7050, 85.3137, 200, "hospital", 0),
]
PLACEMENTS = [LearnedPlacement(f"Delmas {number}", 18.5 + number / 500, -72.3) for number in (31, 31, 43, 43)]


@pytest.fixture(scope="module")
def locator() -> Locator:
    return Locator(NameIndex(PLACES), LearnedPlacements(PLACEMENTS))


@pytest.mark.parametrize(
    "text",
    [
        "5 km north of Leogane",
        "5km N of Leogane",
        "the bridge 5 kilometers north of Leogane is down",
        "5 km nò Leyogàn",
        "5 kilomèt nan nò Leyogan",
        "à 5 km au nord de Léogâne",
        "5 km au nord de Léogâne, la route est coupée",
        "a 5 km al norte de Leogane",
        "5 quilômetros ao norte de Leogane",
        "kilomita 5 kaskazini mwa Leogane",
        "km 5 kaskazini ya Leogane",
        "Leogane bata 5 km uttar",
        "5 كم شمال Leogane",
        "3.1 miles north of Leogane",
        "5,0 km nord de Léogâne",
    ],
)
def test_a_distance_and_a_direction_move_the_point(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert (found.lat, found.lon) == (pytest.approx(18.5108 + 5 / 111.195, abs=5e-4), pytest.approx(-72.6339, abs=1e-4))
    assert 1_750 <= found.radius_m <= 6_000
    assert found.reasons[-1].code is ReasonCode.AWAY
    assert found.reasons[-1].values["away_m"] == pytest.approx(5_000, abs=20)
    assert any(distance_m(other.lat, other.lon, 18.5108, -72.6339) < 100 for other in found.alternatives)


@pytest.mark.parametrize(
    "text", ["पोखराबाट ५ किमी उत्तर", "पोखरादेखि ५ किलोमिटर उत्तरमा", "على بعد 5 كيلومتر شمال بوخارا"]
)
def test_a_distance_in_another_script_moves_the_point(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert (found.lat, found.lon) == (pytest.approx(28.2669 + 5 / 111.195, abs=5e-4), pytest.approx(83.9685, abs=1e-4))


@pytest.mark.parametrize(
    ("text", "bearing_lat", "bearing_lon"),
    [
        ("10 km south-west of Nairobi", -1, -1),
        ("10km NE of Nairobi", 1, 1),
        ("10 km au sud-est de Nairobi", -1, 1),
        ("a 10 km al noroeste de Nairobi", 1, -1),
        ("10 km east of Nairobi", 0, 1),
        ("kilomita 10 magharibi mwa Nairobi", 0, -1),
        ("10 km nan sid Nairobi", -1, 0),
    ],
)
def test_eight_directions_are_known(locator: Locator, text: str, bearing_lat: int, bearing_lon: int) -> None:
    found = locator.locate(text)
    assert found is not None
    assert 9_500 < distance_m(found.lat, found.lon, -1.2833, 36.8167) < 10_500
    moved = round((found.lat + 1.2833) / 0.06), round((found.lon - 36.8167) / 0.06)
    assert moved == (bearing_lat, bearing_lon)


@pytest.mark.parametrize(
    "text",
    [
        "ant Leyogan ak Jakmel",
        "nou bloke nan mitan Leyogan ak Jakmel",
        "between Leogane and Jacmel",
        "flood between Leogane and Jacmel, no way through",
        "entre Léogâne et Jacmel",
        "entre Leogane y Jacmel",
        "entre Leogane e Jacmel",
        "kati ya Leogane na Jacmel",
        "Leogane ra Jacmel ko bichma",
        "بين Leogane و Jacmel",
        "Leogane to Jacmel road",
        "on the Leogane - Jacmel highway",
        "the road from Leogane to Jacmel is cut",
        "la route de Léogâne à Jacmel est coupée",
        "sou wout Leyogan pou Jakmel",
        "carretera de Leogane a Jacmel",
        "estrada de Leogane para Jacmel",
        "barabara ya Leogane hadi Jacmel",
        "Leogane-Jacmel sadak",
        "طريق Leogane الى Jacmel",
    ],
)
def test_between_two_places_is_half_way(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert (found.lat, found.lon) == (pytest.approx(18.37245, abs=1e-3), pytest.approx(-72.58465, abs=1e-3))
    assert found.radius_m == pytest.approx(16_238, rel=0.02)
    assert found.reasons[-1].code is ReasonCode.HALFWAY
    assert found.confidence < 0.5  # within 5 km it cannot be promised
    assert len(found.alternatives) >= 2


@pytest.mark.parametrize("text", ["काठमाडौं र पोखराको बीचमा", "काठमाडौं-पोखरा राजमार्गमा पहिरो", "بين كاتماندو وبوخارا"])
def test_between_two_places_in_another_script(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert (found.lat, found.lon) == (pytest.approx(27.9843, abs=1e-3), pytest.approx(84.64455, abs=1e-3))


def test_the_second_number_is_of_the_same_name(locator: Locator) -> None:
    found = locator.locate("ant delmas 31 ak 43")
    assert found is not None
    assert found.lat == pytest.approx(18.5 + 37 / 500, abs=3e-3)


def test_of_homonyms_those_that_lie_together_are_meant(locator: Locator) -> None:
    found = locator.locate("between Corail and Arcahaie")
    assert found is not None
    assert distance_m(found.lat, found.lon, 18.785, -72.5224) < 500


@pytest.mark.parametrize(
    "text",
    ["10 km from Jacmel", "a 10 km de Jacmel", "à 10 km de Jacmel", "kilomita 10 kutoka Jacmel",
     "Jacmel bata 10 km", "10 كم من Jacmel"],
)  # fmt: skip
def test_a_distance_alone_is_a_ring(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert distance_m(found.lat, found.lon, 18.2341, -72.5354) < 100
    assert 10_000 <= found.radius_m <= 12_000


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bò lopital Sen Michel", "Hôpital Saint-Michel"),
        ("dèyè lopital Sen Michel", "Hôpital Saint-Michel"),
        ("anfas lopital sen michel", "Hôpital Saint-Michel"),
        ("près de l'hôpital Saint-Michel", "Hôpital Saint-Michel"),
        ("en face de l'hôpital Saint-Michel", "Hôpital Saint-Michel"),
        ("derrière l'hôpital Saint-Michel", "Hôpital Saint-Michel"),
        ("across from Kenyatta Hospital", "Kenyatta Hospital"),
        ("behind Kenyatta Hospital", "Kenyatta Hospital"),
        ("cerca de Kenyatta Hospital", "Kenyatta Hospital"),
        ("frente al Kenyatta Hospital", "Kenyatta Hospital"),
        ("nyuma ya Kenyatta Hospital", "Kenyatta Hospital"),
        ("karibu na Kenyatta Hospital", "Kenyatta Hospital"),
        ("Bir Hospital ko pachadi", "Bir Hospital"),
        ("Bir Hospital najik", "Bir Hospital"),
        ("वीर अस्पताल नजिक", "Bir Hospital"),
        ("वीर अस्पतालको अगाडि", "Bir Hospital"),
        ("خلف مستشفى بير", "Bir Hospital"),
        ("بالقرب من مستشفى بير", "Bir Hospital"),
    ],
)
def test_beside_a_thing_is_that_thing_less_exactly(locator: Locator, text: str, name: str) -> None:
    thing = next(place for place in PLACES if place.name == name)
    found = locator.locate(text)
    assert found is not None
    assert found.name == name
    assert distance_m(found.lat, found.lon, thing.lat, thing.lon) < 300
    assert found.radius_m > 300
    assert found.reasons[-1].code is ReasonCode.BESIDE


@pytest.mark.parametrize("text", ["north of Jacmel", "au nord de Jacmel", "al norte de Jacmel", "kaskazini mwa Jacmel"])
def test_a_direction_alone_is_on_that_side(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert 18.24 < found.lat < 18.29
    assert found.radius_m > 2_000


@pytest.mark.parametrize(
    "text",
    ["between us and them in Jacmel", "nou nan Jakmel, 5 km wout", "we are in Jacmel", "Jacmel",
     "2 moun mouri nan Jakmel",
     "20 km de tuyaux pour Jacmel", "I walked from 8 to 10 in Jacmel"],
)  # fmt: skip
def test_words_that_lean_on_no_place_change_nothing(locator: Locator, text: str) -> None:
    found = locator.locate(text)
    assert found is not None
    assert (found.lat, found.lon) == (18.2341, -72.5354)
    assert {reason.code for reason in found.reasons}.isdisjoint({ReasonCode.AWAY, ReasonCode.HALFWAY})


def test_a_short_code_is_completed_by_the_place_beside_it(locator: Locator) -> None:
    code = encode_pairs(18.2390, -72.5301, 10)
    found = locator.locate(f"nou nan {code[4:8]}+{code[8:]} Jakmel")
    assert found is not None
    assert distance_m(found.lat, found.lon, 18.2390, -72.5301) < 20
    assert found.radius_m < 50


def test_a_short_code_alone_is_completed_by_the_area_of_the_campaign() -> None:
    small = Locator(NameIndex(PLACES), LearnedPlacements([]), extent=(18.0, -72.9, 18.7, -72.3))
    code = encode_pairs(18.2390, -72.5301, 10)
    found = small.locate(f"{code[4:8]}+{code[8:]}")
    assert found is not None
    assert distance_m(found.lat, found.lon, 18.2390, -72.5301) < 20
    assert found.confidence > 0.9
    wide = Locator(NameIndex(PLACES), LearnedPlacements([]), extent=(18.0, -74.5, 20.1, -71.6)).locate(
        f"{code[4:8]}+{code[8:]}"
    )
    assert wide is not None
    assert wide.is_guess
    assert any(distance_m(o.lat, o.lon, 18.2390, -72.5301) < 20 for o in [wide, *wide.alternatives])

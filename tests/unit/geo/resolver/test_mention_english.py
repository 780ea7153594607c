"""Places named in English messages and tweets: all of them, where they are written, and which namesake is meant."""

import pytest

from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.resolver.toponyms import read_mentions


@pytest.fixture(scope="module")
def names() -> NameIndex:
    """A small piece of the world with namesakes in it."""

    def thing(name: str, lat: float, lon: float, people: int, kind: str = "place", *others: str) -> NamedThing:
        return NamedThing(name, others, lat, lon, 5_000.0, kind, people)

    return NameIndex(
        [
            thing("United States", 39.5, -99.1, 327_000_000, "country", "US", "USA"),
            thing("Mexico", 23.9, -102.5, 126_000_000, "country"),
            thing("Greece", 39.1, 22.6, 10_700_000, "country"),
            thing("Texas", 31.6, -98.8, 21_800_000, "admin1", "TX"),
            thing("New Mexico", 34.5, -106.1, 1_600_000, "admin1", "NM"),
            thing("Maine", 45.3, -69.2, 900_000, "admin1", "ME"),
            thing("Indiana", 39.9, -86.3, 6_000_000, "admin1", "IN"),
            thing("Harris County", 29.8, -95.3, 3_200_000, "admin2", "Harris"),
            thing("Houston", 29.76, -95.36, 2_300_000),
            thing("Port Arthur", 29.9, -93.9, 55_000),
            thing("Springfield", 37.2, -93.3, 170_000),
            thing("Springfield", 30.9, -94.9, 60_000),
            thing("Athens", 37.98, 23.73, 660_000),
            thing("Athens", 32.2, -95.86, 12_800),
            thing("Florence", 43.78, 11.25, 350_000),
            thing("Most", 50.5, 13.6, 67_000),
        ]
    )


def read(text: str, names: NameIndex) -> list[tuple[str, str]]:
    """What is written, and the place it is taken for."""
    return [(text[one.start : one.end], one.name) for one in read_mentions(text, names)]


def test_every_place_is_found_in_the_order_of_the_text(names: NameIndex) -> None:
    text = "Boats from Port Arthur reach Houston, roads into Texas are closed"
    assert read(text, names) == [("Port Arthur", "Port Arthur"), ("Houston", "Houston"), ("Texas", "Texas")]


@pytest.mark.parametrize(
    ("text", "written", "place"),
    [
        ("shaken again #MexicoEarthquake", "Mexico", "Mexico"),
        ("we are with you #prayforgreece", "greece", "Greece"),
        ("boats needed now #PortArthur", "PortArthur", "Port Arthur"),
        ("boats needed now #houstonflood", "houston", "Houston"),
        ("crews leave the U.S. today", "U.S.", "United States"),
        ("the water in Houston's streets", "Houston", "Houston"),
    ],
)
def test_hashtags_initials_and_possessives_are_names(names: NameIndex, text: str, written: str, place: str) -> None:
    assert read(text, names) == [(written, place)]


def test_a_longer_name_holds_what_a_shorter_one_within_it_would_be(names: NameIndex) -> None:
    assert read("crews come from New Mexico", names) == [("New Mexico", "New Mexico")]


def test_the_large_namesake_is_meant_unless_the_text_names_what_lies_around_the_other(names: NameIndex) -> None:
    large, small = (read_mentions(f"a warehouse burns in Springfield{more}", names)[0] for more in ("", ", TX"))
    assert (round(large.lat), round(small.lat)) == (37, 31)


def test_places_named_before_decide_between_namesakes(names: NameIndex) -> None:
    before = read_mentions("roads into Texas are closed", names)
    alone, among = (read_mentions("a shelter opens in Springfield", names, around) for around in ((), before))
    assert (round(alone[0].lat), round(among[0].lat)) == (37, 31)


@pytest.mark.parametrize(
    "text",
    [
        "Hurricane Florence is near and #Florence will hit us",
        "Most of us have no water IN the house, help ME",
        "see https://example.org/Houston or ask @Houston",
        "",
    ],
)
def test_storms_everyday_words_links_and_handles_are_no_places(names: NameIndex, text: str) -> None:
    assert read(text, names) == []

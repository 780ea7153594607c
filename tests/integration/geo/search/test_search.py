"""Typing the name of a place finds it: any accents, case and script, misheard and misspelt, the likeliest first."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from geo.gazetteer.load_places import load_places
from geo.search.autocomplete import search_places
from geo.search.search_index import has_unindexed, index_names
from geo.types import PlaceRow
from tests.factories.moderation import Desk, make_desk

PLACES = (
    PlaceRow("1", "Kathmandu", 27.71, 85.32, names=("काठमाडौँ", "Katmandou"), kind="city", population=1_400_000),
    PlaceRow("2", "Kalimati", 27.69, 85.29, kind="suburb"),
    PlaceRow("3", "Kapan", 27.73, 85.36, kind="village", population=48_000),
    PlaceRow("4", "Port-au-Prince", 18.54, -72.34, names=("Pòtoprens",), kind="city", population=1_200_000),
    PlaceRow("5", "Léogâne", 18.51, -72.63, kind="town", population=90_000),
    PlaceRow("6", "San José", 9.93, -84.08, kind="city", population=340_000),
    PlaceRow("7", "San José", 27.20, 85.90, kind="hamlet"),
    PlaceRow("8", "الخرطوم", 15.55, 32.53, names=("Khartoum",), kind="city", population=5_000_000),
    PlaceRow("9", "Rue de la Réunion", 18.53, -72.35, kind="road"),
)  # fmt: skip


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """A campaign with places all over the world."""
    made = make_desk(connection)
    load_places(connection, made.campaign_id, PLACES, "test")
    index_names(connection, made.campaign_id)  # the desk's square was added without a load
    return made


def find(desk: Desk, typed: str, near: tuple[float, float] | None = None) -> list[str]:
    return [hit.name for hit in search_places(desk.connection, desk.campaign_id, typed, near)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("kath", "Kathmandu"),
        ("KATHMANDU", "Kathmandu"),
        ("काठमा", "Kathmandu"),
        ("leogane", "Léogâne"),
        ("Léo", "Léogâne"),
        ("leyogan", "Léogâne"),
        ("potopr", "Port-au-Prince"),
        ("port-au", "Port-au-Prince"),
        ("prince", "Port-au-Prince"),
        ("reunion", "Rue de la Réunion"),
        ("khartum", "الخرطوم"),
        ("الخرط", "الخرطوم"),
        ("katmandhu", "Kathmandu"),
        ("ka", "Kathmandu"),
        ("squ", "Square"),
    ],
)
def test_a_place_is_found_however_it_is_typed(desk: Desk, typed: str, name: str) -> None:
    assert find(desk, typed)[0] == name


@pytest.mark.parametrize("typed", ["", " ", "k", "?!", "\x00\x00", "%", "__", "'; DROP TABLE place; --"])
def test_what_is_no_beginning_of_a_name_finds_nothing_and_breaks_nothing(desk: Desk, typed: str) -> None:
    assert find(desk, typed) == []


def test_of_two_namesakes_the_larger_comes_first_unless_the_other_is_near(desk: Desk) -> None:
    search = [hit.kind for hit in search_places(desk.connection, desk.campaign_id, "san jose")]
    assert search == ["city", "hamlet"]
    near = [hit.kind for hit in search_places(desk.connection, desk.campaign_id, "san jose", (27.3, 85.8))]
    assert near == ["hamlet", "city"]


def test_a_hit_says_where_it_lies_and_how_far_it_is(desk: Desk) -> None:
    [hit] = search_places(desk.connection, desk.campaign_id, "kalimati", (27.69, 85.30))
    assert hit.around == ("Square",)
    assert hit.distance_m is not None
    assert 950 < hit.distance_m < 1_020
    assert hit.radius_m > 0


def test_one_name_from_two_sources_at_one_place_is_one_hit(desk: Desk) -> None:
    load_places(desk.connection, desk.campaign_id, [PlaceRow("x", "Kapan", 27.731, 85.361)], "another")
    assert find(desk, "kapan") == ["Kapan"]


@pytest.mark.parametrize(
    ("rows", "found"), [((), []), ((PlaceRow("3", "Budhanilkantha", 27.73, 85.36),), ["Budhanilkantha"])]
)
def test_a_renamed_place_is_found_by_its_new_name_alone(desk: Desk, rows: Sequence[PlaceRow], found: list[str]) -> None:
    load_places(desk.connection, desk.campaign_id, rows, "test")
    assert find(desk, "budhanil") == found
    assert ("Kapan" in find(desk, "kapan")) is (not found)


def test_an_index_that_is_up_to_date_is_left_alone(desk: Desk) -> None:
    assert index_names(desk.connection, desk.campaign_id) == 0


def test_places_of_an_older_version_are_noticed(desk: Desk) -> None:
    assert not has_unindexed(desk.connection, desk.campaign_id)
    desk.connection.execute(text("DELETE FROM place_search_name"))
    assert has_unindexed(desk.connection, desk.campaign_id)
    assert index_names(desk.connection, desk.campaign_id) > len(PLACES)
    assert not has_unindexed(desk.connection, desk.campaign_id)


def test_nothing_of_another_campaign_is_found(desk: Desk) -> None:
    other = desk.connection.execute(
        text("INSERT INTO campaign (slug, name, country, languages) VALUES ('o', 'O', 'NP', '{ne}') RETURNING id")
    ).scalar_one()
    assert search_places(desk.connection, other, "kathmandu") == []
    assert search_places(desk.connection, other, "khatmandu") == []

"""What the map of a report asks for: tiles that are asked for again only when something was loaded, places by name."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geo.gazetteer.load_places import load_places
from geo.learned_placements import add_placement
from geo.types import PlaceRow
from reporting.accounts.role import MODERATOR, VOLUNTEER
from reporting.bootstrap import Program
from tests.factories.moderation import Desk, add_square, sign_in

TILE = "/moderate/tiles/9/377/215.mvt"  # within the square of the desk


@pytest.fixture
def moderator(program: Program, campaign: int, client: FlaskClient) -> FlaskClient:
    """A browser in which a moderator of a campaign with an area and two places has signed in."""
    with program.owner.begin() as connection:
        desk = add_square(Desk(connection, campaign))
        desk.add_person("ama", MODERATOR)
        desk.add_person("vera", VOLUNTEER)
        rows = [PlaceRow("1", "Bhaktapur", 27.67, 85.43, kind="town", population=80_000),
                PlaceRow("2", "Bhaktapur Road", 27.66, 85.42, kind="road")]  # fmt: skip
        load_places(connection, campaign, rows, "test")
    sign_in(client, "ama")
    return client


def test_a_tile_has_the_boundary_its_label_and_the_towns_but_no_streets_yet(moderator: FlaskClient) -> None:
    answer = moderator.get(TILE)
    assert answer.status_code == 200
    assert answer.content_type == "application/vnd.mapbox-vector-tile"
    for word in (b"area", b"label", b"place", b"Square", b"Bhaktapur"):
        assert word in answer.data
    assert b"Bhaktapur Road" not in answer.data


def test_a_tile_that_is_known_is_not_sent_again_until_something_was_loaded(
    moderator: FlaskClient, program: Program, campaign: int
) -> None:
    first = moderator.get(TILE)
    again = moderator.get(TILE, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with program.owner.begin() as connection:
        add_placement(connection, campaign, "kalanki chowk", 27.69, 85.28, 200, "moderator", "1")
    taught = moderator.get(TILE, headers={"If-None-Match": first.headers["ETag"]})
    assert (taught.status_code, taught.data) == (304, b"")
    assert taught.cache_control.private
    assert taught.cache_control.max_age == 60
    with program.owner.begin() as connection:
        load_places(connection, campaign, [PlaceRow("3", "Thimi", 27.68, 85.38, kind="town")], "test")
    later = moderator.get(TILE, headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert b"Thimi" in later.data


def test_a_tile_stays_small_however_much_lies_in_it(moderator: FlaskClient, program: Program, campaign: int) -> None:
    rows = [PlaceRow(f"m{n}", f"Toleplace {n}", 27.5 + n / 10_000, 85.4, kind="village") for n in range(2_000)]
    with program.owner.begin() as connection:
        load_places(connection, campaign, rows, "many")
    assert moderator.get(TILE).data.count(b"Toleplace") <= 40


@pytest.mark.parametrize("number", ["17/0/0", "3/8/0", "3/0/8"])
def test_a_tile_that_no_map_has_is_404(moderator: FlaskClient, number: str) -> None:
    assert moderator.get(f"/moderate/tiles/{number}.mvt").status_code == 404


def test_places_come_by_name_with_the_nearer_first(moderator: FlaskClient) -> None:
    answer = moderator.post("/moderate/places", data={"place": "bhak", "lat": "27.67", "lon": "85.43"})
    assert answer.json is not None
    first, second = answer.json["places"]
    assert (first["name"], first["kind"], first["around"]) == ("Bhaktapur", "town", ["Square"])
    assert second["kind"] == "street"
    assert moderator.post("/moderate/places", data={"place": "b", "lat": "x"}).json == {"places": []}


def test_what_two_sources_have_of_one_place_is_found_by_either_name_as_one(
    moderator: FlaskClient, program: Program, campaign: int
) -> None:
    with program.owner.begin() as connection:
        load_places(connection, campaign, [PlaceRow("x", "Khwopa", 27.67, 85.43, kind="town")], "another")
        connection.execute(
            text("UPDATE place SET same_as_id = (SELECT id FROM place WHERE source_id = '1') WHERE source_id = 'x'")
        )
    [found] = (moderator.post("/moderate/places", data={"place": "khwopa"}).json or {})["places"]
    assert found["name"] == "Bhaktapur"


def test_only_moderators_look_places_up(moderator: FlaskClient) -> None:
    sign_in(moderator, "vera")
    assert moderator.post("/moderate/places", data={"place": "bhak"}).status_code == 403
    assert moderator.get(TILE).status_code == 403

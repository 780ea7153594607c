"""Lessons: taught at once, replaced by what the same source teaches next, looked through, forgotten."""

import pytest
from sqlalchemy import Connection, text

from geo.learned_placements import (
    add_placement,
    add_placements,
    count_placements,
    delete_placements,
    delete_placements_by_id,
    list_placements,
)
from geo.resolver.locator import Locator
from geo.spatial_sql import get_gazetteer_version
from geo.types import PlacementRecord
from reporting.campaigns.campaign import create_campaign, read_definition
from tests.conftest import SMALL_CAMPAIGN, add_campaign


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return add_campaign(connection)


def test_what_is_taught_is_found_at_once_and_forgotten_when_asked(connection: Connection, campaign_id: int) -> None:
    assert Locator.load(connection, campaign_id).locate("old mill") is None
    add_placement(connection, campaign_id, "old mill", 10.7, 20.7, 200, "decision", "9")
    location = Locator.load(connection, campaign_id).locate("at the old mill")
    assert location is not None
    assert (location.lat, location.lon) == (pytest.approx(10.7), pytest.approx(20.7))
    assert list(list_placements(connection, campaign_id).values()) == [
        PlacementRecord("old mill", 10.7, 20.7, 200, "decision", "9")
    ]
    assert delete_placements(connection, campaign_id, "decision", "9") == 1
    assert Locator.load(connection, campaign_id).locate("at the old mill") is None


def test_a_lesson_of_one_source_is_replaced_by_its_next(connection: Connection, campaign_id: int) -> None:
    placements = [
        PlacementRecord("old mill", 10.7, 20.7, 200, "import", "1"),
        PlacementRecord("  ", 10.7, 20.7, 200, "import", "2"),
    ]
    assert add_placements(connection, campaign_id, placements) == 1
    version = get_gazetteer_version(connection, campaign_id)
    assert add_placements(connection, campaign_id, placements) == 0
    assert get_gazetteer_version(connection, campaign_id) == version
    add_placement(connection, campaign_id, "old mill", 10.9, 20.9, 200, "import", "1")
    assert [placement.lat for placement in list_placements(connection, campaign_id).values()] == [10.9]


def test_a_lesson_off_the_globe_is_refused(connection: Connection, campaign_id: int) -> None:
    with pytest.raises(ValueError, match="not on the globe"):
        add_placement(connection, campaign_id, "old mill", 91, 20.7, 200, "decision", "9")


def test_lessons_are_looked_through_by_words_and_source_the_last_first(
    connection: Connection, campaign_id: int
) -> None:
    for number, (words, source) in enumerate(
        [("Old Mill", "import"), ("100% dry", "moderator"), ("the mill", "import")]
    ):
        add_placement(connection, campaign_id, words, 10.5, 20.5, 200, source, str(number))
    by_words = list_placements(connection, campaign_id, words="MILL")
    assert [placement.words for placement in by_words.values()] == ["the mill", "Old Mill"]
    older = list_placements(connection, campaign_id, words="mill", before_id=min(by_words) + 1, limit=1)
    assert [placement.words for placement in older.values()] == ["Old Mill"]
    assert [placement.words for placement in list_placements(connection, campaign_id, words="0%").values()] == [
        "100% dry"
    ]
    assert count_placements(connection, campaign_id, source="import") == 2
    assert count_placements(connection, campaign_id, words="mill", source="moderator") == 0


def test_one_lesson_is_forgotten_and_no_other_campaigns(connection: Connection, campaign_id: int) -> None:
    other = create_campaign(connection, read_definition(SMALL_CAMPAIGN.replace("slug: ", "slug: x-"), "another"))
    for campaign in (campaign_id, other):
        add_placement(connection, campaign, "old mill", 10.7, 20.7, 200, "import", "1")
    (theirs,) = list_placements(connection, other)
    (own,) = list_placements(connection, campaign_id)
    version = get_gazetteer_version(connection, campaign_id)
    assert delete_placements_by_id(connection, campaign_id, [theirs]) == []
    assert get_gazetteer_version(connection, campaign_id) == version
    assert delete_placements_by_id(connection, campaign_id, [own, theirs]) == [own]
    assert get_gazetteer_version(connection, campaign_id) > version
    assert count_placements(connection, other) == 1

"""Lessons: taught at once, replaced by what the same source teaches next, looked through, forgotten."""

import pytest
from sqlalchemy import Connection, text

from geo.lessons import add_lessons, count_lessons, forget, forget_ids, list_lessons, teach
from geo.resolver.locator import Locator
from geo.spatial_sql import get_gazetteer_version
from geo.types import Lesson
from reporting.campaigns.campaign import create_campaign, read_definition
from tests.conftest import SMALL_CAMPAIGN


@pytest.fixture
def campaign_id(connection: Connection) -> int:
    """A campaign of its own in the rolled back transaction."""
    connection.execute(text("RESET ROLE"))
    return create_campaign(connection, read_definition(SMALL_CAMPAIGN, "the small campaign"))


def test_what_is_taught_is_found_at_once_and_forgotten_when_asked(connection: Connection, campaign_id: int) -> None:
    assert Locator.load(connection, campaign_id).locate("old mill") is None
    teach(connection, campaign_id, "old mill", 10.7, 20.7, 200, "decision", "9")
    location = Locator.load(connection, campaign_id).locate("at the old mill")
    assert location is not None
    assert (location.lat, location.lon) == (pytest.approx(10.7), pytest.approx(20.7))
    assert list(list_lessons(connection, campaign_id).values()) == [
        Lesson("old mill", 10.7, 20.7, 200, "decision", "9")
    ]
    assert forget(connection, campaign_id, "decision", "9") == 1
    assert Locator.load(connection, campaign_id).locate("at the old mill") is None


def test_a_lesson_of_one_source_is_replaced_by_its_next(connection: Connection, campaign_id: int) -> None:
    lessons = [Lesson("old mill", 10.7, 20.7, 200, "import", "1"), Lesson("  ", 10.7, 20.7, 200, "import", "2")]
    assert add_lessons(connection, campaign_id, lessons) == 1
    version = get_gazetteer_version(connection, campaign_id)
    assert add_lessons(connection, campaign_id, lessons) == 0
    assert get_gazetteer_version(connection, campaign_id) == version
    teach(connection, campaign_id, "old mill", 10.9, 20.9, 200, "import", "1")
    assert [lesson.lat for lesson in list_lessons(connection, campaign_id).values()] == [10.9]


def test_a_lesson_off_the_globe_is_refused(connection: Connection, campaign_id: int) -> None:
    with pytest.raises(ValueError, match="not on the globe"):
        teach(connection, campaign_id, "old mill", 91, 20.7, 200, "decision", "9")


def test_lessons_are_looked_through_by_words_and_source_the_last_first(
    connection: Connection, campaign_id: int
) -> None:
    for number, (words, source) in enumerate(
        [("Old Mill", "import"), ("100% dry", "moderator"), ("the mill", "import")]
    ):
        teach(connection, campaign_id, words, 10.5, 20.5, 200, source, str(number))
    by_words = list_lessons(connection, campaign_id, words="MILL")
    assert [lesson.words for lesson in by_words.values()] == ["the mill", "Old Mill"]
    older = list_lessons(connection, campaign_id, words="mill", before_id=min(by_words) + 1, limit=1)
    assert [lesson.words for lesson in older.values()] == ["Old Mill"]
    assert [lesson.words for lesson in list_lessons(connection, campaign_id, words="0%").values()] == ["100% dry"]
    assert count_lessons(connection, campaign_id, source="import") == 2
    assert count_lessons(connection, campaign_id, words="mill", source="moderator") == 0


def test_one_lesson_is_forgotten_and_no_other_campaigns(connection: Connection, campaign_id: int) -> None:
    other = create_campaign(connection, read_definition(SMALL_CAMPAIGN.replace("slug: ", "slug: x-"), "another"))
    for campaign in (campaign_id, other):
        teach(connection, campaign, "old mill", 10.7, 20.7, 200, "import", "1")
    (theirs,) = list_lessons(connection, other)
    (own,) = list_lessons(connection, campaign_id)
    version = get_gazetteer_version(connection, campaign_id)
    assert forget_ids(connection, campaign_id, [theirs]) == []
    assert get_gazetteer_version(connection, campaign_id) == version
    assert forget_ids(connection, campaign_id, [own, theirs]) == [own]
    assert get_gazetteer_version(connection, campaign_id) > version
    assert count_lessons(connection, other) == 1

"""The pages of figures on a small phone and a wide screen, in both directions, with a script and without one."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Live
from tests.browser.test_small_screen import FIND_SMALL_TARGETS, SMALLEST_TARGET_PX
from tests.release_factory import AUGUST, OCTOBER, make_world

HEAVIEST_BYTES = 200_000


@pytest.fixture
def release_id(live: Live) -> int:
    """Two months, in which many reported from the east and few from the west."""
    with live.program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(120), at=AUGUST)
        world.add_reports(range(300, 303), area="west", at=AUGUST)
        world.add_reports(range(150), at=OCTOBER)
        world.release("2026-10")
        return world.release("2026-08").release_id


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("ne", "ltr")])
def test_every_page_of_figures_fits_a_small_phone(
    live: Live, browser: Browser, release_id: int, language: str, direction: str
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en")
    page = context.new_page()
    page.goto(f"{live.address}/?lang={language}")
    release = f"/data/releases/{release_id}"
    for path in ("/data/", release, f"{release}?by.topic=water&level=1&measure=incidents", f"{release}/quality"):
        page.goto(live.address + path)
        assert page.locator("html").get_attribute("dir") == direction
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert page.evaluate(FIND_SMALL_TARGETS, SMALLEST_TARGET_PX) == [], path
    context.close()


def test_the_map_shows_the_table_and_leads_to_an_area(live: Live, page: Page, release_id: int) -> None:
    page.goto(f"{live.address}/data/releases/{release_id}")
    shapes = page.locator("#map path.area")
    expect(shapes).to_have_count(2)
    expect(page.locator("#map path.shade-few")).to_have_count(1)
    page.locator("#figures tr[data-area=east] a").click()
    page.wait_for_url("**area=east**")
    expect(page.locator("#closer")).to_contain_text("East")


def test_without_a_script_nothing_is_missing_but_the_map(live: Live, browser: Browser, release_id: int) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    answer = page.goto(f"{live.address}/data/releases/{release_id}")
    assert answer is not None
    assert len(answer.body()) < HEAVIEST_BYTES
    expect(page.locator("#map")).to_be_hidden()
    expect(page.locator("#figures tbody")).to_contain_text("East")
    page.get_by_label("Topic").select_option("water")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("Only these: Topic: Water")
    context.close()


def test_what_is_printed_of_the_quality_report_has_no_navigation(live: Live, page: Page, release_id: int) -> None:
    page.goto(f"{live.address}/data/releases/{release_id}/quality")
    expect(page.locator(".only-on-screen")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".only-on-screen")).to_be_hidden()
    expect(page.locator(".site nav")).to_be_hidden()
    expect(page.locator(".report tbody tr").first).to_be_visible()


def test_with_the_keyboard_the_map_is_passed_in_three_steps(live: Live, page: Page, release_id: int) -> None:
    page.goto(f"{live.address}/data/releases/{release_id}")
    expect(page.locator("#map path")).to_have_count(2)
    page.get_by_role("button", name="Show").focus()
    reached = []
    for _ in range(4):  # the map, nearer, farther, then the table
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName"))
    assert reached == ["DIV", "A", "A", "A"]
    assert page.evaluate("document.activeElement.closest('#figures') !== null")

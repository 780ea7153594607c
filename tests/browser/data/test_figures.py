"""The pages of figures on a small phone and a wide screen, in both directions and both lights, without a script."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect

from tests.browser.conftest import Live, wait_until_painted
from tests.browser.test_small_screen import FIND_SMALL_TARGETS, SMALLEST_TARGET_PX
from tests.factories.release import AUGUST, OCTOBER, make_world

HEAVIEST_BYTES = 200_000
PIECES_OF = "{release}/embed/map {release}/embed/trend {release}/embed/table"


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
    for path in (
        "/data/",
        release,
        f"{release}?by.topic=water&level=1&measure=incidents",
        f"{release}/quality",
        f"{release}/brief",
        f"{release}?beside.topic=1",
        f"{release}/embed/map",
        f"{release}/embed/trend",
    ):
        page.goto(live.address + path)
        assert page.locator("html").get_attribute("dir") == direction
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert page.evaluate(FIND_SMALL_TARGETS, SMALLEST_TARGET_PX) == [], path
    context.close()


def test_the_map_shows_the_table_and_leads_to_an_area(live: Live, page: Page, release_id: int) -> None:
    page.goto(f"{live.address}/data/releases/{release_id}")
    expect(page.locator(".area-map .area")).to_have_count(2)
    expect(page.locator(".area-map .area.few")).to_have_count(1)
    page.locator(".area-map .area:not(.few)").click()
    page.wait_for_url("**area=east**")
    expect(page.locator("#closer")).to_contain_text("East")


def test_without_a_script_nothing_is_missing(live: Live, browser: Browser, release_id: int) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(f"{live.address}/data/releases/{release_id}", wait_until="networkidle")
    assert not [response.url for response in loaded if response.url.endswith(".js")]
    assert sum(len(response.body()) for response in loaded) < HEAVIEST_BYTES
    expect(page.locator(".area-map")).to_be_visible()
    expect(page.locator(".trend svg")).to_be_visible()
    expect(page.locator("#figures tbody")).to_contain_text("East")
    page.locator('select[name="by.topic"]').select_option("water")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("Only these: Topic: Water")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_in_any_light(
    live: Live, browser: Browser, release_id: int, language: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(locale="en", color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{live.address}/?lang={language}")
    release = f"/data/releases/{release_id}"
    paths = (
        "/data/",
        release,
        f"{release}?beside.topic=1",
        f"{release}/quality",
        f"{release}/brief",
        *PIECES_OF.format(release=release).split(),
    )
    for path in paths:
        page.goto(live.address + path)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [f"{fault['id']} {fault['nodes'][0]['html'][:120]}" for fault in found] == [], path
    context.close()


def test_time_runs_from_the_right_in_arabic(live: Live, page: Page, release_id: int) -> None:
    for language, is_rising in (("en", True), ("ar", False)):
        page.goto(f"{live.address}/data/releases/{release_id}?lang={language}")
        first, last = page.locator(".trend .dot").all()
        one, other = first.bounding_box(), last.bounding_box()
        assert one is not None
        assert other is not None
        assert (one["x"] < other["x"]) is is_rising


def test_what_is_printed_of_the_quality_report_has_no_navigation(live: Live, page: Page, release_id: int) -> None:
    page.goto(f"{live.address}/data/releases/{release_id}/quality")
    expect(page.locator(".only-on-screen")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".only-on-screen")).to_be_hidden()
    expect(page.locator(".site nav")).to_be_hidden()
    expect(page.locator(".report tbody tr").first).to_be_visible()


def test_with_the_keyboard_the_map_is_passed_by(live: Live, page: Page, release_id: int) -> None:
    page.goto(f"{live.address}/data/releases/{release_id}")
    wait_until_painted(page)
    page.locator("#over-time ~ div a").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#figures') !== null")  # which has a link for each area

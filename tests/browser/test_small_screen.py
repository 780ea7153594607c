"""Every page on a phone 320 pixels wide, in both directions: nothing sticks out, everything can be hit."""

import pytest
from playwright.sync_api import Browser, Page

from reporting.languages.spoken import PAGES, list_languages
from tests.browser.conftest import Live, sign_in

PATHS = ("/", "/simulator", "/data/", "/moderate/", "/moderate/reports", "/moderate/audit", "/moderate/dead-letters",
         "/moderate/releases", "/moderate/releases/preview?period=2026-08", "/moderate/learned-places",
         "/moderate/incidents")  # fmt: skip
SMALLEST_TARGET_PX = 44

# Links within a sentence are exempt (WCAG 2.2, 2.5.8), and so is what is moved out of sight on purpose.
FIND_SMALL_TARGETS = """(smallest) => [...document.querySelectorAll(
    'button, .button, select, textarea, input:not([type=hidden], [type=checkbox]), nav a, .chips a, .doors a, summary,'
    + 'td a')]
  .filter((element) => element.checkVisibility() && !element.closest('.leaflet-control'))
  .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
  .filter(([_, box]) => box.height > 1 && box.height < smallest - 0.5).map(([html]) => html)"""


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_every_page_fits_a_small_phone(live: Live, browser: Browser, language: str, direction: str) -> None:
    with live.desk() as desk:
        report = desk.add_report(
            "لا ماء في Bhaktapur", lat=27.5, lon=85.5, contact_id=desk.add_contact(), language="ar"
        )
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en")
    page = context.new_page()
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/?lang={language}")
    asked = f"/moderate/reports/{report}?confirm=1&far=1&lat=-27.7&lon=85.3&radius_m=500"
    for path in (*PATHS, f"/moderate/reports/{report}", asked):
        page.goto(live.address + path)
        assert page.locator("html").get_attribute("dir") == direction
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        assert page.evaluate(FIND_SMALL_TARGETS, SMALLEST_TARGET_PX) == [], path
    check_report_runs(page, direction)
    context.close()


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_list_of_languages_fits_a_small_phone(live: Live, browser: Browser, language: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en")
    page = context.new_page()
    for is_signed_in in (False, True):  # with the name of the account and the way out beside the list
        if is_signed_in:
            page.goto(f"{live.address}/?lang=en")
            sign_in(page, live, "sita")
        page.goto(f"{live.address}/?lang={language}")
        page.locator(".menu summary").click()
        assert page.locator(".menu li").count() == len(list_languages(PAGES))
        box = page.locator(".menu ul").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["y"] + box["height"] <= 640
    context.close()


def check_report_runs(page: Page, direction: str) -> None:
    """The first button of the decision is where reading begins; Arabic words begin at the right whatever the page."""
    approve = page.locator(".decide button").first.bounding_box()
    assert approve is not None
    middle = approve["x"] + approve["width"] / 2
    assert (middle > 160) is (direction == "rtl")
    words = page.locator("#message .said")
    assert words.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert page.locator("#map").evaluate("element => getComputedStyle(element).direction") == "ltr"

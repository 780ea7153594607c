"""The pages of supervisors as a machine judges them, in both directions and both lights, on a phone of 320 pixels."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Live, sign_in

PATHS = ("/moderate/audit", "/moderate/dead-letters", "/moderate/releases", "/moderate/learned-places")


@pytest.mark.parametrize(("language", "direction", "scheme"), [("en", "ltr", "dark"), ("ar", "rtl", "light")])
def test_axe_finds_nothing_on_pages_of_supervisors(
    live: Live, browser: Browser, language: str, direction: str, scheme: Literal["light", "dark"]
) -> None:
    with live.desk() as desk:
        desk.add_report("No water in Bhaktapur", lat=27.5, lon=85.5, contact_id=desk.add_contact())
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en", color_scheme=scheme)
    page = context.new_page()
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/?lang={language}")
    for path in PATHS:
        page.goto(live.address + path)
        expect(page.locator("html")).to_have_attribute("dir", direction)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [f"{fault['id']} {fault['nodes'][0]['html'][:120]}" for fault in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()

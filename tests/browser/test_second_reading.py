"""Second readings, notes and undo in a browser: by keyboard, on a small screen, from right to left, in the dark."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask_security import hash_password
from playwright.sync_api import Page, expect
from sqlalchemy import text

from reporting.app import create_app
from reporting.moderation import decisions
from reporting.moderation.second_reading.sample import sample_decided
from tests.browser.conftest import PASSWORD, Live, press, sign_in, wait_until_painted

_SHOTS = os.environ.get("SCREENSHOTS")  # a folder, to look at the pages
CANNED = {"canned_replies": [{"code": "thanks", "text": {"en": "Thank you. {reference} is being looked into."}}]}


@pytest.fixture
def report(live: Live) -> int:
    """A waiting report of a sender who can be answered, one that kofi has approved and which is in the sample."""
    app = create_app(live.program)
    with live.desk() as desk, app.app_context():
        kofi = desk.add_person("kofi")
        policy = json.dumps({"second_reading": {"percent": 100}})
        values = {"policy": policy, "it": json.dumps(CANNED), "hashed": hash_password(PASSWORD)}
        desk.connection.execute(
            text("UPDATE campaign SET settings = CAST(:policy AS jsonb), conversation = CAST(:it AS jsonb)"), values
        )
        desk.connection.execute(text("UPDATE account SET password = :hashed"), values)
        first = desk.add_report("no light in the school of Dhulikhel", lat=27.5, lon=85.5)
        decisions.approve(desk.connection, first, kofi)
        sample_decided(desk.connection, live.program.sample_key)
        return desk.add_report("no water in Bhaktapur", lat=27.5, lon=85.5, contact_id=desk.add_contact())


def check_page(page: Page, name: str) -> None:
    """No fault that a machine finds, and nothing wider than the screen."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [fault["id"] for fault in found] == [], name
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) <= 0, name
    if _SHOTS:
        page.screenshot(path=str(Path(_SHOTS) / f"{name}.png"), full_page=True)


def show_small(page: Page, name: str) -> None:
    """The same page on a small dark screen, and in Arabic."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="dark")
    check_page(page, f"{name}-small-dark")
    page.goto(f"{page.url.partition('#')[0].partition('?')[0]}?lang=ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    check_page(page, f"{name}-arabic")
    page.goto(f"{page.url.partition('?')[0]}?lang=en")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")


def tab_to(page: Page, label: str, find: Callable[[str], str]) -> None:
    """Press the tabulator until something is focused."""
    wait_until_painted(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if find(label) == page.evaluate("document.activeElement.textContent.trim()"):
            return
    pytest.fail(f"{label} cannot be reached")


@pytest.mark.usefixtures("report")
def test_a_report_is_read_a_second_time_by_keyboard(page: Page, live: Live) -> None:
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/second")
    check_page(page, "second-readings")
    tab_to(page, "Read the next", str)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Decide for yourself")).to_be_visible()
    expect(page.get_by_text("no light in the school of Dhulikhel")).to_be_visible()
    expect(page.get_by_text("kofi")).to_have_count(0)
    check_page(page, "second-reading")
    show_small(page, "second-reading")
    page.get_by_label("What is it about?").select_option("road")
    tab_to(page, "Approve", str)
    page.keyboard.press("Enter")
    expect(page.get_by_text("a third person settles it")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/moderate/second")
    page.locator("main li a").click()
    expect(page.get_by_text("approved; Topic: Roads")).to_be_visible()
    check_page(page, "dispute")
    show_small(page, "dispute")


def test_a_note_a_ready_reply_and_the_undo_of_a_decision(page: Page, live: Live, report: int) -> None:
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    page.get_by_label("Add a note").fill("@sita is this the old well?")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#notes article")).to_contain_text("is this the old well?")
    page.get_by_label("A reply that is ready").select_option("thanks")
    page.get_by_role("button", name="Put it into the reply").click()
    expect(page.get_by_label("Reply by SMS")).to_have_value("Thank you. R0000002 is being looked into.")
    expect(page.locator("#measure")).to_contain_text("1 SMS")
    check_page(page, "report")
    show_small(page, "report")
    press(page, "r")
    page.get_by_label("Why?").select_option("spam")
    page.locator("#decide").get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("Rejected.")).to_be_visible()
    page.locator(".undo-offer button").click()
    expect(page.locator("header .state")).to_have_text("waiting")
    page.wait_for_load_state("networkidle")  # a tile of the map that comes without a session is a page to sign in
    page.context.clear_cookies()
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/moderate/mine")
    check_page(page, "mine")
    page.locator("main li a").click()
    expect(page.locator("#notes article")).to_contain_text("is this the old well?")

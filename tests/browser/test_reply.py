"""A moderator answers, the phone shows it, and both see what became of it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import insert

from reporting.models.message import Message
from reporting.models.states import MessageState, Purpose
from reporting.web.i18n import load_catalogue
from tests.browser.conftest import PATIENCE_MS, Live, sign_in

SAID = "No water in Bhaktapur today"
REPLY = "Thank you. Is the pump running?"
_WORK_MS = 120_000  # the way through webhook, inbox, outbox and back, on a busy machine


@pytest.fixture
def phone(context: BrowserContext, live: Live) -> Page:
    """The simulator's phone in a window of its own."""
    made = context.new_page()
    made.goto(f"{live.address}/simulator")
    return made


def test_a_reply_is_seen_on_the_phone_and_its_delivery_on_both_sides(live: Live, page: Page, phone: Page) -> None:
    phone.get_by_label("Message").fill(SAID)
    phone.get_by_role("button", name="Send", exact=True).click()
    acknowledged = phone.locator(".bubble.out .delivery.delivered")
    expect(acknowledged).to_have_count(1, timeout=_WORK_MS)

    phone.get_by_role("button", name="Switch the phone off").click()
    expect(phone.locator("#off")).to_be_visible()
    report = reply(page, phone, live)
    answer = phone.locator(".bubble.out", has_text=REPLY)
    expect(answer.locator(".delivery.sent")).to_have_text("sent", timeout=_WORK_MS)
    expect(answer.locator(".delivery.sent svg")).to_be_visible()
    page.goto(report)
    expect(page.locator("#thread .bubble.out", has_text=REPLY)).to_contain_text("sent")

    phone.get_by_role("button", name="Switch the phone on").click()
    expect(answer.locator(".delivery.delivered")).to_have_text("delivered", timeout=_WORK_MS)
    page.goto(report)
    expect(page.locator("#thread .bubble.out", has_text=REPLY).locator(".delivery.delivered")).to_have_text("delivered")


def test_the_page_says_why_a_text_was_not_delivered(live: Live, page: Page) -> None:
    report = add_failed(live)
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    failed = page.locator("#thread .delivery.failed")
    expect(failed.nth(0)).to_have_text("not delivered: held back, too many within an hour")
    expect(failed.nth(1)).to_have_text("not delivered: 30003")


@pytest.mark.parametrize("locale", ["ar", "ne", "fr", "ht"])
def test_delivery_is_told_in_the_readers_language_on_a_small_screen(
    live: Live, context: BrowserContext, locale: str
) -> None:
    browser = context.browser
    assert browser is not None
    small = browser.new_context(locale=locale, viewport={"width": 320, "height": 640})
    small.set_default_timeout(PATIENCE_MS)
    page = small.new_page()
    page.goto(f"{live.address}/simulator")
    page.locator("textarea[name=text]").fill(SAID)
    page.locator("#compose button").click()
    told = page.locator(".bubble.out .delivery.delivered")
    expect(told).to_have_text(load_catalogue(locale).gettext("delivered"), timeout=_WORK_MS)
    expect(told.locator("svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    take_picture(page, f"phone-{locale}")
    small.close()


def reply(page: Page, phone: Page, live: Live) -> str:
    """Answer from the report's page; its address."""
    sign_in(page, live, "ama")
    phone_link = phone.locator(".bubble.in bdi").inner_text()
    page.get_by_role("button", name="Review next").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(phone_link)
    page.get_by_label("Reply by SMS").fill(REPLY)
    page.locator("#reply button").click()
    expect(page.get_by_role("status").first).to_have_text("Your reply is on its way.")
    return page.url.partition("#")[0]


def add_failed(live: Live) -> int:
    """A report to whose sender two texts did not go; its id."""
    with live.desk() as desk:
        contact = desk.add_contact()
        report = desk.add_report(contact_id=contact)
        for error in ("too_many", "30003"):
            values = {
                "campaign_id": desk.campaign_id, "channel": "twilio", "direction": "out", "text": "Thank you.",
                "state": MessageState.FAILED, "error": error, "purpose": Purpose.ACKNOWLEDGEMENT,
                "contact_id": contact, "report_id": report,
            }  # fmt: skip
            desk.connection.execute(insert(Message).values(values))
    return report


def take_picture(page: Page, name: str) -> None:
    """A screenshot to look at, where the environment names a folder for them."""
    folder = os.environ.get("BARAZA_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

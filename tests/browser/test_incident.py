"""Three phones tell of one thing in three languages; a moderator answers once, and each hears it once."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from reporting.incidents.corroboration import mark_duplicates
from reporting.incidents.linking import link_reports
from tests.browser.conftest import Live, sign_in, wait_until_painted
from tests.browser.test_small_screen import FIND_SMALL_TARGETS, SMALLEST_TARGET_PX
from tests.factories.moderation import Desk

SAID = {
    "en": "There has been no water in Bhaktapur since this morning, the main pipe is broken",
    "ne": "भक्तपुरमा बिहान देखि पानी आएको छैन, मुख्य पाइप फुटेको छ",
    "fr": "Il n'y a plus d'eau à Bhaktapur depuis ce matin, le tuyau principal est cassé",
}
ANSWER = {
    "en": "The pipe is repaired tonight.",
    "ne": "पाइप आज राति मर्मत हुन्छ।",
    "fr": "Le tuyau sera réparé ce soir.",
}
CHAIN = "Pass this on to everybody: they are going to open the gates of the big dam tonight, leave your houses now"
_WORK_MS = 120_000  # the way through webhook, inbox, outbox and back, on a busy machine


@pytest.fixture
def phones(browser: Browser, live: Live) -> Iterator[dict[str, Page]]:
    """The simulator's phone three times, each with a number of its own."""
    with ExitStack() as stack:
        found = {}
        for language in SAID:
            context = browser.new_context(locale="en", viewport={"width": 400, "height": 800})
            stack.callback(context.close)
            found[language] = context.new_page()
            found[language].goto(f"{live.address}/simulator")
        yield found


def test_three_phones_report_one_thing_and_each_is_told_once_in_its_language(
    live: Live, page: Page, phones: dict[str, Page]
) -> None:
    references = [report(phone, SAID[language]) for language, phone in phones.items()]
    sign_in(page, live, "ama")
    open_incident(page, live, references[0])
    for reference in references[1:]:
        page.get_by_label("Add a report by its reference").fill(reference)
        page.get_by_role("button", name="Link this report").click()
        expect(page.get_by_role("status").first).to_have_text("Linked.")
    expect(page.locator("#voices .lead")).to_have_text("3 reports, 3 independent sources on 1 channel")

    answer(page)
    expect(page.get_by_role("status").first).to_have_text("3 people are told.")
    for language, phone in phones.items():
        told = phone.locator(".bubble.out", has_text=ANSWER[language])
        expect(told).to_have_count(1, timeout=_WORK_MS)
        expect(told.locator(".delivery.delivered")).to_have_count(1, timeout=_WORK_MS)
    answer(page)
    expect(page.get_by_role("status").first).to_contain_text("Everyone who can be reached has been informed")
    for language, phone in phones.items():
        for other, words in ANSWER.items():
            expect(phone.locator(".bubble.out", has_text=words)).to_have_count(int(language == other))
    take_picture(page, "incident-told")


def test_a_decision_is_taken_back_with_the_keyboard_alone(live: Live, page: Page) -> None:
    with live.desk() as desk:
        first, second = (desk.add_report("no water here", lat=27.5, lon=85.5) for _ in range(2))
        reference = desk.get(second, "reference")
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/incidents/{find_incident(live, first)}")
    wait_until_painted(page)
    page.get_by_label("Add a report by its reference").focus()
    page.keyboard.type(reference)
    page.keyboard.press("Enter")
    expect(page.locator(".members > li")).to_have_count(2)
    wait_until_painted(page)
    page.get_by_role("link", name="Undo…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Undo a decision")
    expect(page.locator("main li").first).to_contain_text("is of an incident of its own again")
    take_picture(page, "undo")
    wait_until_painted(page)
    page.get_by_role("button", name="Undo", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("The decision was undone.")
    assert find_incident(live, first) != find_incident(live, second)


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_the_page_fits_a_small_phone_in_both_directions(
    live: Live, browser: Browser, language: str, direction: str
) -> None:
    incident = add_busy_incident(live)
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en")
    page = context.new_page()
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/?lang={language}")
    page.goto(f"{live.address}/moderate/incidents/{incident}")
    assert page.locator("html").get_attribute("dir") == direction
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(FIND_SMALL_TARGETS, SMALLEST_TARGET_PX) == []
    expect(page.locator("#map")).to_have_attribute("data-ready", "yes")
    expect(page.locator(".wave strong")).to_have_text(re.compile(r"12|١٢"))
    take_picture(page, f"incident-small-{language}")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.reload()
    expect(page.locator("#map")).to_have_attribute("data-ready", "yes")
    take_picture(page, f"incident-wide-{language}")
    context.close()


def report(phone: Page, words: str) -> str:
    """Text it and wait for the answer; the reference that came back."""
    phone.get_by_label("Message").fill(words)
    phone.get_by_role("button", name="Send", exact=True).click()
    reference = phone.locator(".bubble.in bdi")
    expect(reference).to_have_count(1, timeout=_WORK_MS)
    return reference.inner_text()


def open_incident(page: Page, live: Live, reference: str) -> None:
    """From the queue by way of the report."""
    page.goto(f"{live.address}/moderate/reports")
    page.get_by_role("link", name=reference).click()
    page.get_by_role("link", name="The incident: 1 report").click()


def answer(page: Page) -> None:
    """Write the same in three languages and press the button."""
    for language, words in ANSWER.items():
        page.locator(f"#text-{language}").fill(words)
    page.locator("#tell > form").get_by_role("button", name="Send").click()


def find_incident(live: Live, report_id: int) -> int:
    with live.desk() as desk:
        return int(desk.get(report_id, "incident_id"))


def add_busy_incident(live: Live) -> int:
    """Four voices, twelve copies of one text from new numbers, a decision, and something that may be the same."""
    with live.desk() as desk:
        incident = add_voices(desk)
        add_copies(desk, incident)
        other = desk.add_report("Water in the street near the temple", lat=27.503, lon=85.5)
        query = text("SELECT min(id) FROM report WHERE incident_id = :id")
        first = desk.connection.execute(query, {"id": incident}).scalar_one()
        desk.add_link(other, first)
    return incident


def add_voices(desk: Desk) -> int:
    words = "the main pipe at the old temple burst this morning and floods the lower market"
    ids = [
        desk.add_report(
            words if n < 3 else "لا ماء في السوق منذ الصباح",
            lat=27.5 + n * 0.001,
            lon=85.5,
            text_key=77,
            contact_id=desk.add_contact(f"+97798000003{n:02}"),
            occurred_at=f"2026-11-01T{n * 3:02}:00Z",
            language="en" if n < 3 else "ar",
        )
        for n in range(4)
    ]
    for each in ids[1:]:
        link_reports(desk.connection, [each])
    return int(desk.get(ids[0], "incident_id"))


def add_copies(desk: Desk, incident: int) -> None:
    for n in range(12):
        each = desk.add_report(
            CHAIN,
            incident_id=incident,
            text_key=99,
            contact_id=desk.add_contact(f"+97798000004{n:02}"),
            occurred_at=f"2026-11-01T05:{n:02}Z",
            reported_at=f"2026-11-01T05:{n:02}Z",
        )
        mark_duplicates(desk.connection, [each])


def take_picture(page: Page, name: str) -> None:
    """A screenshot to look at, where the environment names a folder for them."""
    folder = os.environ.get("BARAZA_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

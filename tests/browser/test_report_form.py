"""The web form in a real browser: with a signal, without one, on a phone that others use, on a small screen."""

import json
import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from config.local.process import wait_until
from reporting.crypto.details import unseal_details
from tests.browser.conftest import Live
from tests.browser.test_small_screen import FIND_SMALL_TARGETS, SMALLEST_TARGET_PX

WORDS = "no water since Monday"


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test on any error but of calls that fail: those are tried here."""
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield made
    assert [fault for fault in faults if not fault.startswith("Failed to load resource")] == []


def list_texts(live: Live) -> list[str]:
    """What is stored, in its order."""
    with live.program.app.begin() as connection:
        query = text("SELECT text FROM message WHERE channel = 'form' ORDER BY id")
        return list(connection.execute(query).scalars())


def open_form(page: Page, live: Live) -> None:
    """Open the form and wait until the phone keeps it."""
    page.goto(f"{live.address}/report")
    page.evaluate(
        """async () => {
            await navigator.serviceWorker.ready;
            while (!await caches.match('/report')) await new Promise(requestAnimationFrame);
            while (!navigator.serviceWorker.controller) await new Promise(requestAnimationFrame);
        }"""
    )


def test_a_report_is_stored_and_its_reference_leads_to_its_standing(page: Page, live: Live) -> None:
    open_form(page, live)
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_label("Where is it?").fill("Bhaktapur")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#thanks")).to_be_focused()
    reference = page.locator("#thanks .reference").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{10}", reference)
    assert list_texts(live) == [WORDS]
    expect(page.get_by_label("What is happening?")).to_have_value("")
    page.locator("#thanks a").click()
    expect(page.get_by_role("heading", name="Track your report")).to_be_visible()


def test_what_is_written_without_a_signal_waits_and_goes_out_by_itself(
    page: Page, context: BrowserContext, live: Live
) -> None:
    open_form(page, live)
    context.set_offline(True)
    with page.expect_event("domcontentloaded"):  # or the page of before would be filled in
        page.evaluate("location.reload()")
    expect(page.get_by_role("heading", name="Tell us what is happening")).to_be_visible()
    for number in (1, 2):
        page.get_by_label("What is happening?").fill(f"{WORDS} {number}")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#waiting .count strong")).to_have_text(str(number))
    assert list_texts(live) == []
    context.set_offline(False)
    expect(page.locator("#waiting .sent strong")).to_have_text(re.compile(r"\w{10}, \w{10}"))
    expect(page.locator("#waiting .count")).to_be_hidden()
    assert sorted(list_texts(live)) == [f"{WORDS} 1", f"{WORDS} 2"]


def test_a_report_that_waited_and_was_not_taken_comes_back_to_be_corrected(
    page: Page, context: BrowserContext, live: Live
) -> None:
    open_form(page, live)
    context.set_offline(True)
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_label("Your phone number").fill("my number")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#waiting .count strong")).to_have_text("1")
    context.set_offline(False)
    for _ in range(2):  # it is there again when the page was closed meanwhile
        expect(page.get_by_role("link", name="This is not a phone number")).to_be_visible()
        expect(page.get_by_label("What is happening?")).to_have_value(WORDS)
        page.reload()
    expect(page.get_by_label("Your phone number")).to_have_value("my number")
    page.get_by_label("Your phone number").fill("")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#thanks")).to_be_focused()
    expect(page.locator("#waiting")).to_be_hidden()
    assert list_texts(live) == [WORDS]


def test_what_waits_can_be_deleted_from_a_phone_that_others_use(
    page: Page, context: BrowserContext, live: Live
) -> None:
    open_form(page, live)
    context.set_offline(True)
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_role("button", name="Send", exact=True).click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete what is saved here").click()
    expect(page.locator("#waiting")).to_be_hidden()
    context.set_offline(False)
    page.reload()
    expect(page.locator("#waiting")).to_be_hidden()
    assert list_texts(live) == []


def test_the_page_that_the_phone_keeps_names_nobody(page: Page, live: Live) -> None:
    open_form(page, live)
    kept = page.evaluate("caches.match('/report').then((page) => page.text())")
    assert "Tell us what is happening" in kept
    assert "csrf_token" not in kept


def test_the_page_of_a_public_network_is_not_taken_for_the_server(page: Page, live: Live) -> None:
    open_form(page, live)
    page.route("**/report?*", lambda route: route.fulfill(status=200, body="<h1>Sign in to the Wi-Fi</h1>"))
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#waiting .count strong")).to_have_text("1")
    page.unroute("**/report?*")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#waiting .sent strong")).to_have_text(re.compile(r"\w{10}"))
    assert list_texts(live) == [WORDS]


def test_a_fault_is_told_at_the_top_and_leads_to_its_field(page: Page, live: Live) -> None:
    open_form(page, live)
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_label("Your phone number").fill("my number")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#faults")).to_be_focused()
    page.get_by_role("link", name="This is not a phone number").click()
    expect(page.get_by_label("Your phone number")).to_be_focused()
    expect(page.get_by_label("What is happening?")).to_have_value(WORDS)
    expect(page.locator("#waiting")).to_be_hidden()


def test_what_must_be_answered_is_told_beside_its_question_also_without_a_signal(
    page: Page, live: Live, context: BrowserContext
) -> None:
    conversation = """{"forms": [{"code": "tap", "topic": "water", "keywords": {}, "questions": [
        {"code": "works", "kind": "choice", "text": {"en": "Does the tap work?"}, "required": true, "choices":
         [{"code": "yes", "label": {"en": "Yes"}}, {"code": "no", "label": {"en": "No"}}]},
        {"code": "days", "kind": "number", "text": {"en": "For how many days?"}, "required": true,
         "when": {"works": "no"}}]}]}"""
    with live.program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET conversation = CAST(:it AS jsonb)"), {"it": conversation})
    open_form(page, live)
    context.set_offline(True)
    send = page.get_by_role("button", name="Send", exact=True)
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_label("What is it about?").select_option("water")
    send.click()
    expect(page.locator("#faults")).to_be_focused()
    page.get_by_role("link", name="Please answer this question too: Does the tap work?").click()
    works = page.get_by_label("Does the tap work?")
    expect(works).to_be_focused()
    expect(works).to_have_accessible_description("Please answer this question too: Does the tap work?")
    works.select_option("no")
    send.click()
    expect(page.locator(".question .fault")).to_have_text("Please answer this question too: For how many days?")
    expect(page.get_by_label("What is happening?")).to_have_value(WORDS)
    expect(page.locator("#waiting")).to_be_hidden()
    works.select_option("yes")
    send.click()
    expect(page.locator("#waiting")).to_be_focused()
    context.set_offline(False)
    expect(page.locator("#waiting .sent")).to_be_visible()
    assert list_texts(live) == [WORDS]


def test_a_photo_is_made_small_on_the_phone_and_sent(page: Page, live: Live) -> None:
    picture = BytesIO()
    Image.effect_noise((2400, 1200), 50).convert("RGB").save(picture, "JPEG", exif=Image.Exif())
    open_form(page, live)
    page.get_by_label("What is happening?").fill(WORDS)
    photo = {"name": "road.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    page.get_by_label("Photos").set_input_files([photo])  # type: ignore[list-item]
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#thanks")).to_be_focused()
    # The worker is at it already: the photo stands with the message, or has its own row by now.
    with live.program.app.begin() as connection:
        sealed = connection.execute(text("SELECT details_encrypted FROM message WHERE channel = 'form'")).scalar_one()
        sources = list(connection.execute(text("SELECT source_encrypted FROM media")).scalars())
    waiting = unseal_details(live.program.pseudonyms, sealed).media
    assert len(waiting) + len(sources) == 1
    assert all(media.url.startswith("upload:") for media in waiting)


def test_the_position_of_the_phone_is_added_and_removed(page: Page, context: BrowserContext, live: Live) -> None:
    context.grant_permissions(["geolocation"], origin=live.address)
    context.set_geolocation({"latitude": 27.5, "longitude": 85.5, "accuracy": 12.3})
    open_form(page, live)
    page.get_by_role("button", name="Add my position").click()
    expect(page.get_by_text("Position added, within 13 m.")).to_be_visible()
    assert page.locator("input[name=lat]").input_value() == "27.500000"
    page.get_by_role("button", name="Remove my position").click()
    assert page.locator("input[name=lat]").input_value() == ""


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ne", "ltr"), ("ar", "rtl")])
def test_the_form_fits_a_small_phone(page: Page, live: Live, language: str, direction: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/report", "/status", "/api/v1/docs"):
        page.goto(f"{live.address}{path}?lang={language}")
        assert page.locator("html").get_attribute("dir") == direction
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(FIND_SMALL_TARGETS, SMALLEST_TARGET_PX) == []


def test_the_form_can_be_filled_in_by_the_keyboard_alone(page: Page, live: Live) -> None:
    open_form(page, live)
    page.get_by_label("What is happening?").focus()
    page.keyboard.type(WORDS)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#thanks")).to_be_focused()
    assert list_texts(live) == [WORDS]


def ask_affected(live: Live) -> None:
    """Let the campaign ask all that there is about whom a report is about."""
    dimensions = ["affected", "affected_number", "affected_sex", "affected_age", "affected_difficulty"]
    with live.program.owner.begin() as connection:
        connection.execute(
            text("UPDATE campaign SET conversation = CAST(:it AS jsonb), settings = CAST(:settings AS jsonb)"),
            {
                "it": json.dumps({"person": {"affected": True}}),
                "settings": json.dumps({"cubes": {"who": {"dimensions": dimensions}}}),
            },
        )


def list_affected(live: Live) -> list[tuple[object, ...]]:
    """What is stored about the affected."""
    with live.program.app.begin() as connection:
        query = text("SELECT role, number, sex, sex_why, age, difficulty_why FROM affected")
        return [tuple(row) for row in connection.execute(query)]


def list_asked(page: Page) -> list[str]:
    """The labels of the questions about the affected that are shown now."""
    shown = page.locator("details.ask .question label").filter(visible=True)
    return [label.strip() for label in shown.all_inner_texts()]


def test_of_the_affected_the_form_asks_what_applies_and_stores_what_was_told(page: Page, live: Live) -> None:
    ask_affected(live)
    open_form(page, live)
    page.get_by_label("What is happening?").fill(WORDS)
    page.locator("summary", has_text="Who is affected").press("Enter")
    chosen = page.get_by_label("Who is affected?")
    assert list_asked(page) == []
    of_person = [
        "This person is",
        "The age of this person",
        "Does this person have a lot of difficulty seeing, hearing, walking, remembering, washing or communicating?",
    ]
    for role, asked in (
        ("person", of_person), ("household", ["How many people?"]), ("self", []), ("community", ["How many people?"]),
        ("person", of_person),
    ):  # fmt: skip
        chosen.select_option(role)
        assert list_asked(page) == asked, role
    page.get_by_label("This person is").select_option("F")
    page.get_by_label("The age of this person").select_option("Y25T64")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#thanks")).to_be_focused()
    assert wait_until(lambda: bool(list_affected(live)), 120)  # the worker has processed it
    assert list_affected(live) == [("person", None, "F", "answered", "Y25T64", "refused")]

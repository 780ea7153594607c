"""The token of the web form in a real browser: with the work done, without it, from the queue, without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from reporting.crypto.details import unseal_details
from tests.browser.conftest import Live
from tests.browser.test_report_form import WORDS, open_form, page

__all__ = ["page"]

DO_THE_WORK = "BrowserProof.find(120000).then((fields) => fields.length)"  # until it is done
ADDRESS = "**/report/challenge"


def list_browsers(live: Live) -> list[int | None]:
    """Whose browser each stored report is from, as a hash, in their order."""
    with live.program.app.begin() as connection:
        query = text("SELECT details_encrypted FROM message WHERE channel = 'form' ORDER BY id")
        sealed = list(connection.execute(query).scalars())
    return [unseal_details(live.program.pseudonyms, each).browser_hash for each in sealed]


def send(page: Page, words: str = WORDS) -> None:
    """Fill the form in and send it."""
    page.get_by_label("What is happening?").fill(words)
    page.get_by_role("button", name="Send", exact=True).click()


def test_reports_of_one_browser_are_of_one_person_also_after_it_was_closed(page: Page, live: Live) -> None:
    open_form(page, live)
    for words in (WORDS, f"{WORDS} again"):
        assert page.evaluate(DO_THE_WORK) == 3
        send(page, words)
        expect(page.locator("#thanks")).to_be_focused()
        page.reload()
    first, second = list_browsers(live)
    assert first is not None
    assert first == second


def test_the_work_begins_with_the_first_letter_and_not_before(page: Page, live: Live) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/challenge") else None)
    open_form(page, live)
    assert asked == []
    with page.expect_request(ADDRESS):
        page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_label("Where is it?").fill("Bhaktapur")
    assert page.evaluate(DO_THE_WORK) == 3
    assert len(asked) == 1


def test_reports_that_waited_without_a_signal_go_out_with_the_work_that_is_done(
    page: Page, context: BrowserContext, live: Live
) -> None:
    open_form(page, live)
    assert page.evaluate(DO_THE_WORK) == 3
    context.set_offline(True)
    for number in (1, 2):
        send(page, f"{WORDS} {number}")
        expect(page.locator("#waiting .count strong")).to_have_text(str(number))
    context.set_offline(False)
    expect(page.locator("#waiting .sent strong")).to_have_text(re.compile(r"\w{10}, \w{10}"))
    first, second = list_browsers(live)
    assert first is not None
    assert first == second


@pytest.mark.parametrize("spoilt", ["refused", "nonsense", "endless"])
def test_a_report_never_waits_for_work_that_cannot_be_done(page: Page, live: Live, spoilt: str) -> None:
    match spoilt:
        case "refused":
            page.route(ADDRESS, lambda route: route.abort())
        case "nonsense":
            page.route(ADDRESS, lambda route: route.fulfill(status=200, body="<h1>Sign in to the Wi-Fi</h1>"))
        case "endless":
            page.route(ADDRESS, lambda _route: None)
    open_form(page, live)
    send(page)
    expect(page.locator("#thanks")).to_be_focused()
    assert list_browsers(live) == [None]


def test_a_page_of_an_earlier_version_that_the_phone_keeps_still_sends(page: Page, live: Live) -> None:
    page.route("**/proof.js", lambda route: route.fulfill(status=200, content_type="text/javascript", body=""))
    open_form(page, live)
    send(page)
    expect(page.locator("#thanks")).to_be_focused()
    assert list_browsers(live) == [None]


def test_deleting_what_is_saved_deletes_the_token(page: Page, context: BrowserContext, live: Live) -> None:
    open_form(page, live)
    read = "BrowserProof.find().then((fields) => fields[0]?.[1])"
    assert page.evaluate(DO_THE_WORK) == 3
    before = page.evaluate(read)
    context.set_offline(True)
    send(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete what is saved here").click()
    expect(page.locator("#waiting")).to_be_hidden()
    context.set_offline(False)
    assert page.evaluate(DO_THE_WORK) == 3
    assert page.evaluate(read) != before


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page in a browser without JavaScript."""
    made = browser.new_context(locale="en", java_script_enabled=False)
    yield made.new_page()
    made.close()


def test_without_javascript_the_report_is_taken_as_of_a_person_whom_nobody_knows(plain: Page, live: Live) -> None:
    plain.goto(f"{live.address}/report")
    send(plain)
    expect(plain.get_by_role("heading", name="Thank you, it has arrived")).to_be_visible()
    assert list_browsers(live) == [None]

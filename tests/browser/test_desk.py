"""The desk in a browser: by keys alone and without a new page; on a phone, in Arabic, in the dark, without a script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from reporting.incidents.linking import link_reports
from tests.browser.conftest import Live, press, sign_in, wait_until_painted
from tests.browser.test_report_page import PLACES
from tests.browser.test_small_screen import FIND_SMALL_TARGETS, SMALLEST_TARGET_PX

BURST = "the main pipe at the old temple burst this morning and floods the lower market"


@pytest.fixture
def desk_page(live: Live, page: Page) -> tuple[Page, list[str]]:
    """A moderator at the desk with three reports, and the pages that were loaded since."""
    with live.desk() as desk:
        contact = desk.add_contact()
        desk.add_report("no water in Bhaktapur", contact_id=contact, alternatives=PLACES, language="en")
        desk.add_report("the road is blocked", language="ne")
        desk.add_report("a third thing")
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/desk")
    loads: list[str] = []
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    wait_until_painted(page)
    return page, loads


def show(page: Page, words: str) -> None:
    """Wait until the report with these words is in the reader, and the next one is fetched."""
    expect(page.locator("#reader #message .said")).to_contain_text(words)
    page.wait_for_load_state("networkidle")


def test_reports_are_decided_by_keys_without_a_new_page(live: Live, desk_page: tuple[Page, list[str]]) -> None:
    page, loads = desk_page
    page.keyboard.press("n")
    show(page, "no water")
    expect(page.locator("#lines .line[aria-current]")).to_contain_text("no water")
    page.keyboard.press("t")
    page.keyboard.press("r")  # only one topic begins so
    expect(page.locator("#reader > .notice")).to_have_text("The topic was set.")
    expect(page.locator("#lines .line[aria-current]")).not_to_contain_text("no topic")
    page.keyboard.press("1")
    expect(page.locator("#reader > .notice")).to_have_text("The pin was moved.")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("a")
    show(page, "the road is blocked")
    expect(page.locator("#said")).to_contain_text("Approved.")
    expect(page.locator("#line-1, #lines li").first).to_contain_text("approved")
    assert "report=" in page.url
    page.keyboard.press("r")
    page.keyboard.press("t")
    page.keyboard.press("Enter")
    show(page, "a third thing")
    page.keyboard.press("u")
    show(page, "the road is blocked")
    page.keyboard.press("n")
    show(page, "a third thing")
    assert loads == []
    with live.desk() as desk:
        states = [desk.get(report, "state") for report in sorted(_list_reports(live))]
    assert states == ["approved", "queued", "queued"]


def test_a_key_that_is_pressed_as_the_offer_appears_loads_no_page(
    live: Live, desk_page: tuple[Page, list[str]]
) -> None:
    page, loads = desk_page
    page.keyboard.press("n")
    show(page, "no water")
    page.evaluate(
        """() => new MutationObserver((_, observer) => {
            const form = document.querySelector("#said form.undo-offer");
            if (form) { observer.disconnect(); form.requestSubmit(); document.body.dataset.pressed = "yes"; }
        }).observe(document.getElementById("said"), { childList: true, subtree: true })"""
    )
    for key in ("r", "t", "Enter"):  # rejected, as a test
        page.keyboard.press(key)
    expect(page.locator("body")).to_have_attribute("data-pressed", "yes")
    show(page, "no water")
    expect(page.locator("#lines li").first).not_to_contain_text("rejected")
    expect(page.locator("#said")).to_be_empty()
    assert loads == []
    with live.desk() as desk:
        assert {desk.get(report, "state") for report in _list_reports(live)} == {"queued"}


def test_one_key_approves_all_of_an_incident_that_wait(live: Live, page: Page) -> None:
    with live.desk() as desk:
        first, second = (
            desk.add_report(
                BURST, lat=27.671, lon=85.4298 + hour / 1000, text_key=77, occurred_at=f"2026-11-01T0{hour}:00Z",
                contact_id=desk.add_contact(f"+97798000001{hour}"),
            )
            for hour in range(2)
        )  # fmt: skip
        other = desk.add_report("a third thing")
        link_reports(desk.connection, [second])
        assert desk.get(first, "incident_id") == desk.get(second, "incident_id")
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/desk?report={first}")
    loads: list[str] = []
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    expect(page.locator("#decide")).to_contain_text("Approve 2 reports")
    wait_until_painted(page)
    page.keyboard.press("g")
    page.keyboard.press("Enter")  # they have no topic, and so would count as unknown
    show(page, "a third thing")
    expect(page.locator("#said")).to_contain_text("2 reports approved.")
    expect(page.locator("#lines .line")).to_have_count(1)
    assert loads == []
    with live.desk() as desk:
        assert [desk.get(report, "state") for report in (first, second, other)] == ["approved", "approved", "queued"]
    page.keyboard.press("u")
    expect(page.locator("#lines .line")).to_have_count(3)
    expect(page.locator("#reader")).to_contain_text("2 reports wait again.")
    assert loads == []
    with live.desk() as desk:
        assert [desk.get(report, "state") for report in (first, second, other)] == ["queued", "queued", "queued"]


def _list_reports(live: Live) -> list[int]:
    with live.program.owner.begin() as connection:
        return [int(row[0]) for row in connection.exec_driver_sql("SELECT id FROM report")]


def test_a_line_opens_its_report_and_back_leads_to_the_one_before(desk_page: tuple[Page, list[str]]) -> None:
    page, loads = desk_page
    page.locator("#lines .line").nth(1).click()
    show(page, "the road is blocked")
    page.locator("#lines .line").nth(2).click()
    show(page, "a third thing")
    assert loads == []
    page.go_back()
    show(page, "the road is blocked")


def test_filters_change_the_list_and_the_address(desk_page: tuple[Page, list[str]]) -> None:
    page, loads = desk_page
    page.locator(".filters > summary").click()
    page.get_by_label("Order").select_option("newest")
    page.wait_for_url("**/moderate/desk?order=newest")
    expect(page.locator("#lines .line").first).to_contain_text("a third thing")
    assert loads == []
    page.get_by_label("Search words").fill("blocked")
    page.get_by_label("Search words").press("Enter")
    expect(page.locator("#lines .line")).to_have_count(1)
    assert "blocked" not in page.url
    page.get_by_role("link", name="End the search").click()
    expect(page.locator("#lines .line")).to_have_count(3)


def test_a_report_that_somebody_else_decided_is_not_decided_again(live: Live, browser: Browser) -> None:
    with live.desk() as desk:
        report = desk.add_report("no water")
    pages = [browser.new_context(locale="en").new_page() for _ in range(2)]
    for page, name, path in zip(pages, ("ama", "sita"), (f"desk?report={report}", f"reports/{report}"), strict=True):
        sign_in(page, live, name)
        page.goto(f"{live.address}/moderate/{path}")  # both look at it, and nobody has it
    slow, fast = pages
    fast.locator("summary", has_text="Reject").click()
    fast.get_by_label("Why?").select_option("unclear")
    fast.locator("details.reject button.bad").click()
    fast.wait_for_url("**/moderate/")
    expect(slow.locator("#reader #message .said")).to_contain_text("no water")
    press(slow, "t")
    slow.keyboard.press("r")
    expect(slow.locator("#said .bad")).to_contain_text("after you opened it")
    expect(slow.locator("#reader #message .said")).to_contain_text("no water")
    for page in pages:
        page.context.close()


def test_new_reports_are_counted_while_the_desk_is_open(live: Live, desk_page: tuple[Page, list[str]]) -> None:
    page, _loads = desk_page
    expect(page.locator("#counts .found")).to_contain_text("3")
    with live.desk() as desk:
        desk.add_report("one more")
    expect(page.locator("#counts .found")).to_contain_text("4")


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1280, "light"), ("en", 320, "light"), ("ar", 320, "light"), ("ar", 1280, "dark"), ("en", 320, "dark")],
)
def test_the_desk_is_accessible_and_fits(live: Live, browser: Browser, language: str, width: int, scheme: str) -> None:
    with live.desk() as desk:
        report = desk.add_report(
            "لا ماء في Bhaktapur", lat=27.5, lon=85.5, contact_id=desk.add_contact(), language="ar", alternatives=PLACES
        )
        for number in range(40):
            desk.add_report(f"another report, number {number}")
    context = browser.new_context(viewport={"width": width, "height": 640}, locale="en", color_scheme=scheme)
    page = context.new_page()
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/?lang={language}")
    for query in ("", f"report={report}", f"language=ar&report={report}"):
        page.goto(f"{live.address}/moderate/desk?{query}")
        page.wait_for_load_state("networkidle")
        page.locator(".filters > summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found] == []
        if width == 320:
            assert page.evaluate(FIND_SMALL_TARGETS, SMALLEST_TARGET_PX) == [], query
            assert page.locator(".line").first.bounding_box()["height"] >= SMALLEST_TARGET_PX
    if width == 320:
        bar = page.locator("#decide").bounding_box()
        assert bar is not None
        assert bar["height"] <= 80  # one row: it hides little of a small screen
    context.close()


def test_the_desk_works_without_a_script(live: Live, browser: Browser) -> None:
    with live.desk() as desk:
        first, second = desk.add_report("one", language="ne"), desk.add_report("two", language="ne")
        desk.add_report("three")
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/desk?language=ne")
    page.get_by_role("button", name="Review next").click()
    page.wait_for_url(f"**/desk?language=ne&report={first}")
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Why?").select_option("unclear")
    page.locator("details.reject button.bad").click()
    page.wait_for_url(f"**/desk?language=ne&report={second}")
    expect(page.locator("main > .notice")).to_contain_text("Rejected.")
    page.locator("#lines .line", has_text="two").click()
    page.locator("summary", has_text="Approve").click()
    page.get_by_role("button", name="Approve all the same").click()
    page.wait_for_url("**/desk?language=ne")
    with live.desk() as desk:
        assert (desk.get(first, "state"), desk.get(second, "state")) == ("rejected", "approved")
    context.close()

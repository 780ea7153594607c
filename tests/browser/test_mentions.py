"""The words of a message that name places, by keyboard alone: to the place on the map, to take it, and back."""

from playwright.sync_api import Browser, Page, expect

from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from tests.browser.conftest import Live, press, sign_in
from tests.browser.test_map import open_report, where
from tests.factories.moderation import read_as

FAR = {"lat": 27.30, "lon": 85.10, "alternatives": "[]", **read_as("well", "Well")}


def open_message(live: Live, page: Page, words: str) -> int:
    """A report that lies elsewhere than where its words say, open with the map drawn."""
    return open_report(live, page, **FAR, text=words)


def test_words_lead_to_their_place_on_the_map_and_enter_takes_it(live: Live, page: Page) -> None:
    report = open_message(live, page, "The road from Bhaktapur to Dhulikhel is cut")
    named = page.get_by_role("link", name="Dhulikhel (place 3 on the map)")
    expect(page.locator("#message mark")).to_have_text(["Bhaktapur", "Dhulikhel"])
    expect(page.locator("#map .badge")).to_have_text(["1", "2", "3"])
    page.locator("#message .named").first.focus()
    page.keyboard.press("Tab")
    expect(named).to_be_focused()
    page.keyboard.press("Enter")
    taking = page.locator("#place-3").get_by_role("button")
    expect(taking).to_be_focused()
    expect(taking).to_contain_text("“\u2068Dhulikhel\u2069” is the name of \u2068Dhulikhel")
    expect(page.locator("#map .badge.pointed")).to_have_text("3")
    expect(page.locator("#map .badge.pointed")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(named).to_be_focused()
    expect(page.locator("#map .badge.pointed")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    assert where(live, report)[:2] == (27.62, 85.55)
    press(page, "2")
    expect(page.locator("#place-2")).to_have_class("here pinned")
    assert where(live, report)[:2] == (27.67, 85.43)


def test_a_mark_is_seen_without_its_colour(live: Live, page: Page) -> None:
    open_message(live, page, "The road from Bhaktapur to Dhulikhel is cut")
    seen = page.locator("#message .named").nth(1).evaluate(
        "(link) => [getComputedStyle(link.firstChild).borderBottomWidth, getComputedStyle(link, '::after').content]"
    )  # fmt: skip
    assert seen == ["3px", '"3" / ""']  # the number is said in words, once


def test_on_a_narrow_arabic_page_words_keep_their_direction_and_lead_to_the_map(live: Live, browser: Browser) -> None:
    with live.desk() as desk:
        names = ("بانيبا", "بوخارا", "دانغادي", "جانكبور", "بوتوال", "سورخت")
        rows = [PlaceRow(name, name, 27.2 + at / 20, 85.2, population=90_000) for at, name in enumerate(names)]
        load_places(desk.connection, desk.campaign_id, rows, "arabic")
    context = browser.new_context(locale="ar", viewport={"width": 320, "height": 640})
    page = context.new_page()
    with live.desk() as desk:
        report = desk.add_report(
            "الطريق من Bhaktapur إلى بانيبا مقطوع، بوخارا، دانغادي، جانكبور، بوتوال، سورخت", language="ar"
        )
    sign_in_arabic(page, live, report)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == 320
    first, second = (page.locator("#message mark").nth(at).bounding_box() for at in (0, 1))
    assert first is not None
    assert second is not None
    assert second["y"] > first["y"] or second["x"] < first["x"]  # from right to left
    for number in (2, 7):  # the map stays beside the list, however far down
        page.locator(f"#message .named[data-place='{number}']").click()
        expect(page.locator(f"#place-{number} button")).to_be_focused()
        expect(page.locator(f"#place-{number} button")).to_be_in_viewport(ratio=1)
        expect(page.locator("#map .badge.pointed")).to_have_text(str(number))
        expect(page.locator("#map .badge.pointed")).to_be_in_viewport(ratio=1)
    context.close()


def sign_in_arabic(page: Page, live: Live, report: int) -> None:
    """Signed in by the English form, the report open in Arabic with its map drawn."""
    page.goto(f"{live.address}/account/sign-in?lang=en")
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}?lang=ar")
    expect(page.locator("html[dir=rtl] #map[data-ready=yes]")).to_be_visible()


def test_without_a_script_the_words_lead_to_the_line_of_their_place(live: Live, browser: Browser) -> None:
    with live.desk() as desk:
        report = desk.add_report("The road from Bhaktapur to Dhulikhel is cut")
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    page.get_by_role("link", name="Dhulikhel (place 2 on the map)").click()
    assert page.url.endswith("#place-2")
    expect(page.locator("#place-2")).to_be_in_viewport()
    page.locator("#place-2").get_by_role("button").click()
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    assert where(live, report)[:2] == (27.62, 85.55)
    context.close()


def test_while_somebody_else_decides_the_words_still_show_their_place(live: Live, page: Page) -> None:
    with live.desk() as desk:
        other = desk.add_person("kofi")
        report = desk.add_report("The road from Bhaktapur to Dhulikhel is cut", leased_by=other)
        desk.connection.exec_driver_sql(
            f"UPDATE report SET leased_until = now() + interval '5 minutes' WHERE id = {report}"
        )
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    expect(page.locator("#map[data-ready=yes]")).to_be_visible()
    page.get_by_role("link", name="Dhulikhel (place 2 on the map)").click()
    expect(page.locator("#place-2")).to_be_focused()
    expect(page.locator("#map .badge.pointed")).to_have_text("2")

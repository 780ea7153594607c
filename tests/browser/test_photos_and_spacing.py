"""The choice of photos speaks the page's language, by hand, keyboard and screen reader; no two buttons touch."""

from itertools import combinations

import pytest
from playwright.sync_api import Browser, Page, expect

from reporting.languages.spoken import PAGES, list_languages
from tests.browser.conftest import Live, sign_in, wait_until_painted
from tests.browser.test_small_screen import PATHS
from tests.factories.picture import make_photo

SMALLEST_GAP_PX = 4
MORE_PATHS = ("/report", "/status", "/account/", "/account/sign-in")
LIST_BUTTONS = """() => [...document.querySelectorAll('button, .button, summary')]
  .filter((each) => each.checkVisibility() && !each.closest('.leaflet-container, .decide, header, .combo, .steps'))
  .map((each) => [each.innerText.trim().slice(0, 30), each.getBoundingClientRect().toJSON()])
  .filter(([, box]) => box.width > 1 && box.height > 1)"""
NATIVE_WORDS = "Choose File"  # a browser whose own language is English


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_two_buttons_touch(live: Live, browser: Browser, language: str, width: int) -> None:
    with live.desk() as desk:
        report = desk.add_report("no water in Bhaktapur", lat=27.5, lon=85.5, contact_id=desk.add_contact())
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="en")
    page = context.new_page()
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/?lang={language}")
    for path in (f"/moderate/reports/{report}", *PATHS, *MORE_PATHS):
        page.goto(live.address + path)
        buttons = page.evaluate(LIST_BUTTONS)
        close = [(a[0], b[0]) for a, b in combinations(buttons, 2) if find_gap(a[1], b[1]) < SMALLEST_GAP_PX]
        assert close == [], path
    context.close()


def find_gap(one: dict[str, float], other: dict[str, float]) -> float:
    """The larger of the distances across and down; negative where the two overlap."""
    across = max(one["left"], other["left"]) - min(one["right"], other["right"])
    down = max(one["top"], other["top"]) - min(one["bottom"], other["bottom"])
    return max(across, down)


@pytest.mark.parametrize("language", [each.code for each in list_languages(PAGES)])
def test_photos_are_chosen_in_the_words_of_the_page(live: Live, browser: Browser, language: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="en")
    page = context.new_page()
    page.goto(f"{live.address}/report?lang={language}")
    field, label, chosen = page.locator("#photo"), page.locator(".files label"), page.locator(".files .chosen")
    expect(label).to_be_visible()
    box, shown = field.bounding_box(), label.bounding_box()
    assert box is not None
    assert shown is not None
    assert box["width"] <= 1
    assert shown["height"] >= 44
    assert shown["x"] >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    nothing = chosen.inner_text()
    assert nothing
    if language != "en":
        assert label.inner_text() != "Choose photos"
        assert nothing != "No photo chosen."
    choose_by_keyboard(page)
    expect(chosen).to_have_text("a.jpgb.jpg")
    page.evaluate("document.getElementById('report').reset()")
    expect(chosen).to_have_text(nothing)
    context.close()


def choose_by_keyboard(page: Page) -> None:
    """Come to the field with Tab, see where one is, and open the choice with the space bar.

    The browser opens its choice at a click that the user made. Its own report of that does not come every time, so the
    click is what is looked at.
    """
    wait_until_painted(page)
    page.locator("#place").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "photo":
            break
    assert page.evaluate("document.activeElement.id") == "photo"
    outline = page.locator(".files label").evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline == "solid"
    page.evaluate(
        "document.getElementById('photo').addEventListener('click', (event) => { window.opened = event.isTrusted })"
    )
    page.keyboard.press("Space")
    page.wait_for_function("window.opened === true")
    photo = make_photo()
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": photo} for name in ("a.jpg", "b.jpg")]
    page.locator("#photo").set_input_files(files)  # type: ignore[arg-type]


def test_a_tap_on_the_label_opens_the_choice_and_its_name_is_told(live: Live, page: Page) -> None:
    page.goto(f"{live.address}/report?lang=fr")
    page.evaluate("document.getElementById('photo').addEventListener('click', () => { window.opened = true })")
    page.locator(".files label").click()
    page.wait_for_function("window.opened === true")
    assert page.locator("#photo").evaluate("each => each.multiple")
    assert page.get_by_label("Choisir des photos").get_attribute("type") == "file"
    snapshot = page.locator(".files").aria_snapshot()
    assert "Photos" in snapshot
    assert "Choisir des photos" in snapshot
    assert NATIVE_WORDS not in page.locator(".files").inner_text()


def test_without_a_script_the_browsers_own_field_is_there(live: Live, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{live.address}/report?lang=ar")
    expect(page.locator("#photo")).to_be_visible()
    expect(page.locator(".files label")).to_be_hidden()
    box = page.locator("#photo").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    context.close()

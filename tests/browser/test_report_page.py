"""What a moderator's hands do on the page of a report: keys, the pin, the reply; and all of it without a script."""

import json

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Live, press, sign_in, wait_until_painted

PLACES = json.dumps(
    [
        {
            "name": "Dhulikhel",
            "kind": "town",
            "lat": 27.62,
            "lon": 85.55,
            "radius_m": 900,
            "confidence": 0.3,
            "reasons": [],
        }
    ]
)


def test_keys_do_what_the_buttons_do_and_are_silent_while_somebody_types(live: Live, page: Page) -> None:
    with live.desk() as desk:
        first = desk.add_report(
            "the tap is dry", lat=27.5, lon=85.5, contact_id=desk.add_contact(), alternatives=PLACES
        )
        second = desk.add_report("another")
    sign_in(page, live, "ama")
    page.get_by_role("button", name="Review next").click()
    page.wait_for_url(f"**/reports/{first}")

    page.get_by_label("Reply by SMS").press_sequentially("a pipe? कहाँ?")
    expect(page.locator("#measure")).to_contain_text("UCS-2")
    page.locator("h1").click()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    press(page, "r")
    expect(page.get_by_label("Why?")).to_be_focused()
    page.keyboard.press("Escape")

    press(page, "2")
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    expect(page.get_by_label("Latitude")).to_have_value("27.620000")

    press(page, "n")
    page.wait_for_url(f"**/reports/{second}")
    press(page, "a")
    expect(page.get_by_text("In figures it will count as unknown")).to_be_visible()
    expect(page.get_by_role("button", name="Approve all the same")).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_text("In figures it will count as unknown")).to_be_hidden()
    press(page, "a")
    expect(page.get_by_role("button", name="Approve all the same")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reports/{first}")


def test_a_capital_or_a_keyboard_of_another_script_means_the_same_key(live: Live, page: Page) -> None:
    with live.desk() as desk:
        report = desk.add_report("the tap is dry", alternatives=PLACES)
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    expect(page.locator("#map[data-ready=yes]")).to_be_attached()
    press(page, "Shift+R")
    expect(page.get_by_label("Why?")).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '\u0967', code: 'Digit1', bubbles: true}))"
    )
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")


def test_switched_off_keys_stay_off(live: Live, page: Page) -> None:
    with live.desk() as desk:
        report = desk.add_report("the tap is dry")
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    press(page, "?")
    page.get_by_label("Single keys do these things on this device").uncheck()
    page.reload()
    press(page, "r")
    expect(page.get_by_label("Why?")).to_be_hidden()


def test_a_dragged_pin_fills_the_form_and_is_saved(live: Live, page: Page) -> None:
    with live.desk() as desk:
        report = desk.add_report("the tap is dry", lat=27.5, lon=85.5)
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    pin = page.locator("#map[data-ready=yes] img.leaflet-marker-icon")
    wait_until_painted(page)
    box = pin.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 72, box["y"] - 28, steps=5)
    page.mouse.up()
    lat, lon = (float(page.get_by_label(name).input_value()) for name in ("Latitude", "Longitude"))
    assert lat > 27.5
    assert lon > 85.5
    page.get_by_role("button", name="Save the pin").click()
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    with live.desk() as desk:
        assert abs(desk.get(report, "ST_Y(point)") - lat) < 1e-5
        assert abs(desk.get(report, "ST_X(point)") - lon) < 1e-5


def test_everything_can_be_done_without_a_script(live: Live, browser: Browser) -> None:
    with live.desk() as desk:
        first, second = desk.add_report("one"), desk.add_report("two", contact_id=desk.add_contact())
        desk.add_link(second, first)
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    sign_in(page, live, "ama")
    page.get_by_role("button", name="Review next").click()
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Why?").select_option("unclear")
    page.locator("details.reject button.bad").click()
    page.wait_for_url(f"**/reports/{second}")
    assert page.locator("[hidden]:visible").count() == 0  # what only a script can do is not offered
    page.get_by_role("button", name="Yes, link").click()
    expect(page.get_by_role("status").first).to_have_text("Linked.")
    page.get_by_label("Reply by SMS").fill("Which ward?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.out")).to_contain_text("Which ward?")
    page.locator("summary", has_text="Approve").click()
    page.get_by_role("button", name="Approve all the same").click()
    page.wait_for_url("**/moderate/")
    with live.desk() as desk:
        assert (desk.get(first, "state"), desk.get(second, "state")) == ("rejected", "approved")
    context.close()

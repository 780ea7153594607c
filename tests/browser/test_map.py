"""The map of a report by keyboard alone: confirm, take another, find by name, move the pin, change the radius."""

import json

from playwright.sync_api import Browser, Page, expect

from geo.gazetteer.load_places import load_places
from geo.types import PlaceRow
from tests.browser.conftest import Live, press, sign_in, wait_until_painted
from tests.factories.moderation import read_as

ALTERNATIVES = json.dumps(
    [
        {"name": "Dhulikhel", "kind": "town", "lat": 27.62, "lon": 85.55, "radius_m": 900, "confidence": 0.3,
         "reasons": [{"code": "name_alike", "words": "dhulikel", "name": "Dhulikhel"}]},
        {"name": "Panauti", "kind": "town", "lat": 27.58, "lon": 85.52, "radius_m": 700, "confidence": 0.1,
         "reasons": [{"code": "name", "words": "panauti", "name": "Panauti"}]},
    ]
)  # fmt: skip


def open_report(live: Live, page: Page, **columns: object) -> int:
    """A report of two alternatives beside its suggested place, open on the page with the map drawn."""
    with live.desk() as desk:
        suggested = {"lat": 27.67, "lon": 85.43, "place_confidence": 0.6, **read_as("bhaktapur", "Bhaktapur")}
        filled = {"alternatives": ALTERNATIVES, **suggested, **columns}
        report = desk.add_report(str(filled.pop("text", "no water in bhaktapur")), **filled)
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    expect(page.locator("#map[data-ready=yes]")).to_be_visible()
    wait_until_painted(page)
    return report


def where(live: Live, report: int) -> tuple[float, float, float]:
    """Where the report lies: degrees and metres."""
    with live.desk() as desk:
        lat, lon, radius_m = desk.get(report, "ARRAY[ST_Y(point), ST_X(point), radius_m]")
        return round(lat, 4), round(lon, 4), radius_m


def test_every_place_has_its_number_on_the_map_and_in_the_list(live: Live, page: Page) -> None:
    open_report(live, page)
    expect(page.locator("#map .badge")).to_have_text(["1", "2", "3"])
    expect(page.locator("#choices kbd.number")).to_have_text(["1", "2", "3"])
    expect(page.locator("#choices li").first).to_contain_text("Bhaktapur")
    expect(page.locator("#choices li").nth(1)).to_contain_text(
        "“\u2068dhulikel\u2069” is like the name of \u2068Dhulikhel"
    )
    expect(page.locator("#map path.leaflet-interactive, #map svg path")).to_have_count(3)


def test_one_key_confirms_the_suggested_place_and_another_takes_the_next(live: Live, page: Page) -> None:
    report = open_report(live, page)
    press(page, "c")
    expect(page.get_by_role("status").first).to_have_text("The place was confirmed.")
    assert where(live, report) == (27.67, 85.43, 500)
    expect(page.locator("#choices .pinned kbd.number")).to_have_text("1")
    press(page, "3")
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    assert where(live, report) == (27.58, 85.52, 700)
    expect(page.locator("#choices .pinned kbd.number")).to_have_text("3")
    with live.desk() as desk:
        assert [line.kind for line in desk.list_decisions(report)] == ["confirm_place", "move_pin"]


def test_a_place_is_found_and_the_pin_set_there_with_the_keyboard_alone(live: Live, page: Page) -> None:
    with live.desk() as desk:
        rows = [PlaceRow("9", "धुलिखेल अस्पताल", 27.60, 85.56, names=("Dhulikhel Hospital",), kind="hospital")]
        load_places(desk.connection, desk.campaign_id, rows, "health")
    report = open_report(live, page)
    press(page, "/")
    box = page.get_by_role("combobox", name="Find a place")
    expect(box).to_be_focused()
    page.keyboard.type("dhulikh")
    options = page.locator("#find-list [role=option]")
    expect(options).to_have_count(2)
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#find-list [aria-selected=true]")
    expect(chosen).to_contain_text("health facility")
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(options.first).to_be_hidden()
    expect(page.locator("#find-said")).to_contain_text("not saved yet")
    expect(page.get_by_label("Latitude")).to_have_value("27.6")
    expect(page.get_by_role("button", name="Save the pin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    assert where(live, report) == (27.6, 85.56, 250)


def test_the_list_closes_with_escape_and_a_name_that_nothing_has_is_said_so(live: Live, page: Page) -> None:
    open_report(live, page)
    press(page, "/")
    page.keyboard.type("bhak")
    expect(page.locator("#find-list [role=option]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#find-list")).to_be_hidden()
    expect(page.locator("#find-place")).to_have_value("bhak")
    page.keyboard.type("xyzxyz")
    expect(page.locator("#find-said")).to_have_text("Nothing of that name is known.")


def test_arrow_keys_move_the_pin_and_plus_and_minus_its_radius(live: Live, page: Page) -> None:
    report = open_report(live, page)
    page.locator("#map img.leaflet-marker-icon").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    press(page, "+")
    expect(page.get_by_label("Radius (m)")).to_have_value("1000")
    press(page, "-")
    press(page, "-")
    expect(page.get_by_label("Radius (m)")).to_have_value("200")
    press(page, "s")
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    lat, lon, radius_m = where(live, report)
    assert lat > 27.67
    assert lon > 85.43
    assert radius_m == 200


def test_a_number_on_the_map_leads_to_its_button(live: Live, page: Page) -> None:
    open_report(live, page)
    page.locator("#map .badge", has_text="3").click()
    expect(page.locator("#choices li").nth(2).get_by_role("button")).to_be_focused()


def test_without_a_script_a_place_is_found_and_taken_by_buttons(live: Live, browser: Browser) -> None:
    with live.desk() as desk:
        report = desk.add_report("no water", alternatives=ALTERNATIVES)
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/moderate/reports/{report}")
    page.get_by_label("Find a place").fill("bhakta")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name="Put the pin here").click()
    expect(page.get_by_role("status").first).to_have_text("The pin was moved.")
    assert where(live, report)[:2] == (27.67, 85.43)
    page.get_by_role("button", name="Panauti").click()
    expect(page.locator("#choices .pinned")).to_contain_text("Panauti")
    assert where(live, report)[:2] == (27.58, 85.52)
    context.close()


def test_what_somebody_types_stands_in_no_address(live: Live, page: Page) -> None:
    open_report(live, page)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    press(page, "/")
    page.keyboard.type("bhaktapur")
    expect(page.locator("#find-list [role=option]")).to_have_count(1)
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("#find-said")).to_contain_text("1")
    assert addresses
    assert not any("bhak" in address for address in addresses)

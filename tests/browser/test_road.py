"""The whole road in one go: a text on the phone, a report on the map, a decision, a figure that has changed."""

from playwright.sync_api import Page, expect
from sqlalchemy import text

from reporting.models.base import now
from tests.browser.conftest import Live, press, sign_in
from tests.moderation_factory import Desk

SAID = "No water in Bhaktapur today"


def test_a_text_becomes_a_report_on_the_map_and_after_a_decision_and_a_release_a_figure(live: Live, page: Page) -> None:
    sign_in(page, live, "sita")
    look_at_release(page, live)
    expect(page.locator("main")).to_contain_text("nothing to publish")

    reference = text_from_the_phone(page, live)
    with live.desk() as desk:
        add_nine_others(desk)
    decide_on_it(page, live, reference)

    release(page, live)
    expect(page.locator("#figures tbody tr").first).to_contain_text("Square")
    expect(page.locator("#figures tbody tr td").first).to_contain_text("10")


def look_at_release(page: Page, live: Live) -> None:
    """What would be published of everything."""
    page.goto(f"{live.address}/moderate/releases")
    page.get_by_role("button", name="Look at what would be published").click()
    page.wait_for_url("**/preview?**")


def release(page: Page, live: Live) -> None:
    """Look at it, and say that it is meant."""
    look_at_release(page, live)
    expect(page.locator(".changes tbody tr")).to_contain_text("Square")
    page.get_by_label("to say that you mean it").fill("all")
    page.get_by_role("button", name="Publish these figures").click()
    page.wait_for_url("**/data/**")


def text_from_the_phone(page: Page, live: Live) -> str:
    """Send it, wait for the report and for the answer; the report's reference."""
    page.goto(f"{live.address}/simulator")
    page.get_by_label("Message").fill(SAID)
    page.get_by_role("button", name="Send", exact=True).click()
    own = page.locator(".bubble.in", has_text=SAID)
    expect(own).to_contain_text("report")
    reference = own.locator("bdi").inner_text()
    answer = page.locator(".bubble.out")
    expect(answer).to_contain_text(reference)
    expect(answer).to_contain_text("delivered")
    return reference


def decide_on_it(page: Page, live: Live, reference: str) -> None:
    """Take it from the queue, look at it on the map, approve it by its key."""
    page.goto(f"{live.address}/moderate/")
    expect(page.locator(".figures .lead dd")).to_have_text("1")
    with page.expect_response(lambda answer: ".mvt" in answer.url) as tile:
        page.get_by_role("button", name="Review next").click()
    assert b"Square" in tile.value.body()
    expect(page.get_by_role("heading", level=1)).to_contain_text(reference)
    expect(page.locator("#message .said mark")).to_have_text("Bhaktapur")
    said = page.locator("#message .said").evaluate(
        "said => { getSelection().selectAllChildren(said); return `${getSelection()}` }"
    )
    assert said.strip() == SAID, "what is copied of a message has words that nobody said"
    expect(page.locator("#place")).to_contain_text("Square")
    expect(page.locator("#map[data-ready=yes] img.leaflet-marker-icon")).to_be_visible()
    expect(page.locator("#map path.leaflet-interactive, #map svg path")).to_be_visible()
    assert abs(float(page.get_by_label("Latitude").input_value()) - 27.67) < 0.01
    press(page, "a")
    page.wait_for_url("**/moderate/")
    expect(page.get_by_role("status").first).to_have_text("Approved.")


def add_nine_others(desk: Desk) -> None:
    """Nine more people said so and were believed: a figure needs ten."""
    water = desk.connection.execute(text("SELECT id FROM topic WHERE code = 'water'")).scalar_one()
    for number in range(9):
        desk.add_report(
            topic_id=water,
            contact_id=desk.add_contact(f"+99900000000{number}"),
            state="approved",
            occurred_at=now(),
            area_codes='{"1": "sq"}',
        )

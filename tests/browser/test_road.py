"""The whole road in one go: a text on the phone, a report on the map, a decision, a figure that has changed."""

from datetime import timedelta

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from reporting.accounts.role import SUPERVISOR
from reporting.models.base import now
from tests.browser.conftest import Live, press, sign_in
from tests.factories.moderation import Desk

SAID = "No water in Bhaktapur today"


LONG_AGO_DAYS = 70  # by then the reports of a month have settled


def test_a_text_becomes_a_report_on_the_map_and_after_a_decision_and_a_release_a_figure(live: Live, page: Page) -> None:
    sign_in(page, live, "sita")
    page.goto(f"{live.address}/moderate/releases")
    expect(page.locator("main")).to_contain_text("No approved report can be counted yet")

    reference = text_from_the_phone(page, live)
    with live.desk() as desk:
        add_others(desk)
    decide_on_it(page, live, reference)
    look_at_release(page, live)
    expect(page.locator("#refusal")).to_contain_text("can be published from")
    with live.desk() as desk:
        month = let_the_month_settle(desk)

    release(page, live, month)
    expect(page.locator(".total")).to_contain_text("people, give or take")
    expect(page.locator("#figures tbody tr").first).to_contain_text("Square")
    expect(page.locator(".promise")).to_contain_text("of 100 times")


def test_a_month_with_an_urgent_topic_is_published_by_two(live: Live, page: Page, browser: Browser) -> None:
    with live.desk() as desk:
        desk.connection.execute(text("UPDATE topic SET is_urgent = true WHERE code = 'water'"))
        add_others(desk)
        month = let_the_month_settle(desk)
        add_second_supervisor(desk)
    sign_in(page, live, "sita")
    release(page, live, month, leads_to="**/moderate/releases", button="Prepare it for a second person")
    expect(page.get_by_role("status").first).to_contain_text("when a second person has approved it")
    page.goto(f"{live.address}/data/")
    expect(page.locator("main a[href*='/data/releases/']")).to_have_count(0)

    context = browser.new_context(locale="en")
    second = context.new_page()
    sign_in(second, live, "rama")
    second.goto(f"{live.address}/moderate/releases")
    second.locator("main a", has_text="version 1").first.click()
    second.get_by_label("to say that you mean it").first.fill(month)
    second.get_by_role("button", name="Publish these figures").click()
    second.wait_for_url("**/data/**")
    expect(second.locator(".total")).to_contain_text("people, give or take")
    context.close()


def add_second_supervisor(desk: Desk) -> None:
    """Another account of a supervisor, with the password of the others."""
    desk.add_person("rama", SUPERVISOR)
    copied = "UPDATE account SET password = (SELECT password FROM account WHERE email LIKE 'sita%')"
    desk.connection.execute(text(f"{copied} WHERE email LIKE 'rama%'"))


def look_at_release(page: Page, live: Live) -> None:
    """What would be published of the latest month."""
    page.goto(f"{live.address}/moderate/releases")
    page.get_by_role("button", name="Look at what would be published").click()
    page.wait_for_url("**/preview?**")


def let_the_month_settle(desk: Desk) -> str:
    """Everything happened long ago; returns the month."""
    ago = {"ago": timedelta(days=LONG_AGO_DAYS)}
    desk.connection.execute(text("UPDATE report SET occurred_at = occurred_at - CAST(:ago AS interval)"), ago)
    query = text(
        "SELECT to_char(max(occurred_at) AT TIME ZONE campaign.timezone, 'YYYY-MM')"
        " FROM report JOIN campaign ON campaign.id = campaign_id GROUP BY campaign.timezone"
    )
    return str(desk.connection.execute(query).scalar_one())


def release(
    page: Page, live: Live, month: str, leads_to: str = "**/data/**", button: str = "Publish these figures"
) -> None:
    """Look at it, and say that it is meant."""
    look_at_release(page, live)
    expect(page.locator(".changes tbody tr").first).to_contain_text("The whole country")
    page.get_by_label("to say that you mean it").fill(month)
    page.get_by_role("button", name=button).click()
    page.wait_for_url(leads_to)


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


def add_others(desk: Desk) -> None:
    """Sixty more people said so and were believed: the figure of an area needs ten, beside what protects them."""
    water = desk.connection.execute(text("SELECT id FROM topic WHERE code = 'water'")).scalar_one()
    for number in range(60):
        desk.add_report(
            topic_id=water,
            contact_id=desk.add_contact(f"+9990000000{number:02}"),
            state="approved",
            occurred_at=now(),
            area_codes='{"1": "sq"}',
        )

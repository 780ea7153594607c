"""A picture that came with a message, in a real browser: the real worker made it clean, and the page shows it."""

import base64

from playwright.sync_api import Page, expect
from sqlalchemy import text

from channels.base.items import InboundMessage, MediaReference
from config.local.process import wait_until
from tests.browser.conftest import Live, sign_in
from tests.conftest import LINE
from tests.factories.picture import make_photo


def count_open(live: Live) -> int:
    """How many of the two files no worker has done with yet."""
    with live.program.owner.begin() as connection:
        query = "SELECT 2 - count(*) FILTER (WHERE state IN ('stored', 'refused')) FROM media"
        return int(connection.execute(text(query)).scalar_one())


def test_a_moderator_sees_a_picture_small_and_opens_it(live: Live, page: Page) -> None:
    photo = MediaReference("data:image/jpeg;base64," + base64.b64encode(make_photo((1200, 900))).decode())
    broken = MediaReference("data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff nothing").decode())
    words = "the pipe is broken in Dhulikhel, no water"
    live.program.receiver.receive(
        "twilio", [InboundMessage("MM1", "+9779800000001", LINE, words, media=[photo, broken])]
    )
    assert wait_until(lambda: count_open(live) == 0, 120)
    sign_in(page, live, "ama")
    page.get_by_role("button", name="Review next").click()
    page.wait_for_url("**/reports/*")
    picture = page.get_by_role("img", name="Picture 1")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 320)
    expect(page.locator(".media")).to_contain_text("File 2 was not kept: it cannot be read")
    picture.click()
    page.wait_for_url("**/moderate/media/*")
    expect(page.locator("img")).to_have_js_property("naturalWidth", 1200)

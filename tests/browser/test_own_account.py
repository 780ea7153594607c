"""One's own account on a small phone, with the keyboard: a second factor is set up and asked for; a new password."""

import re
import time

import pytest
from passlib.totp import TOTP
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD, Live, sign_in, wait_until_painted

NARROW = {"width": 320, "height": 640}
NEW = "another password of the tests"


def is_within(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def show_code(key: str, ahead_s: int = 0) -> str:
    """What an app shows that has the key of the page, and whose clock may be ahead."""
    return str(TOTP(key=key).generate(time.time() + ahead_s).token)


def test_a_second_factor_by_keyboard_on_a_small_phone(live: Live, context: BrowserContext, page: Page) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, live, "sita")
    page.get_by_role("link", name="sita").click()
    page.get_by_role("link", name=re.compile("Second factor")).click()
    expect(page.get_by_role("img", name="Picture for the app")).to_be_visible()
    assert is_within(page)
    key = page.locator("ol.steps code").inner_text()
    page.get_by_label("Six digits of the new app").focus()
    wait_until_painted(page)
    page.keyboard.type(show_code(key))
    page.keyboard.press("Enter")
    codes = page.locator("ul.codes code")
    expect(codes).to_have_count(10)
    assert is_within(page)
    recovery = codes.first.inner_text()
    context.clear_cookies()
    for code in ("", recovery):
        page.goto(f"{live.address}/account/sign-in")
        expect(page.get_by_label("E-mail address")).to_be_focused()  # what is typed before goes nowhere
        wait_until_painted(page)
        page.keyboard.type("sita@example.org")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in/code*")
        assert is_within(page)
        expect(page.locator("main input:focus")).to_have_count(1)
        wait_until_painted(page)
        # The code of the half minute to come is taken until that is over, and is not the one that was used up.
        page.keyboard.type(code or show_code(key, 30))
        page.keyboard.press("Enter")
        page.wait_for_url("**/moderate/desk")
        context.clear_cookies()


@pytest.mark.parametrize("path", ["/account/", "/account/password", "/account/second-factor", "/account/forgotten"])
@pytest.mark.parametrize("language", ["ar", "ne", "ht"])
def test_the_pages_fit_a_small_phone_in_other_languages(live: Live, page: Page, path: str, language: str) -> None:
    page.set_viewport_size(NARROW)
    sign_in(page, live, "ama")
    page.goto(f"{live.address}{path}?lang={language}")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert is_within(page)


def test_a_new_password_is_set_with_the_old_one(live: Live, page: Page) -> None:
    sign_in(page, live, "ama")
    page.goto(f"{live.address}/account/password")
    expect(page.get_by_label("Old password")).to_be_focused()
    wait_until_painted(page)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(NEW)
    page.keyboard.press("Tab")
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    page.goto(f"{live.address}/moderate/")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

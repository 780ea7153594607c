"""Every page that each role can reach, in a real browser: none fails, no private one is kept, nobody is kept out."""

import re
from collections import Counter
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask_security import hash_password
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from reporting.accounts.role import ADMIN, SAFEGUARDING, TRANSLATOR, VOLUNTEER
from reporting.app import create_app
from tests.browser.conftest import PASSWORD, Live

_STARTS = ("/", "/report", "/status", "/privacy", "/simulator", "/data/", "/account/sign-in", "/account/home")
_PRIVATE = ("/moderate", "/account", "/simulator", "/status", "/report")
_OF_A_KIND = 2  # pages of one address but for its numbers
_MOST_PAGES = 80
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href)"
_ROLES = {"volunteer": VOLUNTEER, "translator": TRANSLATOR, "safe": SAFEGUARDING, "root": ADMIN}


@pytest.fixture
def peopled(live: Live) -> Live:
    """An installation with something to see on every page, and an account of each role."""
    app = create_app(live.program)
    with live.desk() as desk, app.app_context():
        for name, role in _ROLES.items():
            desk.add_person(name, role)
        hashed = hash_password(PASSWORD)
        desk.connection.execute(text("UPDATE account SET password = :hashed"), {"hashed": hashed})
        contact = desk.add_contact()
        for words in ("No water in Bhaktapur", "The road at Dhulikhel is blocked"):
            desk.add_report(words, lat=27.5, lon=85.5, contact_id=contact)
    return live


def come_in(page: Page, live: Live, name: str) -> None:
    page.goto(f"{live.address}/account/sign-in")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(re.compile(r"/(moderate/|account/)"))


def crawl(page: Page, live: Live) -> list[str]:
    """Follow every link within the installation; returns what is wrong, a line each."""
    wrong: list[str] = []
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    waiting = [live.address + path for path in _STARTS]
    axe = Axe()
    while waiting and len(seen) < _MOST_PAGES:
        address = urldefrag(waiting.pop(0)).url
        kind = re.sub(r"\d+", "N", urlsplit(address).path)
        if address in seen or not address.startswith(live.address) or kinds[kind] >= _OF_A_KIND:
            continue
        if "lang=" in address or re.search(r"\.(csv|geojson|json|mvt|png|jpg)$|/sign-out", urlsplit(address).path):
            continue
        seen.add(address)
        kinds[kind] += 1
        answer = page.goto(address, wait_until="domcontentloaded")
        assert answer is not None
        if answer.status >= 500:
            wrong.append(f"{kind}: {answer.status}")
            continue
        if kind.startswith(_PRIVATE) and "no-store" not in answer.headers.get("cache-control", ""):
            wrong.append(f"{kind}: may be kept by a browser that others use")
        if answer.headers.get("content-type", "").startswith("text/html"):
            found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
            wrong += [f"{kind}: {fault['id']} {fault['nodes'][0]['html'][:100]}" for fault in found]
            waiting += page.evaluate(_LINKS)
    assert len(seen) >= len(_STARTS) - 2
    return sorted(set(wrong))


@pytest.mark.parametrize("name", [None, "volunteer", "translator", "ama", "sita", "safe", "root"])
def test_no_page_fails_is_kept_or_keeps_anybody_out(peopled: Live, browser: Browser, name: str | None) -> None:
    context = browser.new_context(locale="en", service_workers="block")
    page = context.new_page()
    if name is not None:
        come_in(page, peopled, name)
    assert crawl(page, peopled) == []
    context.close()

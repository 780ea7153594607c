"""A piece of a release in the page of another site, as a reader of that site sees it."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import Live
from tests.factories.release import AUGUST, make_world


@pytest.fixture
def release_id(live: Live) -> int:
    """A month in which many reported from the east and few from the west."""
    with live.program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(120), at=AUGUST)
        world.add_reports(range(300, 303), area="west", at=AUGUST)
        return world.release("2026-08").release_id


@pytest.fixture
def newspaper(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Another site: its folder, and its address, which is of another origin."""
    handler = partial(_QuietHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def copy_snippet(page: Page, live: Live, release_id: int, title: str) -> str:
    """Copy the HTML that the page of the release gives for a piece."""
    page.goto(f"{live.address}/data/releases/{release_id}")
    box = page.locator("details.copy", has=page.get_by_text(title, exact=True))
    box.locator("summary").click()
    return box.locator("pre").inner_text()


def test_the_map_is_shown_in_another_site_and_the_frame_fits_it(
    live: Live, page: Page, release_id: int, newspaper: tuple[Path, str]
) -> None:
    folder, address = newspaper
    snippet = copy_snippet(page, live, release_id, "Map")
    (folder / "article.html").write_text(f"<!doctype html><title>News</title><h1>News</h1>{snippet}")
    page.set_viewport_size({"width": 640, "height": 900})
    page.goto(f"{address}/article.html")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".area-map .area")).to_have_count(2)
    expect(frame.locator("body")).to_contain_text("give or take")
    given = int(page.locator("iframe").get_attribute("height") or 0)
    page.wait_for_function("document.querySelector('iframe').style.height")
    fitted = page.locator("iframe").bounding_box()
    assert fitted is not None
    content = frame.locator("body").evaluate("body => [body.scrollHeight, innerHeight]")
    assert fitted["height"] != given
    assert content[0] <= content[1] + 1  # nothing to scroll
    page.set_viewport_size({"width": 320, "height": 900})  # and again when the reader turns the phone
    page.wait_for_function("before => document.querySelector('iframe').offsetHeight != before", arg=fitted["height"])


def test_without_the_script_the_frame_has_its_given_height(
    live: Live, browser: Browser, page: Page, release_id: int, newspaper: tuple[Path, str]
) -> None:
    folder, address = newspaper
    snippet = copy_snippet(page, live, release_id, "Table")
    (folder / "article.html").write_text(f"<!doctype html><title>News</title>{snippet}")
    context = browser.new_context(java_script_enabled=False, locale="en")
    reader = context.new_page()
    reader.goto(f"{address}/article.html")
    expect(reader.frame_locator("iframe").locator("#figures tbody")).to_contain_text("East")
    box = reader.locator("iframe").bounding_box()
    assert box is not None
    assert box["height"] == 700
    context.close()


def is_of_frames(message: ConsoleMessage) -> bool:
    """Whether the browser says that it refuses a frame."""
    return "frame-ancestors" in message.text or "X-Frame-Options" in message.text


def test_the_whole_page_is_refused_in_a_frame(
    live: Live, browser: Browser, release_id: int, newspaper: tuple[Path, str]
) -> None:
    folder, address = newspaper
    source = f"{live.address}/data/releases/{release_id}"
    (folder / "article.html").write_text(f'<!doctype html><title>News</title><iframe src="{source}"></iframe>')
    context = browser.new_context(locale="en")
    reader = context.new_page()
    with reader.expect_console_message(is_of_frames):
        reader.goto(f"{address}/article.html")
    context.close()

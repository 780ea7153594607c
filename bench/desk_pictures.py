"""Pictures of the moderators' desk for the docs: `script/bench desk_pictures --screenshots docs/screenshots`.

The demonstration is loaded into a new database, a moderator comes to the desk in Chromium and opens the first report.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page

from bench.demonstration_site import chromium
from bench.desk import PASSWORD, PERSON, add_person
from bench.scratch import free_port, parse_arguments, report, scratch_database
from bench.site import web_site
from config.settings import load_settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.startup.prepare import run_command

_COLOURS: Final = 256
_VIEWS: Final = {"desk": (1280, 900), "desk-narrow": (320, 720)}  # width and height in CSS pixels


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="store pictures there", required=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Load the demonstration, and store a picture for each width."""
    arguments = parse_arguments(argv, __doc__ or "", _add_options)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with scratch_database("demonstration") as (database_url, redis_url):
        environment = {
            **os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url, "BARAZA_ENV": "development",
            "PUBLIC_URL": address,
        }  # fmt: skip
        program = Program(load_settings(), database_url, redis_url)
        run_command(create_app(program), "demo", "load")
        waiting = add_person(program)
        program.close()
        with web_site(port, environment), chromium() as browser:
            for name, (width, height) in _VIEWS.items():
                _store(_open_desk(browser, address, width, height), arguments.screenshots / f"{name}.png")
    report({"pictures": len(_VIEWS), "waiting": waiting}, arguments.json)


def _open_desk(browser: Browser, address: str, width: int, height: int) -> Page:
    """Sign in, take the first report, and wait until its map is drawn."""
    page = browser.new_context(locale="en", viewport={"width": width, "height": height}).new_page()
    page.goto(f"{address}/account/sign-in")
    page.get_by_label("E-mail address").fill(PERSON)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/moderate/desk")
    page.locator("#reader form[data-key=n] button").click()
    page.locator("#map[data-ready=yes]").wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelector('#reader').scrollIntoView()")
    return page


def _store(page: Page, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

"""Five tasks of a statistician on the public pages, and the steps that each takes: `script/bench five_tasks`.

A step is an address opened or a click; reading is none. They are done in the demonstration, in Chromium, and what was
found is printed. `--screenshots FOLDER` stores what the statistician sees at the end of each, and the page on a phone,
in Arabic, in the dark and on paper, as they stand in `docs/screenshots/`.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from bench.demonstration_site import add_address, chromium, demonstration_site
from bench.scratch import parse_arguments, report


@dataclass
class Walk:
    """The steps that somebody takes from the list of published data on, and what they found in the end."""

    page: Page
    address: str
    cube: str  # as it is named in the list of published data
    area: str
    steps: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open an address, as from a bookmark."""
        self.steps.append(f"open {path}")
        self.page.goto(self.address + path)

    def click(self, target: Locator, what: str) -> None:
        """Click on something."""
        self.steps.append(f"click {what}")
        target.click()

    def go_to_release(self) -> None:
        """Open the list of published data and choose the newest release of the cube."""
        self.open("/data/")
        self.click(self.page.get_by_role("link", name=self.cube).first, "the newest release")


def find_district_by_sex(walk: Walk) -> str:
    """Find the figures of a district by sex."""
    walk.go_to_release()
    walk.click(walk.page.get_by_role("checkbox", name="Sex"), "the checkbox Sex")
    walk.click(walk.page.get_by_role("button", name="Show"), "Show")
    return _find_row(walk).inner_text()


def download(walk: Walk) -> str:
    """Download the figures as a file."""
    walk.go_to_release()
    with walk.page.expect_download() as waiting:
        walk.click(walk.page.get_by_role("link", name="CSV", exact=True), "CSV")
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def read_error(walk: Walk) -> str:
    """Read how far the figure of a district may be off."""
    walk.go_to_release()
    return _find_row(walk).locator(".error").inner_text()


def learn_who_is_missing(walk: Walk) -> str:
    """Learn which groups are left out, compared with the census."""
    walk.go_to_release()
    walk.click(walk.page.locator(".left-out a"), "the groups that are surely left out")
    table = walk.page.locator("table", has_text="Who is missing").first
    table.scroll_into_view_if_needed()
    return table.inner_text()


def cite(walk: Walk) -> str:
    """Copy a citation for a bibliography."""
    walk.go_to_release()
    walk.click(walk.page.get_by_text("BibTeX"), "BibTeX")
    return walk.page.locator("details[open] pre").inner_text()


def _find_row(walk: Walk) -> Locator:
    row = walk.page.locator("#figures tr", has=walk.page.get_by_text(walk.area, exact=True)).first
    row.scroll_into_view_if_needed()
    return row


TASKS: Final[dict[str, Callable[[Walk], str]]] = {
    "find the figure of a district by sex": find_district_by_sex,
    "download it": download,
    "read its error": read_error,
    "know who is missing": learn_who_is_missing,
    "cite it": cite,
}

_CUBE: Final = "Reports and incidents"
_AREA: Final = "Kathmandu"
_RELEASE: Final = "/data/nepal-demo/incidents/"
_COLOURS: Final = 64  # of a picture; charts and letters need no more
# Name, address, width, language, light and medium.
_VIEWS: Final = (
    ("phone", f"{_RELEASE}?level=1#over-time", 320, "en", "light", "screen"),
    ("phone-arabic-dark", f"{_RELEASE}?level=1#over-time", 320, "ar", "dark", "screen"),
    ("arabic", f"{_RELEASE}?level=1#over-time", 1280, "ar", "light", "screen"),
    ("dark", f"{_RELEASE}?beside.sex=1#by-area", 1280, "en", "dark", "screen"),
    ("print", f"{_RELEASE}?level=1", 794, "en", "light", "print"),
)
_HEIGHT: Final = 1000


def main(argv: Sequence[str] | None = None) -> None:
    """Do the tasks, print what was found, and write the JSON and the pictures where asked."""
    arguments = parse_arguments(argv, __doc__ or "", _add_options)
    with demonstration_site(arguments.address) as address, chromium() as browser:
        found = {}
        for number, (task, do) in enumerate(TASKS.items(), start=1):
            context = browser.new_context(locale="en", viewport={"width": 1280, "height": _HEIGHT})
            walk = Walk(context.new_page(), address, _CUBE, _AREA)
            seen = " ".join(do(walk).split())[:200]
            found[task] = {"steps": len(walk.steps), "path": walk.steps, "found": seen}
            if arguments.screenshots:
                _store(walk.page, arguments.screenshots / f"task-{number}.png")
            context.close()
        if arguments.screenshots:
            _store_views(browser, address, arguments.screenshots)
    report(found, arguments.json)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_address(parser)
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="store pictures there")


def _store_views(browser: Browser, address: str, folder: Path) -> None:
    for name, path, width, language, light, medium in _VIEWS:
        context = browser.new_context(
            locale="en", viewport={"width": width, "height": _HEIGHT}, color_scheme=light,
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{address}/?lang={language}")
        page.goto(address + path)
        page.emulate_media(media=medium)
        _store(page, folder / f"{name}.png")
        context.close()


def _store(page: Page, path: Path) -> None:
    """Store the screen that shows what was found, as a small picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

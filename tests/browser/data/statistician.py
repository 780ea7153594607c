"""Five tasks of a statistician on the public pages, with the steps that each takes: a page opened, a click, a choice.

`test_statistician.py` does them in a small world, `bench/five_tasks.py` in the demonstration.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page


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
    return walk.page.locator("#figures tr", has=walk.page.get_by_text(walk.area, exact=True)).first.inner_text()


def download(walk: Walk) -> str:
    """Download the figures as a file."""
    walk.go_to_release()
    with walk.page.expect_download() as waiting:
        walk.click(walk.page.get_by_role("link", name="CSV", exact=True), "CSV")
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def read_error(walk: Walk) -> str:
    """Read how far the figure of a district may be off."""
    walk.go_to_release()
    row = walk.page.locator("#figures tr", has=walk.page.get_by_text(walk.area, exact=True)).first
    return row.locator(".error").inner_text()


def learn_who_is_missing(walk: Walk) -> str:
    """Learn which groups are left out, compared with the census."""
    walk.go_to_release()
    walk.click(walk.page.locator(".left-out a"), "the groups that are surely left out")
    return walk.page.locator("table", has_text="Who is missing").first.inner_text()


def cite(walk: Walk) -> str:
    """Copy a citation for a bibliography."""
    walk.go_to_release()
    walk.click(walk.page.get_by_text("BibTeX"), "BibTeX")
    return walk.page.locator("details[open] pre").inner_text()


TASKS: Final[dict[str, Callable[[Walk], str]]] = {
    "find the figure of a district by sex": find_district_by_sex,
    "download it": download,
    "read its error": read_error,
    "know who is missing": learn_who_is_missing,
    "cite it": cite,
}

"""The tables of a page, and the lines of the file of a release, to be held against each other."""

import csv
import io
from html.parser import HTMLParser

from flask.testing import FlaskClient


class Tables(HTMLParser):
    """The rows of every table of a page, as the texts of their cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.rows[-1][-1] += data.strip()


def read_csv(client: FlaskClient, release_id: int) -> list[dict[str, str]]:
    """The lines of the file of a release."""
    return list(csv.DictReader(io.StringIO(client.get(f"/data/releases/{release_id}.csv").text)))


def find(lines: list[dict[str, str]], **values: str) -> list[dict[str, str]]:
    """The lines with these values."""
    return [line for line in lines if values.items() <= line.items()]


def list_rows(page: str) -> list[list[str]]:
    """The rows of every table of a page."""
    tables = Tables()
    tables.feed(page)
    return tables.rows

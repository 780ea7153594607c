"""The only CSV writer: it prevents CSV injection, so that no text or id is a formula for whoever opens the file.

A spreadsheet computes a cell that begins with =, +, - or @; another program one that begins with a tab. An apostrophe
in front marks the cell as text. Numbers stay numbers.
"""

import csv
import re
from collections.abc import Iterable
from typing import Any, Final, Protocol

_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_FIGURE: Final = re.compile(r"[+-][\d .,:()/-]*|[+-]?\d[\d.]*[eE][+-]?\d+")
# Text behind a dash, as people write lists, without a function call or a call of another program.
_DASHED: Final = re.compile(r"-\s+\w[^(|!]*")
# For rows that are returned unchanged: only formulas and calls.
_COMPUTED: Final = re.compile(r"\s*(?:[=＝]|[+\-@＋－＠][^\s(|!]*[(|!])")


class _Target(Protocol):
    def write(self, words: str, /) -> object: ...


class CsvWriter:
    """Writes rows to an open text file (`newline=""`)."""

    def __init__(self, target: _Target, *, line_end: str = "\r\n") -> None:
        self._writer = csv.writer(target, lineterminator=line_end)

    def write(self, cells: Iterable[Any]) -> None:
        """Write a row of our own data."""
        # Most cells begin harmlessly; asking a function for each would take longer than writing.
        self._writer.writerow(
            [neutralise(cell) if isinstance(cell, str) and cell[:1] in _STARTS else cell for cell in cells]
        )

    def write_back(self, cells: Iterable[Any]) -> None:
        """Write a row of a file that was read, changed as little as possible."""
        self._writer.writerow([_keep_words(cell, neutralise_copied) for cell in cells])


def neutralise(cell: str) -> str:
    """Return the cell, with an apostrophe in front where a spreadsheet might take it for a formula."""
    if not cell or cell[0] not in _STARTS or _FIGURE.fullmatch(cell) or _DASHED.fullmatch(cell):
        return cell
    return f"'{cell}"


def neutralise_copied(cell: str) -> str:
    """Neutralise a cell of a file that was read: only a formula is changed, everything else stays as it was."""
    return f"'{cell}" if _COMPUTED.match(cell) else cell


def _keep_words(cell: Any, keep: Any) -> Any:
    return keep(cell) if isinstance(cell, str) else cell

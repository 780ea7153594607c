"""The one way CSV is written: nobody's words or ids are a formula on the desk of who opens the file.

A spreadsheet computes a cell that begins with =, +, - or @, and one of another program's with a tab. An apostrophe in
front keeps it what it is, words. Figures stay figures.
"""

import csv
import re
from collections.abc import Iterable
from typing import Any, Final, Protocol

_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_FIGURE: Final = re.compile(r"[+-][\d .,:()/-]*|[+-]?\d[\d.]*[eE][+-]?\d+")
# Words behind a dash, as people write lists; no function is called in them, and no other program.
_DASHED: Final = re.compile(r"-\s+\w[^(|!]*")
# In rows that are handed back as they were: whatever is computed, or calls.
_COMPUTED: Final = re.compile(r"\s*(?:[=＝]|[+\-@＋－＠][^\s(|!]*[(|!])")


class _Target(Protocol):
    def write(self, words: str, /) -> object: ...


class CsvWriter:
    """Writes rows to an open text file (`newline=""`)."""

    def __init__(self, target: _Target, *, line_end: str = "\r\n") -> None:
        self._writer = csv.writer(target, lineterminator=line_end)

    def write(self, cells: Iterable[Any]) -> None:
        """Write a row of our own."""
        self._writer.writerow([_keep_words(cell, neutralise) for cell in cells])

    def write_back(self, cells: Iterable[Any]) -> None:
        """Write a row of a file that was read, with as little changed as can be."""
        self._writer.writerow([_keep_words(cell, neutralise_copied) for cell in cells])


def neutralise(cell: str) -> str:
    """The cell, with an apostrophe in front where a spreadsheet might take it for a formula."""
    if not cell or cell[0] not in _STARTS or _FIGURE.fullmatch(cell) or _DASHED.fullmatch(cell):
        return cell
    return f"'{cell}"


def neutralise_copied(cell: str) -> str:
    """The same for a cell of a file that was read: only what would be computed changes, all else is as it was."""
    return f"'{cell}" if _COMPUTED.match(cell) else cell


def _keep_words(cell: Any, keep: Any) -> Any:
    return keep(cell) if isinstance(cell, str) else cell

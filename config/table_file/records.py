"""Splits the lines of a CSV into rows; an unclosed quotation mark does not swallow the rows behind it.

Time is linear in the size of the file whatever its quotation marks are: the search for a closing mark ends at the next
odd run of marks, and the lines before that contain none to search for.
"""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

LONGEST: Final = 1 << 25  # characters of a line and of a row: enough for a cell of 16 MB, and a limit for endless lines
csv.field_size_limit(LONGEST)
Tell = Callable[[str], None]


class Records:
    """The rows of some lines.

    `number` is the last line that was read, `width` the number of cells in the header, if known.
    """

    def __init__(self, lines: Iterator[str], separator: str, tell: Tell, *, width: int = 0, number: int = 0) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self._separator = separator
        self._tell = tell
        self._width = width
        self.number = number

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line, cells) of each row, with its first line number; an empty line has no cells."""
        while (line := self._next_line()) is not None:
            self.number += 1
            start = self.number
            if "\x00" in line:
                self._tell(f"line {start}: a zero byte")
            plain = line.rstrip("\r\n")
            if '"' in plain:
                yield start, self._read_quoted(line)
            else:
                yield start, plain.split(self._separator) if plain else []

    def _next_line(self) -> str | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def _read_quoted(self, line: str) -> list[str]:
        taken: list[str] = [line]
        try:
            row = next(csv.reader(self._feed(line, taken), delimiter=self._separator, strict=True))
        except csv.Error:
            row = None
        if row is None or (len(taken) > 1 and self._are_rows(taken, row)):
            self._waiting.extendleft(reversed(taken[1:]))
            self._tell(f"line {self.number}: a quotation mark without its other half")
            return split_loosely(line, self._separator)
        self.number += len(taken) - 1
        return row

    def _feed(self, line: str, taken: list[str]) -> Iterator[str]:
        yield line
        length = len(line)
        while length < LONGEST and (more := self._next_line()) is not None:
            taken.append(more)
            length += len(more)
            yield more

    def _are_rows(self, taken: list[str], row: list[str]) -> bool:
        """Tell whether lines that would form one cell are rows of their own.

        Such lines are rows when each has as many cells as the header, and the joined row has not, or contains whole
        lines between its first and last.
        """
        if self._width < 2 or (len(row) == self._width and (self._width == 2 or len(taken) == 2)):
            return False
        return all(len(split_loosely(line, self._separator)) == self._width for line in taken)


def split_loosely(line: str, separator: str) -> list[str]:
    """Split one line into cells; an unclosed quotation mark is removed, one within a cell stays."""
    return [_unquote(cell) for cell in _cell(separator).findall(line.rstrip("\r\n"))]


def _unquote(cell: str) -> str:
    if not cell.startswith('"'):
        return cell
    inner = cell[1:].rstrip()
    inner = inner[:-1] if inner.endswith('"') else cell[1:]
    return inner.replace('""', '"')


@cache
def _cell(separator: str) -> re.Pattern[str]:
    """Make the pattern of a cell: quoted, else up to the next separator.

    Possessive, so that there is no backtracking.
    """
    mark = re.escape(separator)
    return re.compile(rf'(?:(?<=^)|(?<={mark}))(?:"(?:[^"]|"")*+"(?={mark}|$)|[^{mark}]*+)')

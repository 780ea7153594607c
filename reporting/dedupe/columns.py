"""Columnar rows of a spreadsheet in little memory: numbers in arrays, texts in a temporary file.

A row takes some 100 bytes of memory however long its text is, so that a million rows fit a small server. The file has
no name and disappears with the process.
"""

import math
import os
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import overload

from config.bounded_cache import remember, size_of
from reporting.incidents.similarity import Observation

_REMEMBERED_BYTES = 24 << 20  # size of the cache of rows, and of that of texts
_KNOWN_BYTES = 8 << 20  # size of the table of recent texts, which recognises equal ones
_WRITE_AT_ONCE = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = -1


class Words:
    """Texts in a temporary file without a name, each under the number that `add` returns; never changed."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="baraza-")  # noqa: SIM115  # lives as long as this
        self._waiting: list[bytes] = []
        self._written = 0
        self._end = 0
        self._known: dict[str, int] = {}
        self._known_bytes = 0
        self.get = remember(_REMEMBERED_BYTES)(self._read)

    def add(self, words: str) -> int:
        """Store a text and return its number; a text that was added recently keeps its number."""
        number = self._known.get(words)
        if number is None:
            self._known_bytes += 2 * size_of(words)
            if self._known_bytes > _KNOWN_BYTES:
                self._known.clear()
                self._known_bytes = 2 * size_of(words)
            number = self._known[words] = self._end
            written = words.encode("utf-8", "surrogatepass")
            self._waiting.append(len(written).to_bytes(4, "big") + written)
            self._end += 4 + len(written)
            if self._end - self._written > _WRITE_AT_ONCE:
                self._flush()
        return number

    def _read(self, number: int) -> str:
        if number >= self._written:
            self._flush()
        handle = self._file.fileno()
        start = os.pread(handle, 256, number)
        length = int.from_bytes(start[:4], "big")
        read = start[4 : 4 + length]
        if len(read) < length:
            read += os.pread(handle, length - len(read), number + 4 + len(read))
        return read.decode("utf-8", "surrogatepass")

    def _flush(self) -> None:
        self._file.write(b"".join(self._waiting))
        self._file.flush()
        self._waiting.clear()
        self._written = self._end


class Rows(Sequence[Observation]):
    """The observations of a spreadsheet by row; `times` are seconds since 1970, NaN where a row has none.

    The `keys` of texts are equal for equal texts; 0 where there are none.
    """

    def __init__(self) -> None:
        self.words = Words()
        self.times, self.lats, self.lons, self.radii_m = (array("d") for _ in range(4))
        self.texts, self.topics, self.senders, self.sources, self.locations, self.languages = (
            array("q") for _ in range(6)
        )
        self.text_keys, self.topic_keys, self.location_keys = (array("q") for _ in range(3))
        self._made = remember(_REMEMBERED_BYTES)(self._observe)

    def append(self, seen: Observation) -> None:
        """Add a row at the end; its id is its index."""
        self.times.append((seen.at - _EPOCH).total_seconds() if seen.at else math.nan)
        self.lats.append(math.nan if seen.lat is None else seen.lat)
        self.lons.append(math.nan if seen.lon is None else seen.lon)
        self.radii_m.append(seen.radius_m)
        self.texts.append(self.words.add(seen.text))
        for keys, words in (
            (self.text_keys, seen.text),
            (self.topic_keys, seen.topic),
            (self.location_keys, seen.location),
        ):
            keys.append(hash(words) if words else 0)
        for column, words in (
            (self.topics, seen.topic),
            (self.senders, seen.sender),
            (self.sources, seen.source),
            (self.locations, seen.location),
            (self.languages, seen.language),
        ):
            column.append(_NONE if words is None else self.words.add(words))

    def say(self, row: int, text: str) -> None:
        """Replace the text of a row."""
        self.texts[row] = self.words.add(text)
        self.text_keys[row] = hash(text) if text else 0

    def forget_location(self, row: int) -> None:
        """Remove the location's name of a row."""
        self.locations[row], self.location_keys[row] = _NONE, 0

    def forget(self) -> None:
        """Clear the cache of observations after columns were changed."""
        self._made.memo.clear()

    def find(self, number: int) -> str | None:
        """Find the text under a number of a column; None where the row has none."""
        return None if number == _NONE else self.words.get(number)

    def __len__(self) -> int:
        return len(self.times)

    @overload
    def __getitem__(self, row: int) -> Observation: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Observation]: ...
    def __getitem__(self, row: int | slice) -> Observation | Sequence[Observation]:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        return self._made(row)

    def __iter__(self) -> Iterator[Observation]:
        return (self._made(row) for row in range(len(self)))

    def _observe(self, row: int) -> Observation:
        at, lat, lon = self.times[row], self.lats[row], self.lons[row]
        return Observation(
            row,
            None if math.isnan(at) else _EPOCH + timedelta(seconds=at),
            None if math.isnan(lat) else lat,
            None if math.isnan(lon) else lon,
            self.radii_m[row],
            self.find(self.topics[row]),
            self.words.get(self.texts[row]),
            self.find(self.senders[row]),
            self.find(self.sources[row]),
            self.find(self.locations[row]),
            self.find(self.languages[row]),
        )


class Names(Sequence[str]):
    """The ids of the rows as they were written."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._numbers = array("q")

    def append(self, name: str) -> None:
        """Add the id of the next row."""
        self._numbers.append(self._words.add(name))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self._words.get(number) for number in self._numbers[row]]
        return self._words.get(self._numbers[row])

    def __iter__(self) -> Iterator[str]:
        return map(self._words.get, self._numbers)

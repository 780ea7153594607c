"""An inverted index from keys to entry numbers: three numpy arrays, since a dictionary of lists is too large."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int32]
Hashes = NDArray[np.int64]


_FEW = 100_000  # keys


class Postings:
    """Posting lists: the entry numbers of each key.

    Only the 64-bit hash of a key is stored, so two keys of one hash share their entries. With a million keys this
    happens in one index out of ten million.
    """

    __slots__ = ("_hashes", "_ids", "_rows", "_starts")

    def __init__(self, hashes: Hashes, ids: Ids) -> None:
        """Build the lists from hashes and entry numbers of equal length, in any order; repeated pairs count once."""
        order = np.lexsort((ids, hashes))
        hashes, ids = hashes[order], ids[order]
        if len(hashes):
            fresh = np.ones(len(hashes), dtype=bool)
            fresh[1:] = (hashes[1:] != hashes[:-1]) | (ids[1:] != ids[:-1])
            hashes, ids = hashes[fresh], ids[fresh]
        first = np.ones(len(hashes), dtype=bool)
        first[1:] = hashes[1:] != hashes[:-1]
        self._hashes = hashes[first]
        self._starts = np.append(np.flatnonzero(first), len(ids)).astype(np.int32)
        self._ids = ids
        # With few keys a dictionary is five times as fast; with millions it takes ten times the memory.
        hashes = self._hashes.tolist() if len(self._hashes) <= _FEW else []
        self._rows = {hashed: row for row, hashed in enumerate(hashes)} if hashes else None

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, int]]) -> "Postings":
        """Build posting lists from (key, entry number) pairs."""
        hashes: list[int] = []
        ids: list[int] = []
        for key, number in pairs:
            hashes.append(hash(key))
            ids.append(number)
        return cls(np.array(hashes, dtype=np.int64), np.array(ids, dtype=np.int32))

    def __len__(self) -> int:
        return len(self._hashes)

    def find_rows(self, keys: Sequence[str]) -> list[int]:
        """Find the row of each key in this index; -1 for a key that is unknown."""
        if self._rows is not None:
            return [self._rows.get(hash(key), -1) for key in keys]
        if not len(self._hashes) or not keys:
            return [-1] * len(keys)
        wanted = np.fromiter(map(hash, keys), dtype=np.int64, count=len(keys))
        rows = self._hashes.searchsorted(wanted)
        rows[self._hashes.take(rows, mode="clip") != wanted] = -1
        found: list[int] = rows.tolist()
        return found

    def get_ids(self, row: int) -> Ids:
        """Return the entry numbers of one row from `find_rows`."""
        return self._ids[self._starts[row] : self._starts[row + 1]]

    def gather_ids(self, rows: NDArray[np.intp]) -> tuple[Ids, NDArray[np.intp]]:
        """Return the entry numbers of several rows one after another, and how many each row has."""
        starts = self._starts[rows]
        counts = (self._starts[rows + 1] - starts).astype(np.intp)
        ends = counts.cumsum()
        return self._ids[np.arange(ends[-1]) + (starts - ends + counts).repeat(counts)], counts

    def count_ids(self) -> NDArray[Any]:
        """Count the entry numbers of every row; an array with one count for each row."""
        return np.diff(self._starts)

    def iterate_rows(self) -> Iterable[Ids]:
        """Iterate over the entry numbers of every row, in the order of rows."""
        return (self.get_ids(row) for row in range(len(self)))


class StringList:
    """Many strings packed into one run of bytes, to save memory: `append` until `pack`, then only `get`."""

    __slots__ = ("_bytes", "_offsets")

    def __init__(self) -> None:
        self._bytes: bytearray | bytes = bytearray()
        self._offsets = array("i", [0])

    def append(self, text: str) -> None:
        """Add one string at the end."""
        self._bytes += text.encode()
        self._offsets.append(len(self._bytes))

    def pack(self) -> "StringList":
        """Freeze the list so that it needs no spare memory for growth, and return it."""
        self._bytes, self._offsets = bytes(self._bytes), self._offsets[:]
        return self

    def get(self, number: int) -> str:
        """Return the string of a number; the first appended has number 0."""
        return self._bytes[self._offsets[number] : self._offsets[number + 1]].decode()

    def get_many(self, numbers: Iterable[int]) -> list[str]:
        """Return the strings of several numbers, in the order of the numbers."""
        packed, offsets = self._bytes, self._offsets
        return [packed[offsets[number] : offsets[number + 1]].decode() for number in numbers]

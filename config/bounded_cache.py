"""Caches bounded in bytes: what strangers send is as long as they like, so that counting entries bounds no memory."""

import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import update_wrapper
from typing import Any, Final, Protocol, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_MISSING: Final = object()
_ENTRY_BYTES: Final = 200  # of the table, the key's tuple and the note of the size


@dataclass(slots=True)
class BoundedCache:
    """What was computed lately, in two halves: when the newer one is full, the older one is let go.

    Twice as fast as an exact order of use, and what is asked for again moves to the newer half in time.
    """

    most_bytes: int
    held_bytes: int = 0  # of both halves, as counted when they were filled
    _newer: dict[Hashable, Any] = field(default_factory=dict)
    _older: dict[Hashable, Any] = field(default_factory=dict)
    _newer_bytes: int = 0

    def find(self, key: Hashable) -> Any:
        """What was kept under a key, else a mark of this module."""
        found = self._newer.get(key, _MISSING)
        if found is not _MISSING:
            return found
        found = self._older.get(key, _MISSING)
        if found is not _MISSING:
            self.keep(key, found)
        return found

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep a value while there is room; one that takes more than half of all is not kept."""
        size = _ENTRY_BYTES + size_of(key) + size_of(value)
        if size > self.most_bytes // 2:
            return
        if self._newer_bytes + size > self.most_bytes // 2:
            self._older, self._newer = self._newer, {}
            self.held_bytes, self._newer_bytes = self._newer_bytes, 0
        self._newer[key] = value
        self._newer_bytes += size
        self.held_bytes += size

    def clear(self) -> None:
        """Let everything go."""
        self._newer, self._older = {}, {}
        self.held_bytes = self._newer_bytes = 0


class CachedFunction(Protocol[T_co]):
    """A function that remembers; `memo` is what it holds."""

    memo: BoundedCache

    def __call__(self, *arguments: Hashable) -> T_co:
        """What the function gives for its arguments."""
        ...


def remember(most_bytes: int) -> Callable[[Callable[..., T]], CachedFunction[T]]:
    """Remember what a pure function gave for its arguments, in up to so many bytes.

    The bytes of texts inside tuples and sets are counted for each of them, also where several hold the same one.
    """

    def decorate(function: Callable[..., T]) -> CachedFunction[T]:
        memo = BoundedCache(most_bytes)

        def remembered(*arguments: Hashable) -> T:
            found = memo.find(arguments)
            if found is _MISSING:
                found = function(*arguments)
                memo.keep(arguments, found)
            return cast(T, found)

        update_wrapper(remembered, function)
        remembered.memo = memo  # type: ignore[attr-defined]
        return cast(CachedFunction[T], remembered)

    return decorate


def size_of(value: object) -> int:
    """The bytes of a value with what is in it, as far as it is made of texts, numbers, tuples, sets and dataclasses."""
    size = sys.getsizeof(value)
    if isinstance(value, (tuple, frozenset)):
        size += sum(map(size_of, value))
    elif is_dataclass(value):
        size += sum(size_of(getattr(value, each.name)) for each in fields(value))
    return size

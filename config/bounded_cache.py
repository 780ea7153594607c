"""Caches bounded in bytes: strangers choose the length of their text, so a limit on entries would not bound memory."""

import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache, update_wrapper
from typing import Any, Final, Protocol, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_MISSING: Final = object()
_ENTRY_BYTES: Final = 200  # overhead of the dictionary entry and the key's tuple
LONGEST_WORD: Final = 64  # letters of a word whose result is kept
# A word of four bytes a letter, two values of its length made from it, and what holds them.
_WORD_ENTRY_BYTES: Final = 3 * 4 * LONGEST_WORD + 6 * _ENTRY_BYTES


@dataclass(slots=True)
class BoundedCache:
    """A cache of recent values in two halves: when the newer half is full, the older half is dropped.

    Two halves are twice as fast as exact least-recently-used order, and an entry that is used again moves to the newer
    half.
    """

    most_bytes: int
    held_bytes: int = 0  # of both halves, counted at insertion
    _newer: dict[Hashable, Any] = field(default_factory=dict)
    _older: dict[Hashable, Any] = field(default_factory=dict)
    _newer_bytes: int = 0

    def find(self, key: Hashable) -> Any:
        """Find the cached value of a key, else a marker of this module."""
        found = self._newer.get(key, _MISSING)
        if found is not _MISSING:
            return found
        found = self._older.get(key, _MISSING)
        if found is not _MISSING:
            self.keep(key, found)
        return found

    def keep(self, key: Hashable, value: Any) -> None:
        """Cache a value; one larger than half of the limit is not cached."""
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
        """Empty the cache."""
        self._newer, self._older = {}, {}
        self.held_bytes = self._newer_bytes = 0


class CachedFunction(Protocol[T_co]):
    """A function with a cache; `memo` is the cache."""

    memo: BoundedCache

    def __call__(self, *arguments: Hashable) -> T_co:
        """Return the function's value for its arguments."""
        ...


def remember(most_bytes: int) -> Callable[[Callable[..., T]], CachedFunction[T]]:
    """Cache the results of a pure function, in up to `most_bytes` bytes.

    The bytes of texts inside tuples and sets are counted each time, also where several contain the same text.
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


class CachedWordFunction(Protocol[T_co]):
    """A function of one word with a cache, which `clear` empties."""

    clear: Callable[[], None]

    def __call__(self, word: str, /) -> T_co:
        """Return the function's value for a word."""
        ...


def remember_words(most_bytes: int) -> Callable[[Callable[[str], T]], CachedWordFunction[T]]:
    """Cache the results of a pure function of one word, in up to `most_bytes` bytes.

    A word of a stranger may be as long as a whole text: the result of one over `LONGEST_WORD` letters is computed each
    time, so that a limit on entries bounds the bytes, and the cache of the standard library, ten times as fast as
    `remember`, will do. The result must hold no more than two texts of the word's length.
    """

    def decorate(function: Callable[[str], T]) -> CachedWordFunction[T]:
        kept = lru_cache(maxsize=most_bytes // _WORD_ENTRY_BYTES)(function)

        def remembered(word: str) -> T:
            return kept(word) if len(word) <= LONGEST_WORD else function(word)

        update_wrapper(remembered, function)
        remembered.clear = kept.cache_clear  # type: ignore[attr-defined]
        return cast(CachedWordFunction[T], remembered)

    return decorate


def size_of(value: object) -> int:
    """Compute the bytes of a value with its content: texts, numbers, tuples, sets and dataclasses."""
    size = sys.getsizeof(value)
    if isinstance(value, (tuple, frozenset)):
        # Nearly all of them are sets of short texts, for which another call each would take longer than making the set.
        size += sum(sys.getsizeof(each) if type(each) is str else size_of(each) for each in value)
    elif is_dataclass(value):
        size += sum(size_of(getattr(value, each.name)) for each in fields(value))
    return size

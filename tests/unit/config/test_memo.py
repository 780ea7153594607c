"""What is remembered of texts takes no more memory than it may, however long and many they are."""

import random
import string
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from config.bounded_cache import LONGEST_WORD, BoundedCache, remember, remember_words, size_of
from reporting.incidents import contradiction, similarity, text_similarity

LIMITS = {
    "fold": (text_similarity.fold, 16 << 20),
    "grams": (text_similarity.grams, 96 << 20),
    "own_grams": (similarity.own_grams, 8 << 20),
    "place_words": (similarity.place_words, 32 << 20),
    "contradict": (contradiction.contradict, 8 << 20),
}
_SHARE = 8  # of the limits and the texts: to follow each allocation takes most of the time


def _make_texts(count: int) -> Iterator[str]:
    letters = random.Random(7)
    for _ in range(count):
        yield "".join(letters.choices(string.ascii_lowercase + "    ", k=10_000))


@pytest.fixture
def small_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, tuple[BoundedCache, int]]]:
    """The caches with an eighth of their bytes, which an eighth of the texts fills; empty before and afterwards."""
    caches = {name: (function.memo, most_bytes // _SHARE) for name, (function, most_bytes) in LIMITS.items()}
    for cache, most_bytes in caches.values():
        assert cache.most_bytes == most_bytes * _SHARE
        monkeypatch.setattr(cache, "most_bytes", most_bytes)
        cache.clear()
    yield caches
    for cache, _ in caches.values():
        cache.clear()


def test_a_thousand_long_texts_take_no_more_memory_than_is_allowed(
    small_caches: dict[str, tuple[BoundedCache, int]],
) -> None:
    tracemalloc.start()
    for text in _make_texts(300 // _SHARE):
        similarity.own_grams(text, "water")
        similarity.place_words(text)
        contradiction.contradict(text, text[:5_000])
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    counted_bytes = sum(cache.held_bytes for cache, _ in small_caches.values())
    for name, (cache, most_bytes) in small_caches.items():
        assert cache.held_bytes <= most_bytes, name
    assert held_bytes < 15 << 20  # before, a thousand such texts held more than a gigabyte, this share of them 120 MB
    assert held_bytes <= 1.1 * counted_bytes


def test_a_memo_holds_no_more_than_its_bytes_and_keeps_what_is_asked_for() -> None:
    memo = BoundedCache(100_000)
    for number in range(1_000):
        memo.keep(number, "x" * 1_000)
        memo.find(0)
        assert memo.held_bytes <= 100_000
    assert memo.find(0) == "x" * 1_000
    assert memo.find(1) != "x" * 1_000


def test_what_is_larger_than_half_of_all_is_computed_each_time() -> None:
    asked: list[str] = []

    def double(text: str) -> str:
        asked.append(text)
        return text * 2

    short: Callable[..., str] = remember(10_000)(double)
    assert [short("a"), short("a"), short("b" * 9_000), short("b" * 9_000)] == ["aa", "aa", "b" * 18_000, "b" * 18_000]
    assert [len(text) for text in asked] == [1, 9_000, 9_000]


def test_results_of_words_take_no_more_memory_than_is_allowed_however_long_and_many_the_words_are() -> None:
    most_bytes, letters = 400_000, random.Random(7)
    function = remember_words(most_bytes)(lambda word: (word[::-1], word.swapcase()))
    tracemalloc.start()
    for length in [*range(2, LONGEST_WORD + 40), 10_000] * 20:
        function("".join(letters.choices("\U00010400\U00010401\U00010402", k=length)))  # four bytes each
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes / 10 < held_bytes <= most_bytes
    assert function("ab") == ("ba", "AB")


def test_the_size_of_a_value_counts_what_is_in_it() -> None:
    assert size_of(frozenset({"abc", "def"})) > size_of(frozenset()) + 2 * size_of("abc") - 1
    assert size_of(("a" * 1_000, None)) > 1_000

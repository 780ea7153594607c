"""Patterns of words find what they say, written together or apart, and no more."""

import re

import pytest

from config.languages.patterns import is_pattern, list_slots, parse_pattern, write_pattern, write_patterns


def compile_pattern(written: str) -> re.Pattern[str]:
    """A pattern whose placeholders are one word each."""
    parts = parse_pattern(written, str.lower)
    return re.compile(write_pattern(parts, lambda part, _: rf"(?P<{part.slot}>[^ ]+)"))


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("near X", "near gulu", {"X": "gulu"}),
        ("(near|close to) X", "close to gulu", {"X": "gulu"}),
        ("route (de|d')? A (à|vers) B", "route gulu vers lira", {"A": "gulu", "B": "lira"}),
        ("route (de|d')? A (à|vers) B", "route de gulu à lira", {"A": "gulu", "B": "lira"}),
        ("route (de|d')? A (à|vers) B", "route d'arua à lira", {"A": "arua", "B": "lira"}),
        ("(the)? road to X", "road to gulu", {"X": "gulu"}),
        ("(the)? road to X", "the road to gulu", {"X": "gulu"}),
        ("X(ko)? (najik|nera)", "gulu ko nera", {"X": "gulu"}),
        ("A(dekhi) B", "gulu dekhi lira", {"A": "gulu", "B": "lira"}),
        ("A(dekhi) B", "guludekhi lira", {"A": "gulu", "B": "lira"}),
        ("(c++|.*) X", "c++ gulu", {"X": "gulu"}),
    ],
)
def test_a_pattern_finds_what_it_says(written: str, text: str, found: dict[str, str]) -> None:
    match = compile_pattern(written).fullmatch(text)
    assert match is not None
    assert match.groupdict() == found


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("near X", "nearby gulu"),
        ("(near|close to) X", "to gulu"),
        ("(the)? road to X", "theroad to gulu"),
        (".* X", "a b"),
    ],
)
def test_a_pattern_finds_nothing_else(written: str, text: str) -> None:
    assert compile_pattern(written).fullmatch(text) is None


def test_no_words_match_nothing() -> None:
    assert re.search(write_patterns([]), "") is None
    assert re.search(write_patterns(["sent (from|with)", "DEVICE(bata)"], ".{0,9}"), "phonebata") is not None


@pytest.mark.parametrize("written", ["(a|b", "a) b", "(a|) b", "()", "((a) b)", "a? b"])
def test_what_is_no_pattern_is_told(written: str) -> None:
    assert not is_pattern(written)


def test_the_placeholders_of_a_pattern_are_its_words_in_capitals() -> None:
    assert list_slots("(road) A2 to B-X DIRECTION") == ["A2", "B", "X", "DIRECTION"]

"""Runs of words in a text that may be the name of a place, each with the key to look up in the name index."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Final

from geo.text.normalise import fold, join_initials
from geo.text.spans import Role, Word, list_content
from geo.text.tokens import Token, list_tokens
from geo.text.toponym_cues import load_cues

_LONGEST: Final = 5  # most words in one name
_MOST_TOKENS: Final = 250  # words of a text that are read

FoldWord = Callable[[str], Sequence[str]]


def read_tokens(text: str) -> list[Token]:
    """List the words of a text that are read, in order."""
    return list_tokens(text)[:_MOST_TOKENS]


def is_plain(tokens: Sequence[Token]) -> bool:
    """Tell whether capitals carry meaning in a text: most of its words begin with a small letter."""
    words = [token for token in tokens if token.tag < 0]
    return bool(words) and 2 * sum(token.is_capital for token in words) < len(words)


def list_runs(text: str) -> list[str]:
    """List every run of words that `read_mentions` may look up as a name, written with single spaces."""
    tokens = read_tokens(text)
    return [" ".join(token.text for token in tokens[start:end]) for start, end, _ in list_keys(tokens)]


def list_keys(tokens: Sequence[Token]) -> list[tuple[int, int, str]]:
    """List the runs of words that may be a name as (first token, end token, key to look up)."""
    has_case, is_small = is_plain(tokens), not any(token.is_capital for token in tokens)
    # Of this text only: a word is in up to fifteen runs, and folding it is most of the work.
    fold_word = cache(partial(fold, has_articles=True))
    runs: list[tuple[int, int, str]] = []
    read: dict[tuple[tuple[str, int], ...], str] = {}  # the same words are read once
    for start, first in enumerate(tokens):
        shorter = ""
        for end in range(start + 1, min(len(tokens), start + _LONGEST) + 1):
            last = tokens[end - 1]
            if end - 1 > start and (not last.is_joined or last.tag != first.tag):
                break
            said = tuple((token.text, token.tag) for token in tokens[start:end])
            key = read.get(said)
            if key is None:
                key = read[said] = _read_key(tokens[start:end], fold_word, is_plain=has_case, is_small=is_small)
            if key and key != shorter and not _is_led(tokens[start:end], fold_word, key):
                runs.append((start, end, key))
            shorter = key  # a last word that does not change the key is no part of the name
    return runs


def _is_led(run: Sequence[Token], fold_word: FoldWord, key: str) -> bool:
    """Tell whether the first word of a run is a linking word that adds nothing to the name ("إلى", to).

    In Latin letters it may be part of the name, with a capital ("La Tortue", "San Juan") or without.
    """
    if len(run) == 1 or run[0].is_capital or run[0].is_small:
        return False
    return _spell(_read_content(run[1:], fold_word)) == key


def _read_key(run: Sequence[Token], fold_word: FoldWord, *, is_plain: bool, is_small: bool) -> str:
    """Return the key to look up for some words, empty where they can be no name.

    `is_small`: the text has no capitals.
    """
    first, last, cues = run[0].text, run[-1].text, load_cues()
    if len(run) == 1 and (first.replace(".", "").isupper() or run[0].tag >= 0):
        short = first.replace(".", "").upper()
        if len(short) == 2 and short.isascii():
            return short if "." in first or short.lower() not in cues.no_codes else ""
    is_written_so = run[0].tag >= 0 or not is_plain or not (run[0].is_small or run[-1].is_small)
    # In a text with capitals, long runs without them are mostly everyday words; only short names are written that way.
    if len(run) > 2 and not is_written_so and not is_small:
        return ""
    begins, ends = first.casefold(), last.casefold()
    if begins in cues.edges or ends in cues.edges or first.isdigit() or last.isdigit():
        return ""
    if len(run) == 1 and begins in cues.everyday:
        return ""
    content = _read_content(run, fold_word)
    is_name = any(word.role is Role.NAME for word in content)
    if not is_name and (len(run) == 1 or not all(token.is_capital for token in run)):
        return ""
    key = _spell(content)
    return key if len(key) > 2 else ""


def _read_content(run: Sequence[Token], fold_word: FoldWord) -> list[Word]:
    """Read the content words of a run as `geo.text.spans.read_words` reads them in a text."""
    said = " ".join(token.text for token in run)
    if any(len(token.text) == 1 or "." in token.text for token in run):
        said = join_initials(said)
    return list_content([folded for word in said.split() for folded in fold_word(word)])


def _spell(content: Sequence[Word]) -> str:
    return "".join(word.text for word in content)

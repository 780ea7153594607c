"""Recognises messages that are only a greeting or thanks: no report is made of them, and they tell the language."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from reporting.languages.normalise import words
from reporting.languages.opt_out_phrases import POLITE, load_wordings

_LONGEST: Final = 200  # characters
_WORDS_MOST: Final = 8
_PHRASE_LONGEST: Final = 5  # words

_FILE: Final = Path(__file__).with_name("greetings.yaml")

Languages = Mapping[tuple[str, ...], tuple[str, ...]]  # language codes by normalised words


def find_greeting(text: str) -> tuple[str, ...]:
    """Find the languages in which a text is only a greeting; empty if it is anything else."""
    return _find(text, _load()[0])


def find_thanks(text: str) -> tuple[str, ...]:
    """Find the languages in which a text is only thanks or an "all right"; empty if it is anything else."""
    return _find(text, _load()[1])


def _find(text: str, table: Languages) -> tuple[str, ...]:
    """Cover all words of a text by entries of the table and polite words around them, longest first."""
    said = words(text) if len(text) <= _LONGEST else []
    if not 0 < len(said) <= _WORDS_MOST:
        return ()
    around, thanks = load_wordings().around, _load()[1]
    found: tuple[str, ...] = ()
    position = 0
    while position < len(said):
        for end in range(min(len(said), position + _PHRASE_LONGEST), position, -1):
            phrase = tuple(said[position:end])
            if phrase in table:
                found = found or table[phrase]
                break
            if around.get(phrase) == POLITE or phrase in thanks:
                break
        else:
            return ()
        position = end
    return found


@lru_cache(maxsize=1)
def _load() -> tuple[Languages, Languages]:
    """Load the greetings and the thanks of the file; cached."""
    read: Mapping[str, Mapping[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    greetings, thanks = (_turn(read[kind]) for kind in ("greeting", "thanks"))
    return greetings, thanks


def _turn(by_language: Mapping[str, str]) -> Languages:
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for language, listed in by_language.items():
        for phrase in listed.split(","):
            key = tuple(words(phrase))
            table[key] = (*table.get(key, ()), language)
    return table

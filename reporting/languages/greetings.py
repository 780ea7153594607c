"""Recognises messages that are only a greeting or thanks: no report is made of them, and they tell the language."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from config.languages.kinds import Words
from config.languages.load import load_languages
from reporting.languages.normalise import words
from reporting.languages.opt_out_phrases import POLITE, load_wordings

_LONGEST: Final = 200  # characters
_WORDS_MOST: Final = 8
_PHRASE_LONGEST: Final = 5  # words

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
    """Load the greetings and the thanks of all languages; cached."""
    languages = load_languages()
    hello = {code: language.greetings.hello for code, language in languages.items()}
    return _turn(hello), _turn({code: language.greetings.thanks for code, language in languages.items()})


def _turn(by_language: Mapping[str, Words]) -> Languages:
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for language, listed in by_language.items():
        for phrase in listed:
            key = tuple(words(phrase))
            table[key] = (*table.get(key, ()), language)
    return table

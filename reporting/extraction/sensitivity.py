"""Detects sensitive reports: violence against a person, a child in danger, self-harm, a named perpetrator.

Detection uses lists of words and phrases instead of a learned model, because the people who run a campaign must see why
a report was restricted and be able to correct it with a word. It prefers false alarms to misses: a false alarm costs a
safeguarding moderator one click, a miss can cost a life. The words stand in the file of each language
(`sensitive:`); docs/sensitive-reports.md explains the notation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from config.languages.load import load_languages
from config.languages.parse import LanguageFileError
from config.languages.sensitive_words import SensitivePart
from reporting.extraction.misspellings import Misspelling
from reporting.extraction.obfuscation import unmask
from reporting.extraction.pattern_automaton import Automaton
from reporting.extraction.pattern_notation import (
    NotationError,
    Pattern,
    PatternReader,
    forget_forms,
    list_forms,
    list_parts,
    list_plain_forms,
    plain_words,
    row_of,
)
from reporting.extraction.pattern_search import Search, Vocabulary
from reporting.extraction.person_names import NameMarker, NameWords
from reporting.extraction.repetition import collapse_repetition

GENDER_BASED_VIOLENCE: Final = "gender_based_violence"  # and every other violence against a person
MINOR: Final = "minor"
SELF_HARM: Final = "self_harm"
NAMED_PERPETRATOR: Final = "named_perpetrator"
MODERATOR: Final = "moderator"  # marked by a moderator, not by a word
# Reasons that are detected in texts, most urgent first: of several reasons the first one is stored.
READ_REASONS: Final = (SELF_HARM, MINOR, GENDER_BASED_VIOLENCE, NAMED_PERPETRATOR)
REASONS: Final = (*READ_REASONS, MODERATOR)

# Violence against anybody, described in a sentence. With a name, NAMED_PERPETRATOR is stored instead.
_VIOLENCE: Final = "violence"
_SECTIONS: Final = (SELF_HARM, MINOR, GENDER_BASED_VIOLENCE, _VIOLENCE)

_NAME_SETS: Final = ("title", "accuse", "no_name", "place_word")
_TAKEN_OUT: Final = "-"
# End of a sentence: one sign after a word of at least three letters, before a blank. Not "Dr. Paul", "he hit me...".
_BOUNDARY: Final = re.compile(r"(?<=[^\W_]{3})[.!?;।؟](?=\s)")
_KEPT_GUESSES: Final = 4096
_MOST_HARMLESS: Final = 200  # harmless phrases that are removed; a text with more is no real message

Extra = Mapping[str, Mapping[str, Sequence[str]]]
Lexicon = Mapping[str, SensitivePart]  # by the key of the part, such as en.yaml: sensitive.words


class SensitiveReader:
    """Detects the reasons to restrict a report. Made once per campaign, thread-safe."""

    def __init__(self, extra_words: Extra) -> None:
        """Compile the campaign's `extra_words`, by reason and language: words and phrases, `*` for any ending."""
        self._grammar = load_grammar()
        reasons = (*READ_REASONS, *sorted(extra_words.keys() - set(READ_REASONS)))
        self._order = (*(reason for reason in reasons if reason != NAMED_PERPETRATOR), NAMED_PERPETRATOR)
        own = Automaton(
            (self._order.index(reason), row_of(forms))
            for reason, by_language in extra_words.items()
            for listed in by_language.values()
            for forms in map(list_plain_forms, listed)
            if forms
        )
        self._own = Search([own] if extra_words else [], Vocabulary([own]))

    def read(self, text: str) -> str | None:
        """Find the most urgent reason to restrict a report of this text; None without a reason. Never raises.

        Words of all languages are tried whatever the detected language, because people mix languages and detection errs
        on short texts. Obfuscated words ("r@ped", "r a p e", letters of another alphabet) are decoded too.
        """
        text = collapse_repetition(text)
        shown = unmask(text)
        return self._read(text) or (self._read(shown) if shown != text else None)

    def read_all(self, texts: Iterable[str]) -> str | None:
        """Find the most urgent reason in any of the texts of a report, such as its body, its answers and its place."""
        found = {self.read(text) for text in texts}
        return next((reason for reason in self._order if reason in found), None)

    def _read(self, text: str) -> str | None:
        tokens = tokenise(text)
        found = self._find(tokens)
        if found:
            found = self._find(self._grammar.remove_harmless(tokens))
        if found <= {_VIOLENCE} and self._grammar.names_somebody(text, tokens):
            return NAMED_PERPETRATOR
        if found == {_VIOLENCE}:
            return GENDER_BASED_VIOLENCE
        return next((reason for reason in self._order if reason in found), None)

    def _find(self, tokens: Sequence[str]) -> set[str]:
        found = self._grammar.find(tokens)
        return found | {self._order[kind] for kind in self._own.find_kinds(tokens)}


class Grammar:
    """The compiled built-in words of all languages."""

    def __init__(self, lexicon: Lexicon) -> None:
        # One language after the other, to save memory: compiling needs much more of it than the result.
        parts = [_compile(key, part) for key, part in lexicon.items()]
        misspelling = Misspelling(
            [form for part in parts for form in part.misspelt], [form for part in parts for form in part.ordinary]
        )
        guess = lru_cache(maxsize=_KEPT_GUESSES)(misspelling.guess)  # shared by two searches
        words_of_all = [part.search for part in parts]
        harmless = [part.harmless for part in parts]
        actors = [Automaton((0, pattern) for pattern in part.actors) for part in parts if part.actors]
        clauses = [Automaton((0, pattern) for pattern in part.clauses) for part in parts if part.clauses]
        named = [Automaton((0, pattern) for part in parts for pattern in part.named)]
        vocabulary = Vocabulary([*words_of_all, *harmless, *actors, *clauses, *named])
        self._search = Search(words_of_all, vocabulary, guess)
        self._harmless = Search(harmless, vocabulary, guess)
        self._actors = Search(actors, vocabulary)
        self._clauses = Search(clauses, vocabulary)
        # Harmless phrases that stay harmless beside a name: only of languages that have patterns with a name.
        self._harmless_beside_name = Search([part.harmless for part in parts if part.named], vocabulary)
        self._named = Search(named, vocabulary)
        self._marker = NameMarker(
            NameWords(*([word for part in parts for word in part.name_words[name]] for name in _NAME_SETS))
        )

    def find(self, tokens: Sequence[str]) -> set[str]:
        """Find the reasons in the words, except named perpetrators."""
        return {_SECTIONS[kind] for kind in self._search.find_kinds(tokens)}

    def remove_harmless(self, tokens: Sequence[str]) -> list[str]:
        """Remove harmless phrases, which only look like a reason."""
        return self._remove_harmless(tokens, self._harmless)

    def names_somebody(self, text: str, tokens: Sequence[str]) -> bool:
        """Return whether the text names a perpetrator."""
        joined = [token for token in tokens if token]
        # Marking names is slow: done only if the text would match with every word taken for a name.
        if not self._named.knows(joined) or not self._has_name(joined, [True] * len(joined)):
            return False
        marked, names = self._marker.mark(text)
        if not any(names) or not self._has_name(marked, names):
            return False
        left = self._remove_harmless(marked, self._harmless_beside_name)
        return self._has_name(left, [name and word != _TAKEN_OUT for name, word in zip(names, left, strict=True)])

    def _has_name(self, tokens: Sequence[str], names: Sequence[bool]) -> bool:
        return bool(self._named.find_kinds(tokens, names))

    def _remove_harmless(self, tokens: Sequence[str], harmless: Search) -> list[str]:
        """Remove harmless phrases, except those in which somebody acts.

        In such a phrase the last word says what a person did: in "the flood, then he hits" he hits, and not the flood.
        """
        left = list(tokens)
        acts = [bool(token) and self._actors.matches(token) for token in tokens]
        begins = sorted({start for start, _ in self._clauses.list_spans(tokens, len(tokens))})
        for first, behind in pairwise([0, *begins, len(tokens)]):
            for start, end in harmless.list_spans(tokens[first:behind], _MOST_HARMLESS):
                if not any(acts[first + start + 1 : first + end - 1]):
                    left[first + start : first + end] = [_TAKEN_OUT] * (end - start)
        return left


@cache
def load_grammar() -> Grammar:
    """Load the grammar of all languages; cached for the process, shared by all campaigns. Raises LanguageFileError.

    By their codes: compiled in this order the words of the program leave the least memory behind.
    """
    return Grammar(
        {
            f"{code}.yaml: sensitive.{part.name}": getattr(language.sensitive, part.name)
            for code, language in sorted(load_languages().items())
            for part in fields(language.sensitive)
        }
    )


def tokenise(text: str) -> list[str]:
    """Split a text into tokens of comparable letters; an empty token ends a sentence."""
    tokens: list[str] = []
    for sentence in _BOUNDARY.split(text):
        tokens.extend(plain_words(sentence))
        tokens.append("")
    return tokens


def _list_patterns(part: SensitivePart, section: str, reader: PatternReader) -> Iterator[Pattern]:
    for written in list_parts(getattr(part, section)):
        yield from reader.read(written)


class _LanguagePart:
    """The compiled words of one part of a language."""

    def __init__(self, part: SensitivePart) -> None:
        reader = PatternReader(part.sets)
        self.search = Automaton(
            (kind, pattern)
            for kind, section in enumerate(_SECTIONS)
            for pattern in _list_patterns(part, section, reader)
        )
        self.harmless = Automaton((0, pattern) for pattern in _list_patterns(part, "harmless", reader))
        self.actors = list(reader.read("{actor}")) if reader.list_set("actor") else []
        self.clauses = list(reader.read("{clause}")) if reader.list_set("clause") else []
        self.named = list(_list_patterns(part, NAMED_PERPETRATOR, reader))
        self.name_words = {name: reader.list_set(name) for name in _NAME_SETS}
        self.misspelt = [form for name in part.misspelt.split() for form in _list_single_forms(reader.list_set(name))]
        self.ordinary = list(_list_single_forms(list_parts(part.ordinary)))
        forget_forms()


def _compile(key: str, part: SensitivePart) -> _LanguagePart:
    try:
        return _LanguagePart(part)
    except NotationError as error:
        raise LanguageFileError(f"{key}: {error}") from None


def _list_single_forms(members: Iterable[str]) -> Iterator[str]:
    for forms in map(list_forms, members):
        if len(forms) == 1:
            yield forms[0]

"""Parser for the notation of the sensitive words of the languages: turns it into patterns of elements.

A pattern is a row of elements. An element is a choice of forms, each for one word of a text. The forms:

    word     this very word            word*    any ending         *word    any beginning
    ~wrd     these consonants, whatever vowels stand between (`~wrd*`: and any ending)
    *        any word                  ^*       a word written like a name (`^*le`: with this ending)
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from config.bounded_cache import remember_words
from config.errors import UserError
from reporting.languages.normalise import fold, split_words, words

ANY: Final = "*"
NAME: Final = "^*"
SKELETON: Final = "~"
# Gaps: `..` and `...` stand for up to this many words.
_GAPS: Final = {"..": 3, "...": 6}
_TOKEN: Final = re.compile(r"(?:\([^()]*\)|[^ ()])+")
_PIECE: Final = re.compile(r"\{(\w+)\}|\(([^()]*)\)|([^{}()]+)")
_NESTED: Final = re.compile(r"\([^()]*\(|\)[^()]*\)")
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_COMMENT: Final = re.compile(r"^\s*#.*$", re.MULTILINE)
_COMPOSED: Final = re.compile(r"[{}()]")
_SPECIAL: Final = re.compile(r"[~^*]")
_RUN: Final = re.compile(r"([^\W\d])\1+")
# A form of one word, in letters that normalisation and `plain` do not change, except doubled ones.
_LETTER: Final = "[a-z0-9\u0621\u0627\u0628\u062a-\u063a\u0641-\u0648\u064a]"
_SIMPLE: Final = re.compile(rf"[~*]?{_LETTER}+\*?")
# Long and short vowels, three sibilants, b and v: people type whichever the keyboard offers first.
_ALIKE: Final = str.maketrans({"ी": "ि", "ू": "ु", "श": "स", "ष": "स", "व": "ब", "ँ": None, "ं": None, "\u200d": None})
_MOST_VARIANTS: Final = 400
_KEPT: Final = 1 << 14
_REMEMBERED_BYTES: Final = 16 << 20


class NotationError(UserError):
    """A pattern or a set with a syntax error; the message quotes it."""


class Element(NamedTuple):
    """The forms that one word of a text may have; with `is_optional` the word may be missing."""

    forms: frozenset[str]
    is_optional: bool = False


Pattern = tuple[Element, ...]
_ANY_WORD: Final = Element(frozenset({ANY}), is_optional=True)


def _make_plain(word: str) -> str:
    return _RUN.sub(r"\1", word if word.isascii() else word.translate(_ALIKE))


@remember_words(_REMEMBERED_BYTES)
def plain(word: str) -> str:
    """Reduce a normalised word to comparable letters: doubled letters once, Nepali look-alikes as one."""
    return _make_plain(word)


def plain_words(text: str) -> list[str]:
    """Return the comparable words of a text in order: `words`, each made `plain`."""
    return split_words(_make_plain(fold(text)))


class PatternReader:
    """Parses the patterns of one language, with its sets."""

    def __init__(self, sets: Mapping[str, str]) -> None:
        self._sets = {name: list_parts(written) for name, written in sets.items()}
        self._members: dict[str, list[str]] = {}
        self._alternatives: dict[str, tuple[frozenset[str], list[Pattern]]] = {}
        self._parts: dict[str, list[Pattern]] = {}

    def read(self, written: str) -> Iterator[Pattern]:
        """Parse a written pattern; yield several patterns where a choice has members of several words.

        Raises NotationError.
        """
        if _NESTED.search(written):
            raise NotationError(f"'{written}': a choice cannot stand within a choice; make it a set")
        choices = [self._find_part(part) for part in _TOKEN.findall(fold(written))]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > _MOST_VARIANTS:
            raise NotationError(f"'{written}' stands for {count} patterns; choose between fewer phrases")
        for chosen in product(*choices):
            pattern = _trim([element for elements in chosen for element in elements])
            if pattern:
                yield pattern

    def list_set(self, name: str) -> list[str]:
        """List the members of a set, spelt out and normalised; empty if the language has no such set."""
        if name not in self._members:
            self._members[name] = [spelt for member in self._sets.get(name, []) for spelt in self._spell(fold(member))]
        return self._members[name]

    def _find_part(self, part: str) -> list[Pattern]:
        """Parse a part once: the patterns of a language share most of theirs."""
        if part not in self._parts:
            self._parts[part] = self._read_part(part)
        return self._parts[part]

    def _read_part(self, part: str) -> list[Pattern]:
        """List the variants of one part of a pattern, each a row of elements; as few as possible."""
        if part in _GAPS:
            return [(_ANY_WORD,) * _GAPS[part]]
        is_optional = part.endswith("?")
        written = part.removesuffix("?")
        choice = _CHOICE.fullmatch(written)
        single: list[frozenset[str]] = []
        rows: list[Pattern] = []
        for alternative in choice[1].split("|") if choice else [written]:
            words_ = alternative.split()
            if choice and len(words_) > 1:
                rows.extend(
                    tuple(element for elements in chosen for element in elements)
                    for chosen in product(*map(self._find_part, words_))
                )
                continue
            forms, longer = self._read_alternative(alternative)
            single.append(forms)
            rows.extend(longer)
        forms = single[0] if len(single) == 1 else frozenset().union(*single)
        merged = _merge([(Element(forms),), *rows] if forms else rows)
        if is_optional or () in merged:
            merged = [_as_optional(row) for row in merged if row]
            if not any(len(row) == 1 for row in merged):
                merged.append(())
        return merged

    def _read_alternative(self, alternative: str) -> tuple[frozenset[str], list[Pattern]]:
        """Parse an alternative: its forms of one word, merged into one choice, and its rows of several words.

        Cached, because a set of verbs has ten thousand forms and occurs in a dozen patterns.
        """
        if alternative not in self._alternatives:
            spelt = list(self._spell(alternative)) if _COMPOSED.search(alternative) else [alternative]
            simple: list[str] = []
            rows: list[list[str]] = []
            for each in spelt:
                if _SIMPLE.fullmatch(each):
                    simple.append(each)
                else:
                    rows.append(list_forms(each))
            single = [forms[0] for forms in rows if len(forms) == 1]
            if simple:  # all in one substitution, for speed
                single.extend(_RUN.sub(r"\1", "\n".join(simple)).split("\n"))
            self._alternatives[alternative] = frozenset(single), [row_of(forms) for forms in rows if len(forms) != 1]
        return self._alternatives[alternative]

    def _spell(self, token: str) -> Iterator[str]:
        """Yield every spelling of a token, with the sets and choices in it multiplied out."""
        pieces: list[list[str]] = []
        for name, choice, literal in _PIECE.findall(token):
            if name:
                if name not in self._sets:
                    raise NotationError(f"'{token}': there is no set '{name}' in this language")
                pieces.append(self.list_set(name))
            elif literal:
                pieces.append([literal])
            else:
                pieces.append([spelt for part in choice.split("|") for spelt in (self._spell(part) if part else [""])])
        for chosen in product(*pieces):
            yield "".join(chosen)


def _merge(rows: Iterable[Pattern]) -> list[Pattern]:
    """Merge rows that differ in only one place into one row with a choice there."""
    left = list(dict.fromkeys(rows))
    for place in range(max(map(len, left), default=0)):
        alike: dict[object, list[Pattern]] = {}
        for row in left:
            others = (len(row), row[:place], row[place + 1 :], row[place].is_optional if place < len(row) else None)
            alike.setdefault(others, []).append(row)
        left = []
        for group in alike.values():
            row = group[0]
            if len(group) > 1 and place < len(row):
                forms = frozenset().union(*(each[place].forms for each in group))
                row = (*row[:place], Element(forms, row[place].is_optional), *row[place + 1 :])
            left.append(row)
    return left


def _as_optional(row: Pattern) -> Pattern:
    """Mark a row of one word as optional; a row of several words is returned unchanged."""
    return (Element(row[0].forms, is_optional=True),) if len(row) == 1 else row


def list_parts(written: str) -> list[str]:
    """Split at commas and line ends, without the lines that are a comment."""
    return [part.strip() for part in re.split(r"[,\n]", _COMMENT.sub("", written)) if part.strip()]


def list_forms(spelt: str) -> list[str]:
    """List the forms of a spelt-out phrase, one for each word, in comparable letters."""
    if _SIMPLE.fullmatch(spelt):
        return [_RUN.sub(r"\1", spelt)]
    chunks = spelt.split()
    return [form for chunk in chunks for form in _list_chunk_forms(chunk)]


@lru_cache(maxsize=_KEPT)
def _list_chunk_forms(chunk: str) -> tuple[str, ...]:
    """List the forms of what stands between two blanks. Cached, because phrases of a set have most words in common."""
    if not _SPECIAL.search(chunk):
        return tuple(map(_make_plain, words(chunk)))
    name = NAME if chunk.startswith(NAME) else ""
    start = name or ("*" if chunk.startswith("*") else "~" if chunk.startswith("~") else "")
    core = "".join(map(_make_plain, words(chunk)))
    end = "*" if chunk.endswith("*") and chunk not in {ANY, NAME} else ""
    return (f"{start}{core}{end}",)


def forget_forms() -> None:
    """Free the memory of what the phrases of a language have in common, when it is compiled."""
    _list_chunk_forms.cache_clear()
    _make_element.cache_clear()


def list_plain_forms(phrase: str) -> list[str]:
    """List the forms of a campaign's own word or phrase; only `*` at the end of a word has a meaning there."""
    forms = []
    for chunk in phrase.split():
        spelt = [plain(word) for word in words(chunk)]
        if spelt and chunk.endswith("*"):
            spelt[-1] += "*"
        forms.extend(spelt)
    return forms


def _trim(elements: Sequence[Element]) -> Pattern:
    """Remove optional elements at both ends, because they decide nothing."""
    needed = [place for place, element in enumerate(elements) if not element.is_optional]
    return tuple(elements[needed[0] : needed[-1] + 1]) if needed else ()


def row_of(forms: Iterable[str]) -> Pattern:
    """Make a pattern of words that are all required."""
    return tuple(map(_make_element, forms))


@lru_cache(maxsize=_KEPT)
def _make_element(form: str) -> Element:
    """Make an element of one form, shared by all patterns that contain it."""
    return Element(frozenset({form}))

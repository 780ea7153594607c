"""Finds reports that may be of violence against a person, a child in danger, self-harm, or that name who did it.

A list of words and not a learned model: whoever runs a campaign must see why a report was kept from the moderators'
queue and be able to mend it with a word. It is meant to divert too much rather than too little: a false alarm costs a
moderator with the role a click, a miss can cost a life. The words stand in `sensitive.yaml`, with their notation.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from reporting.intake.fold import fold, words
from reporting.triage.masked import unmask

GENDER_BASED_VIOLENCE: Final = "gender_based_violence"
MINOR: Final = "minor"
SELF_HARM: Final = "self_harm"
NAMED_PERPETRATOR: Final = "named_perpetrator"
MODERATOR: Final = "moderator"  # no word but a person said so
# What is read in words, the most urgent first: of several reasons the first one is told.
READ_REASONS: Final = (SELF_HARM, MINOR, GENDER_BASED_VIOLENCE, NAMED_PERPETRATOR)
REASONS: Final = (*READ_REASONS, MODERATOR)

_FILE: Final = Path(__file__).with_name("sensitive.yaml")
_GAP: Final = r"(?:[^ ]+ ){0,3}"  # what ` .. ` stands for
_NAME: Final = "^"  # stands before a word that is written like a name
_START: Final = r"(?<![^ ])"
_MASK: Final = "- "
_TOKEN: Final = re.compile(r"(?:\([^()]*\)|[^ ()])+")
_SET: Final = re.compile(r"\{(\w+)\}")
_SENTENCE_END: Final = (".", "!", "?", ":", ";", "।", "؟")

Extra = Mapping[str, Mapping[str, Sequence[str]]]


class SensitiveReader:
    """Reads reasons to keep a report back. Made once per campaign, safe to share between threads."""

    def __init__(self, extra_words: Extra) -> None:
        """`extra_words` are the campaign's own, by reason and language: words and phrases, `*` for any ending."""
        lexicon = _Lexicon(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
        self._names = _NameMarker(lexicon)
        self._harmless = _any_of(lexicon.list_patterns("harmless"))
        self._patterns: dict[str, re.Pattern[str]] = {}
        for reason in (*READ_REASONS, *sorted(extra_words.keys() - set(READ_REASONS))):
            own = [_compile_plain(word) for listed in extra_words.get(reason, {}).values() for word in listed]
            self._patterns[reason] = _any_of([*lexicon.list_patterns(reason), *filter(None, own)])
        self._order = sorted(self._patterns, key=lambda reason: reason == NAMED_PERPETRATOR)

    def read(self, text: str) -> str | None:
        """The code of the most urgent reason to restrict a report of this text, or None. Never raises.

        Words of all languages are tried, whatever the text's own: people mix them, and short texts are guessed wrong.
        A text that hides its words ("r@ped", "r a p e", letters of another alphabet) is read as what it shows, too.
        """
        shown = unmask(text)
        return self._read(text) or (self._read(shown) if shown != text else None)

    def _read(self, text: str) -> str | None:
        plain = "".join(f"{word} " for word in words(text))
        plain = self._harmless.sub(_MASK, plain)
        for reason, pattern in self._patterns.items():
            if reason != NAMED_PERPETRATOR and pattern.search(plain):
                return reason
        marked = self._harmless.sub(_MASK, self._names.mark(text))
        return NAMED_PERPETRATOR if self._patterns[NAMED_PERPETRATOR].search(marked) else None

    def read_all(self, texts: Iterable[str]) -> str | None:
        """The most urgent reason in any of several texts of one report: its words, what a form asked, where it is."""
        found = {self.read(text) for text in texts}
        return next((reason for reason in self._order if reason in found), None)


class _Lexicon:
    """The words of the file. A set of one language may be named in the patterns of that language only."""

    def __init__(self, by_language: Mapping[str, Mapping[str, Any]]) -> None:
        self._by_language = by_language

    def list_patterns(self, section: str) -> list[str]:
        """Regular expressions over folded words that are each followed by a blank."""
        return [
            _compile(pattern, entry["sets"])
            for entry in self._by_language.values()
            for pattern in _list_parts(entry.get(section, ""))
        ]

    def list_set(self, name: str) -> Iterator[str]:
        """The members of a set in all languages, as expressions."""
        for entry in self._by_language.values():
            yield from (_compile_token(fold(member), {}) for member in _list_parts(entry["sets"].get(name, "")))


class _NameMarker:
    """Marks what is written like a person's name."""

    def __init__(self, lexicon: _Lexicon) -> None:
        self._no_name = re.compile(f"(?:{'|'.join(lexicon.list_set('no_name'))})$")
        self._place = re.compile(f"(?:{'|'.join(lexicon.list_set('place_word'))})$")
        titles = sorted(lexicon.list_set("title"), key=len, reverse=True)
        self._titled = re.compile(f"{_START}((?:{'|'.join(titles)}) )([^ ^]+)(?= )")
        self._title_word = re.compile(f"(?:{'|'.join(sorted({word for title in titles for word in title.split()}))})$")
        self._accusing = re.compile(f"(?:{'|'.join(lexicon.list_set('accuse'))})$")

    def mark(self, text: str) -> str:
        """The folded words of the text, each followed by a blank, names with `^` before them."""
        chunks = [chunk for chunk in text.split() if words(chunk)]
        capitals = [_is_capital(chunk) for chunk in chunks]
        marked = []
        for place, chunk in enumerate(chunks):
            first, *rest = words(chunk)
            marked.append(f"{_NAME if self._is_name(place, chunks, capitals) else ''}{first}")
            marked.extend(rest)
        plain = "".join(f"{word} " for word in marked)
        return plain if _tells_names(chunks, capitals) else self._mark_titled(plain)

    def _is_name(self, place: int, chunks: Sequence[str], capitals: Sequence[bool]) -> bool:
        word = words(chunks[place])[0]
        if not capitals[place] or self._no_name.match(word) or self._title_word.match(word):
            return False
        if place > 0 and self._place.match(words(chunks[place - 1])[-1]):
            return False
        if place > 0 and not chunks[place - 1].endswith(_SENTENCE_END):
            return True
        # The first word of a sentence is written like a name in any case: what follows must speak for one.
        if place + 1 == len(chunks):
            return False
        return capitals[place + 1] or bool(self._accusing.match(words(chunks[place + 1])[0]))

    def _mark_titled(self, plain: str) -> str:
        """Where letters have no case, or the writer used none, the word after a title is a name unless it cannot be."""

        def mark(found: re.Match[str]) -> str:
            title, word = found.groups()
            is_word = self._no_name.match(word) or self._accusing.match(word) or self._place.match(word)
            return f"{title}{'' if is_word else _NAME}{word}"

        return self._titled.sub(mark, plain)


def _is_capital(chunk: str) -> bool:
    letters = [char for char in chunk if char.isalpha()]
    return len(letters) > 1 and letters[0].isupper() and not letters[1].isupper()


def _tells_names(chunks: Sequence[str], capitals: Sequence[bool]) -> bool:
    """Whether the writer marks names: some word is capitalised that does not begin a sentence."""
    return any(
        is_capital and not chunks[place - 1].endswith(_SENTENCE_END)
        for place, is_capital in enumerate(capitals)
        if place > 0
    )


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    listed = "|".join(patterns)
    return re.compile(f"{_START}(?:{listed})" if listed else r"(?!)")


def _list_parts(written: str) -> list[str]:
    """What stands between commas and line ends."""
    return [part.strip() for part in re.split(r"[,\n]", written) if part.strip()]


def _compile(pattern: str, sets: Mapping[str, str]) -> str:
    return "".join(_compile_part(part, sets) for part in _TOKEN.findall(fold(pattern)))


def _compile_part(part: str, sets: Mapping[str, str]) -> str:
    if part == "..":
        return _GAP
    if part.endswith("?"):
        return f"(?:{_compile_token(part[:-1], sets)} )?"
    return f"{_compile_token(part, sets)} "


def _compile_token(token: str, sets: Mapping[str, str]) -> str:
    """A word of the notation as an expression; a set becomes the choice between its members."""

    def choose(found: re.Match[str]) -> str:
        return "(" + "|".join(fold(member) for member in _list_parts(sets[found[1]])) + ")"

    spelt = _SET.sub(choose, token)
    spelt = re.sub(r"[^\w()|* ]", lambda sign: re.escape(sign[0]), spelt)
    return spelt.replace("(", "(?:").replace("*", "[^ ]*")


def _compile_plain(phrase: str) -> str:
    """A campaign's own word or phrase: whatever stands in it, nothing but `*` at the end of a word has a meaning."""
    parts = (
        " ".join(map(re.escape, words(chunk))) + ("[^ ]* " if chunk.endswith("*") else " ")
        for chunk in phrase.split()
        if words(chunk)
    )
    return "".join(parts)

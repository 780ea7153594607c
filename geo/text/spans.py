"""Words and spans of a text for toponym matching: tokens, their phonetic keys, and the spans that may name a place.

A span is a run of content words without the linking words between ("Croix-des-Bouquets" is croix + bouquets), so that a
name is found whether it is written as one word, split or linked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from config.bounded_cache import remember_words
from geo.text.normalise import fold_parts
from geo.text.phonetic_key import skeleton, sound
from geo.text.stopwords import load_vocabulary

_LONGEST_SPAN = 4  # content words; longer names are found by their first or last four


class Role(IntEnum):
    """The role of a word in the name of a place."""

    NAME = 0  # may name a place alone
    KIND = 1  # a feature class ("street"): names a place only together with other words
    COMMON = 2  # everyday language
    LINK = 3  # joins the words of a name, left out of keys
    NUMBER = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word: folded text, phonetic key, and role."""

    text: str
    key: str
    role: Role
    part: int = 0  # number of the text part that it is in; no name runs across two parts
    lead: str = ""  # the article before the word ("la" of "La Gonave"), which people glue to it or drop
    similarity: float = 1.0  # below 1 where spelling correction replaced `key` by that of a known word
    is_led: bool = False  # next to a toponym cue ("nan", "in", "zone")
    may_be_glued: bool = False  # Arabic text: "in", "and", "to" may be a prefix of the word


@dataclass(frozen=True, slots=True)
class Span:
    """Some content words in a row.

    `start` and `end` count content words. `exact`, `key` and `skeleton` are ever coarser spellings of the words,
    without spaces.
    """

    start: int
    end: int
    words: tuple[Word, ...]
    exact: str  # the folded letters
    key: str  # phonetic key

    @classmethod
    def of(cls, start: int, end: int, words: Sequence[Word]) -> "Span":
        """Make the span of these words, which stand from `start` to `end`."""
        exact = "".join([word.text for word in words])
        return cls(start, end, tuple(words), exact, "".join([word.key for word in words]))

    @property
    def is_arabic(self) -> bool:
        """Tell whether the span is from a text in Arabic letters."""
        return any(word.may_be_glued for word in self.words)

    @property
    def skeleton(self) -> str:
        """Return the consonant skeleton of the words."""
        return skeleton([word.text for word in self.words])

    @property
    def similarity(self) -> float:
        """Return 1 for words as they were written, less where spelling correction replaced some of them."""
        return min(word.similarity for word in self.words)

    @property
    def shown(self) -> str:
        """Return the words with spaces between, for people to read."""
        return " ".join(word.text for word in self.words)


_ARABIC = re.compile(r"[\u0621-\u064a]")
_CLITICS = (re.compile(r"[wfblk](?=[a-z]{3})"), re.compile(r"[wf][blk](?=[a-z]{3})"))
_ANSWERS = frozenset({"ok", "okay"})

_REMEMBERED_BYTES = 64 << 20
_NAMING = frozenset({Role.NAME, Role.KIND})


@remember_words(_REMEMBERED_BYTES)
def read_word(folded: str) -> Word:
    """Make a word with phonetic key and role from its folded text.

    Cached, since the same words come again and again.
    """
    known = load_vocabulary()
    text = known.same.get(folded, folded)
    if text[0].isdigit():
        return Word(text.lstrip("0") or "0", text.lstrip("0") or "0", Role.NUMBER)
    key = sound(text)
    if folded in known.links:
        return Word(text, key, Role.LINK)
    if text in known.kinds:
        return Word(text, key, Role.KIND)
    if folded in known.common or len(folded) < 2:
        return Word(text, key, Role.COMMON)
    return Word(text, key, Role.NAME)


def read_words(text: str) -> list[Word]:
    """List the content words of a text in order, without linking words."""
    words: list[Word] = []
    known = load_vocabulary()
    may_be_glued = not text.isascii() and _ARABIC.search(text) is not None
    for number, part in enumerate(fold_parts(text)):
        lead, is_led = "", False
        for folded in _read_abbreviations(part):
            word = read_word(folded)
            if word.role is Role.LINK:
                lead = folded if folded in known.articles else ""
                is_led = folded in known.cues or (is_led and lead != "")
                continue
            if folded in known.cues_behind and words:
                words[-1] = replace(words[-1], is_led=True)
            changed = number or lead or is_led or may_be_glued
            words.append(
                Word(word.text, word.key, word.role, number, lead, 1.0, is_led, may_be_glued) if changed else word
            )
            lead, is_led = "", folded in known.cues
    return words


def list_content(folded: list[str]) -> list[Word]:
    """List the content words among the folded words of a part of a text, without what stands beside them."""
    read = [read_word(word) for word in _read_abbreviations(folded)]
    return [word for word in read if word.role is not Role.LINK]


def _read_abbreviations(part: list[str]) -> list[str]:
    """Expand "st": before a name it means saint, behind a name street."""
    if "st" not in part:
        return part
    following = [*part[1:], ""]
    return [
        word if word != "st" else ("saint" if after and not after[0].isdigit() else "rue")
        for word, after in zip(part, following, strict=True)
    ]


def list_spans(words: list[Word], longest: int = _LONGEST_SPAN) -> list[Span]:
    """List every run of up to `longest` content words that could name a place."""
    spans: list[Span] = []
    count = len(words)
    everyday = is_everyday(words)
    for start, first in enumerate(words):
        if first.role is Role.NUMBER or (everyday and first.role is Role.COMMON):
            continue
        has_name = False  # or a feature class: "Carrefour" alone is a town, "Grand Bois" a name
        for end in range(start + 1, min(count, start + longest) + 1):
            last = words[end - 1]
            if last.part != first.part:
                break
            has_name = has_name or last.role in _NAMING
            # An everyday word alone may be a name where the text is no sentence ("PaP").
            is_alone = end - start == 1
            if last.role is Role.COMMON and not (is_alone and _may_name_alone(last, everyday)):
                continue
            if is_alone or has_name:
                spans.append(Span.of(start, end, words[start:end]))
    linked = [other for span in spans if (other := link(span)) is not None] if any(w.lead for w in words) else []
    unglued = [other for span in spans for other in unglue(span)] if any(w.may_be_glued for w in words) else []
    return spans + linked + unglued


def link(span: Span) -> Span | None:
    """Make the same span with its articles glued on ("La Gonave" is often written "Lagonav"); None without articles."""
    if not any(word.lead for word in span.words):
        return None
    glued = [
        replace(word, text=word.lead + word.text, key=sound(word.lead + word.text)) if word.lead else word
        for word in span.words
    ]
    return Span.of(span.start, span.end, glued)


def unglue(span: Span) -> list[Span]:
    """List the same span without an Arabic prefix ("in", "and", "to") before its first word: one, or two ("and in")."""
    first = span.words[0]
    if not first.may_be_glued:
        return []
    stems = [read_word(first.text[match.end() :]) for clitic in _CLITICS if (match := clitic.match(first.text))]
    return [Span.of(span.start, span.end, [stem, *span.words[1:]]) for stem in stems if stem.role is Role.NAME]


def glue(name: str) -> Span | None:
    """Make the span of a name written as one word with its linking words; None for a name without linking words.

    People write "Port-au-Prince" as "Potoprens".
    """
    folded = [word for part in fold_parts(name) for word in part]
    if not any(word in load_vocabulary().links for word in folded[1:-1]):
        return None
    word = read_word("".join(folded))
    return Span.of(0, 1, [word]) if word.role is Role.NAME else None


def is_everyday(words: list[Word]) -> bool:
    """Tell whether a text is mostly sentences rather than the bare name of a place."""
    common = sum(word.role is Role.COMMON for word in words)
    return common > 1 and common * 4 > len(words)


def _may_name_alone(word: Word, everyday: bool) -> bool:
    """Tell whether an everyday word alone may still be a name.

    "PaP" in a list of places is one; "okay" as an answer is not Les Cayes.
    """
    return not everyday and word.text not in _ANSWERS


def is_bare_kind(span: Span) -> bool:
    """Tell whether a span is one word that is also a feature class or everyday language."""
    return len(span.words) == 1 and span.words[0].role is not Role.NAME

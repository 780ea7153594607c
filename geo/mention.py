"""From the words of a text to evidence: places named, lessons remembered, numbered places, whole texts alike."""

from dataclasses import replace

from geo.evidence import Evidence
from geo.memory import Memory
from geo.nameindex import NameIndex
from geo.reading import Role, Word, is_bare_kind, is_everyday, list_spans
from geo.speller import Speller


def find_evidence(words: list[Word], names: NameIndex, memory: Memory, speller: Speller) -> list[Evidence]:
    """All evidence in one text, in no order."""
    # In whole sentences too many everyday words lie one letter from a name.
    is_guessing = not is_everyday(words)
    words = [_correct(word, speller, is_guessing) for word in words]
    spans = list_spans(words)
    named = names.find_mentions(spans)
    places = {(evidence.start, evidence.end) for evidence in named}
    kinds = frozenset(span.key for span in spans if is_bare_kind(span) and (span.start, span.end) in places)
    taught = memory.find_mentions(spans, kinds)
    known = {(evidence.start, evidence.end) for evidence in taught}
    mentions = named + taught + memory.find_numbered(words)
    parts = sorted({words[evidence.start].part for evidence in mentions})
    found = [
        replace(
            evidence,
            is_covered=any(_covers(where, evidence) for where in places | known),
            is_paired=(evidence.start, evidence.end) in places & known,
            part=parts.index(words[evidence.start].part),
        )
        for evidence in mentions
    ]
    alike = memory.find_neighbours(words)
    return [*found, alike] if alike is not None else found


def _covers(longer: tuple[int, int], evidence: Evidence) -> bool:
    start, end = evidence.start, evidence.end
    return longer != (start, end) and longer[0] <= start and longer[1] >= end


def _correct(word: Word, speller: Speller, is_guessing: bool) -> Word:
    if word.role is not Role.NAME:
        return word
    stem = speller.find_stem(word.key)
    if stem is not None:
        return replace(word, key=stem, similarity=0.95)
    if not is_guessing:
        return word
    near = speller.find(word.key)
    return word if near is None else replace(word, key=near[0], similarity=near[1])

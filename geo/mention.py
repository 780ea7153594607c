"""From the words of a text to evidence: places named, lessons remembered, numbered places, whole texts alike."""

from dataclasses import replace

from geo.evidence import Evidence, mix
from geo.memory import Memory
from geo.nameindex import NameIndex
from geo.reading import Word, is_bare_kind, list_spans


def find_evidence(words: list[Word], names: NameIndex, memory: Memory, covered: float) -> list[Evidence]:
    """All evidence in one text, in no order. `covered`: what a mention inside a longer one still counts."""
    spans = list_spans(words)
    named = {(e.start, e.end): e for e in names.find_mentions(words, spans)}
    kinds = frozenset(span.key for span in spans if is_bare_kind(span) and (span.start, span.end) in named)
    taught = {(e.start, e.end): e for e in memory.find_mentions(spans, kinds)} if len(memory) else {}
    found: list[Evidence] = []
    for where in named.keys() | taught.keys():
        evidence = _join(named.get(where), taught.get(where))
        if any(_covers(other, where) for other in named.keys() | taught.keys()):
            evidence = replace(evidence, strength=evidence.strength * covered)
        found.append(evidence)
    alike = memory.find_neighbours(words) if len(memory) else None
    return [*found, alike] if alike is not None else found


def _join(named: Evidence | None, taught: Evidence | None) -> Evidence:
    if named is None:
        assert taught is not None  # noqa: S101 - the caller took the span from one of the two
        return taught
    return named if taught is None else mix(taught, named, 0.6)


def _covers(longer: tuple[int, int], span: tuple[int, int]) -> bool:
    return longer != span and longer[0] <= span[0] and longer[1] >= span[1]

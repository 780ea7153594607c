"""Finds the evidence in the words of a text: gazetteer names, learned placements, numbered places, similar texts."""

from dataclasses import replace
from itertools import accumulate

from geo.distance import distances_m
from geo.index.evidence import Evidence
from geo.index.learned_placements import LearnedPlacements
from geo.index.name_index import NameIndex
from geo.text.spans import Role, Word, is_bare_kind, is_everyday, list_spans
from geo.text.spelling import Speller

_SAME_PLACE_M = 10_000.0
# Every point is compared with every other one. A text with more names than this is not about one place.
_MOST_NAMES, _MOST_POINTS = 60, 400
_MOST_CORRECTED = 100  # words of a text whose spelling is corrected, the first ones
_HEARD_M = 25_000.0  # words whose points spread further than this say nothing about the place
# Prior trust that a name means its place: as after _TRUST_COUNT texts of which the share _TRUST agrees.
_TRUST, _TRUST_COUNT = 0.8, 3


def find_evidence(words: list[Word], names: NameIndex, memory: LearnedPlacements) -> list[Evidence]:
    """Find all evidence in one text, in no order."""
    # In sentences too many everyday words are one letter from a name, so only words next to a cue are corrected.
    is_bare = not is_everyday(words)
    spellers = (names.speller, memory.speller)
    words = [
        _correct(word, spellers, (is_bare or word.is_led) and number < _MOST_CORRECTED)
        for number, word in enumerate(words)
    ]
    spans = sorted(list_spans(words), key=lambda span: span.start)
    named = _best_each([e for e in names.find_mentions(spans) if is_bare or not _is_everyday_name(e)])
    places = {(evidence.start, evidence.end) for evidence in named}
    kinds = frozenset(span.key for span in spans if is_bare_kind(span) and (span.start, span.end) in places)
    taught = _best_each(memory.find_mentions(spans, kinds))
    known = {(evidence.start, evidence.end) for evidence in taught}
    heard = {(evidence.start, evidence.end): evidence for evidence in _best_each(memory.find_heard(spans))}
    numbered = memory.find_numbered(words)
    settled = places | known | {(evidence.start, evidence.end) for evidence in numbered}
    numbered += [piece for piece in names.find_numbered(words) if (piece.start, piece.end) not in settled]
    mentions = named + taught + numbered
    for evidence in named + taught:
        _compare(evidence, heard.get((evidence.start, evidence.end)))
    mentions += [piece for where, piece in heard.items() if where not in places | known and piece.spread_m < _HEARD_M]
    longer = places | known | {(evidence.start, evidence.end) for evidence in numbered}
    mentions, covered = _limit(mentions), _list_covered(longer)
    parts = sorted({words[evidence.start].part for evidence in mentions})
    for evidence in mentions:
        evidence.is_covered = (evidence.start, evidence.end) in covered
        evidence.is_paired = (evidence.start, evidence.end) in places & known
        evidence.part = parts.index(words[evidence.start].part)
        evidence.is_led = words[evidence.start].is_led or words[evidence.end - 1].is_led
    found = mentions + memory.find_wholes(words)
    rarity = memory.list_rarity(words)
    for evidence in found:
        evidence.in_sentence = not is_bare
        evidence.rarity = rarity
    return found


def _limit(mentions: list[Evidence]) -> list[Evidence]:
    """Limit the candidates to the first ones in the text where there are very many."""
    if len(mentions) <= _MOST_NAMES and sum(len(evidence.lat) for evidence in mentions) <= _MOST_POINTS:
        return mentions
    first = sorted(mentions, key=lambda evidence: evidence.start)[:_MOST_NAMES]
    points = accumulate(len(evidence.lat) for evidence in first)
    return [evidence for evidence, so_far in zip(first, points, strict=True) if so_far <= _MOST_POINTS]


def _list_covered(spans: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """List every run of words that lies inside one of the spans, which are a few words long, and is shorter."""
    return {
        (first, last)
        for start, end in spans
        for first in range(start, end)
        for last in range(first + 1, end + 1)
        if (first, last) != (start, end)
    }


def _correct(word: Word, spellers: tuple[Speller, ...], is_guessing: bool) -> Word:
    if word.role is not Role.NAME or any(speller.is_known(word.key) for speller in spellers):
        return word
    for speller in spellers:
        stem = speller.find_stem(word.key)
        if stem is not None:
            return replace(word, key=stem, similarity=0.95)
    if not is_guessing:
        return word
    near = [found for speller in spellers if (found := speller.find(word.key)) is not None]
    if not near:
        return word
    key, similarity = max(near, key=lambda found: found[1])
    return replace(word, key=key, similarity=similarity)


def _best_each(found: list[Evidence]) -> list[Evidence]:
    """Keep the best evidence for the same words, which may be known both with their article and without."""
    best: dict[tuple[int, int], Evidence] = {}
    for evidence in found:
        other = best.get((evidence.start, evidence.end))
        if other is None or (evidence.quality, evidence.count) > (other.quality, other.count):
            best[evidence.start, evidence.end] = evidence
    return list(best.values())


def _is_everyday_name(evidence: Evidence) -> bool:
    """Tell whether the name of an area is an everyday word in a sentence, such as a department "Centre" or "Nord"."""
    return evidence.is_bare and all(kind.startswith("admin") for kind in evidence.kinds)


def _compare(evidence: Evidence, said: Evidence | None) -> None:
    """Lower the agreement of a name whose words are said elsewhere too.

    "docteur" was once learned as the name of a clinic, and is said everywhere.
    """
    if said is None:
        return
    away = distances_m(evidence.lat[:, None], evidence.lon[:, None], said.lat[None, :], said.lon[None, :]).min(axis=0)
    near = float(said.share @ (away < _SAME_PLACE_M))
    evidence.agreement = (near * said.count + _TRUST * _TRUST_COUNT) / (said.count + _TRUST_COUNT)

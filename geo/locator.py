"""Where is that: one campaign's places, areas and lessons in memory, asked with a text."""

from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from geo.answer import answer
from geo.evidence import Array, Evidence
from geo.memory import Memory
from geo.mention import find_evidence
from geo.nameindex import NameIndex
from geo.reading import read_words
from geo.scorer import Weights, weigh
from geo.value import Location

_USUAL_POINTS = 400
_NEXT_FIELD = 0.5


class Locator:
    """Everything of one campaign, compact. Reading is safe from any number of threads; nothing is kept of a text."""

    def __init__(self, names: NameIndex, memory: Memory, version: int = 0, weights: Weights | None = None) -> None:
        self.version = version
        self._names = names
        self._memory = memory
        self._weights = weights or Weights()
        self._usual = _usual_points(memory)

    def locate(self, *texts: str) -> Location | None:
        """Where the texts (fields of one row, the most specific first) say they are; None when they name no place."""
        evidence: list[Evidence] = []
        for number, text in enumerate(texts):
            found = find_evidence(read_words(text), self._names, self._memory, self._weights.covered)
            evidence += [replace(e, strength=e.strength * _NEXT_FIELD**number) for e in found]
        if not evidence:
            return None
        return answer(weigh(evidence, self._usual, self._weights), evidence, self._weights)


def _usual_points(memory: Memory) -> tuple[Array, Array]:
    step = max(1, len(memory) // _USUAL_POINTS)
    return memory.lat[::step], memory.lon[::step]

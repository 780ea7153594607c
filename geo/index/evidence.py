"""Evidence: what one mention in a text says about where it is, before it is weighed."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from geo.reasons import Reason

Array = NDArray[np.float64]


class Source(StrEnum):
    """Where evidence comes from."""

    NAMED = "named"  # a name of the gazetteer or of a boundary
    TAUGHT = "taught"  # words that past placements used
    HEARD = "heard"  # words said around a place that was taught
    ALIKE = "alike"  # whole taught texts that look like this one
    ECHOED = "echoed"  # places around which much the same was said; it proposes, others decide
    NUMBERED = "numbered"  # between two known numbers of one road or quarter


@dataclass(slots=True)
class Evidence:
    """Points that some words may mean. The arrays have one value a point; `share` sums to 1. It belongs to one text,
    and what is seen of it beside the others is written into it.

    `quality` is from 0 to 1 how well the words agree with what was known; `spread_m` how widely what was known lies
    around its middle; `count` how often it was taught. `start` and `end` count content words of the text.
    """

    source: Source
    lat: Array
    lon: Array
    scale_m: Array
    share: Array
    quality: float
    spread_m: float
    reason: Reason
    count: int = 0
    letters: int = 0
    agreement: float = 0.8  # share of what was said with these words elsewhere that lies here too
    is_bare: bool = False  # one word that is also a kind of place or everyday language
    is_covered: bool = False  # lies inside a longer mention
    is_paired: bool = False  # the same words are known from a second source
    in_sentence: bool = False  # the text is a sentence, not a bare name of a place
    is_led: bool = False  # a word stands beside it that leads to places ("nan", "in", "zone")
    rarity: tuple[float, ...] = ()  # how much each content word of the text says, 0 for everyday ones
    field: int = 0  # of several texts, which one; the most specific is 0
    part: int = 0  # of one text, how many other parts with mentions stand before it
    start: int = 0
    end: int = 0
    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

"""Evidence: what one toponym candidate or one whole text says about the location, before it is weighed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.reasons import Reason

Array = NDArray[np.float64]
# Names of a text for which each index makes evidence, in the order of the text: twice as many as are weighed.
MOST_MENTIONS: Final = 120


class Source(StrEnum):
    """Where evidence comes from."""

    NAMED = "named"  # a name of the gazetteer or of a boundary
    TAUGHT = "taught"  # a learned placement: words that named this place before
    HEARD = "heard"  # words of the text around a learned placement
    ALIKE = "alike"  # learned placements whose whole text is similar to this one
    ECHOED = "echoed"  # places around which similar things were said; proposes points only, with no weight of its own
    NUMBERED = "numbered"  # interpolated between two known numbers of one road or quarter


@dataclass(slots=True)
class Evidence:
    """The points that some words of one text may mean.

    Arrays have one value for each point; `share` sums to 1. `quality`, 0 to 1, is how well the words agree with what
    was known; `spread_m` (metres) is how widely the known points lie around their middle; `count` is how often they
    were learned. `start` and `end` count content words of the text.

    The object belongs to one text and is mutable, since comparing it with the other evidence of that text fills in some
    fields.
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
    agreement: float = 0.8  # share of other texts with these words whose points lie here too
    is_bare: bool = False  # one word that is also a feature class or everyday language
    is_covered: bool = False  # lies inside a longer toponym candidate
    is_paired: bool = False  # the same words are known from a second source
    in_sentence: bool = False  # the text is a sentence, not a bare name of a place
    is_led: bool = False  # next to a toponym cue ("nan", "in", "zone")
    rarity: tuple[float, ...] = ()  # inverse frequency of each content word of the text, 0 for everyday words
    field: int = 0  # number of the text, where there are several; the most specific is 0
    part: int = 0  # how many earlier parts of the text have candidates
    start: int = 0
    end: int = 0
    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

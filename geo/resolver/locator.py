"""The locator geoparses texts: one campaign's places, areas and learned placements in memory."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from sqlalchemy import Connection

from geo.coordinates.explicit_location import answer_given
from geo.distance import stand
from geo.index.evidence import Evidence
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.resolver.find_evidence import find_evidence
from geo.resolver.model import Fitted, load_fitted
from geo.resolver.ranker import rank
from geo.resolver.result import answer
from geo.resolver.scorer import Posterior, SpatialPrior, Weights, weigh
from geo.resolver.sender_prior import REASON, Point, is_near, lean
from geo.resolver.spatial_relations import adjust
from geo.resolver.toponyms import LEAST, ContextMention, Toponym, read_mentions
from geo.spatial_sql import (  # fmt: skip
    find_extent,
    get_gazetteer_version,
    get_names_version,
    iterate_areas,
    iterate_placements,
    iterate_places,
)
from geo.text.normalise import LONGEST_TEXT, condense
from geo.text.spans import read_words
from geo.types import Location

_USUAL_PLACES = 60
_SQUARE_DEGREES = 0.03
_MOST_WORDS = 200  # content words of a text that are read; hardly a message is longer, and its start says where it is

Extent = tuple[float, float, float, float]


class Locator:
    """The gazetteer and learned placements of one campaign, in compact form.

    Reading is safe from any number of threads, and nothing of a text is stored.
    """

    def __init__(
        self,
        names: NameIndex,
        memory: LearnedPlacements,
        version: int = 0,
        extent: Extent | None = None,
        weights: Weights | None = None,
        fitted: Fitted | None = None,
        names_version: int = 0,
    ) -> None:
        """Make a locator.

        Coordinates in a text count only inside `extent` (south, west, north, east), None: anywhere.
        """
        self.version = version
        self.names_version = names_version
        self._names = names
        self._memory = memory
        self._extent = extent
        self._weights = weights or Weights()
        self._own_fitted = fitted
        self._usual = _usual_places(memory)

    @classmethod
    def load(cls, connection: Connection, campaign_id: int, older: "Locator | None" = None) -> "Locator":
        """Load a campaign's gazetteer, boundaries and learned placements from the database.

        `older` is an earlier copy of the same campaign: its names are reused where only learned placements changed
        since, so that one new placement does not cost reading a million names.
        """
        # The versions are read first: a change during the load makes this copy old, so that it is loaded again.
        version = get_gazetteer_version(connection, campaign_id)
        names_version = get_names_version(connection, campaign_id)
        if older is not None and older.names_version == names_version:
            names = older._names
        else:
            names = read_names(connection, campaign_id)
        memory = LearnedPlacements(
            [LearnedPlacement(*placement) for placement in iterate_placements(connection, campaign_id)]
        )
        extent = find_extent(connection, campaign_id)
        return cls(names, memory, version, extent, names_version=names_version)

    def locate(self, *texts: str, earlier: Sequence[Point] = ()) -> Location | None:
        """Locate texts (fields of one row, the most specific first); None when they name no place.

        `earlier` are the locations of the sender's last reports, (latitude, longitude) in degrees.
        """
        texts = tuple(condense(text)[:LONGEST_TEXT] for text in texts if text)
        locate = partial(self._locate_named, earlier=earlier)
        given = answer_given(texts, self._extent, locate)
        return given if given is not None else adjust(texts, locate(*texts), locate)

    def _locate_named(self, *texts: str, earlier: Sequence[Point]) -> Location | None:
        """Locate texts by the names in them, without the spatial relations around the names."""
        evidence = self.find_evidence(*texts)
        if not evidence:
            return None
        found = answer(lean(self.weigh(evidence), earlier), evidence, self._fitted)
        if found is None or not is_near(found.lat, found.lon, earlier):
            return found
        return replace(found, reasons=(*found.reasons, REASON))

    @property
    def _fitted(self) -> Fitted:
        return self._own_fitted or load_fitted()

    def read_mentions(
        self, text: str, around: Sequence[Toponym | ContextMention] = (), least: float = LEAST
    ) -> list[Toponym]:
        """Find every toponym in a text, in the order of the text; see geo.resolver.toponyms."""
        return read_mentions(text, self._names, around, least)

    def count_names(self) -> int:
        """Count the known names of places and areas."""
        return len(self._names)

    def weigh(self, evidence: list[Evidence]) -> Posterior:
        """Compute the probabilities of the likeliest points that some evidence proposes."""
        return rank(self.propose(evidence), evidence, self._memory.map, len(self._memory), self._fitted.ranker)

    def propose(self, evidence: list[Evidence]) -> Posterior:
        """Compute all points that some evidence proposes, with the scorer's probabilities, before the ranker."""
        return weigh(evidence, self._usual, self._weights)

    def find_evidence(self, *texts: str) -> list[Evidence]:
        """Find the evidence in the texts, before it is weighed."""
        evidence: list[Evidence] = []
        for number, text in enumerate(texts):
            found = find_evidence(read_words(text)[:_MOST_WORDS], self._names, self._memory)
            for piece in found:
                piece.field = number
            evidence += found
        return evidence


def read_names(connection: Connection, campaign_id: int) -> NameIndex:
    """Load the name index of a campaign's places and areas, without learned placements."""
    return NameIndex(_iterate_things(connection, campaign_id))


def _iterate_things(connection: Connection, campaign_id: int) -> Iterator[NamedThing]:
    for name, names, lat, lon, radius_m, kind, population in iterate_places(connection, campaign_id):
        yield NamedThing(name, tuple(names), lat, lon, radius_m, kind, population)
    for name, names, lat, lon, radius_m, level in iterate_areas(connection, campaign_id):
        yield NamedThing(name, tuple(names), lat, lon, radius_m, f"admin{level}", 0)


def _usual_places(memory: LearnedPlacements) -> SpatialPrior:
    """Compute the spatial prior: the 3 km squares with the most learned placements.

    The other squares have too few placements to tell one place from another.
    """
    squares: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (lat, lon) in enumerate(zip(memory.lat.tolist(), memory.lon.tolist(), strict=True)):
        squares[round(lat / _SQUARE_DEGREES), round(lon / _SQUARE_DEGREES)].append(number)
    fullest = sorted(squares.values(), key=len, reverse=True)[:_USUAL_PLACES]
    lat, lon = (np.array([degrees[square].mean() for square in fullest]) for degrees in (memory.lat, memory.lon))
    return SpatialPrior(stand(lat, lon), np.array([len(square) / len(memory) for square in fullest]))

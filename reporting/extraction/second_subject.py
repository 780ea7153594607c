"""What a text tells of besides: a second place or a second topic, which a single report would lose.

Both stand with the report, so that a moderator sees them and can make two reports of it; nobody is asked to choose
between two things that both happened.
"""

from typing import Final

from geo.distance import distance_m
from geo.resolver.locator import Locator
from geo.resolver.toponyms import Toponym
from geo.types import Location
from reporting.extraction.reader import MessageAnalysis

_WORTH_LOOKING: Final = 0.15  # confidence of another name from which the text is read for each place that it names
_MOST: Final = 5
_WIDE: Final = frozenset({"country", "admin1"})  # tells where the place lies


def list_other_topics(reading: MessageAnalysis) -> list[str]:
    """The codes of the topics that a text is about besides its own."""
    own = reading.topic.code if reading.topic else None
    return [code for code in reading.other_topics if code != own]


def list_other_places(locator: Locator, text: str, location: Location | None) -> list[str]:
    """The names of the places that a text tells of besides its own, as they stand in it."""
    if location is None or not any(
        _is_another(location, other.name, other.confidence) for other in location.alternatives
    ):
        return []
    apart = [mention for mention in locator.read_mentions(text) if _is_apart(mention, location)]
    return list(dict.fromkeys(text[mention.start : mention.end] for mention in apart))[:_MOST]


def _is_another(location: Location, name: str, confidence: float) -> bool:
    return bool(name) and name != location.name and confidence >= _WORTH_LOOKING


def _is_apart(mention: Toponym, location: Location) -> bool:
    """Whether a place that is named is elsewhere: neither the one that was found nor what that lies in."""
    if mention.kind in _WIDE:
        return False
    between_m = float(distance_m(mention.lat, mention.lon, location.lat, location.lon))
    return between_m > mention.radius_m + location.radius_m

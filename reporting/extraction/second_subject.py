"""Finds a second topic or a second place in a text, which a single report would lose.

Both are stored with the report, so that a moderator sees them and can split it into two reports. The sender is not
asked to choose, because both things may have happened.
"""

from typing import Final

from geo.distance import distance_m
from geo.resolver.locator import Locator
from geo.resolver.toponyms import Toponym
from geo.types import Location
from reporting.extraction.reader import MessageAnalysis

_WORTH_LOOKING: Final = 0.15  # confidence of an alternative from which the text is searched for further toponyms
_MOST: Final = 5
_WIDE: Final = frozenset({"country", "admin1"})  # these only say in which region the place lies


def list_other_topics(reading: MessageAnalysis) -> list[str]:
    """List the codes of a text's topics besides the main one."""
    own = reading.topic.code if reading.topic else None
    return [code for code in reading.other_topics if code != own]


def list_other_places(locator: Locator, text: str, location: Location | None) -> list[str]:
    """List the toponyms of other places in a text, as they are written there."""
    if location is None or not any(
        _is_another(location, other.name, other.confidence) for other in location.alternatives
    ):
        return []
    apart = [mention for mention in locator.read_mentions(text) if _is_apart(mention, location)]
    return list(dict.fromkeys(text[mention.start : mention.end] for mention in apart))[:_MOST]


def _is_another(location: Location, name: str, confidence: float) -> bool:
    return bool(name) and name != location.name and confidence >= _WORTH_LOOKING


def _is_apart(mention: Toponym, location: Location) -> bool:
    """Return whether a toponym's place is elsewhere: neither the location itself nor an area around it."""
    if mention.kind in _WIDE:
        return False
    between_m = float(distance_m(mention.lat, mention.lon, location.lat, location.lon))
    return between_m > mention.radius_m + location.radius_m

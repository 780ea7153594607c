"""Points in links to maps, as people get them when they share a place.

Nothing is fetched, so a shortened link gives no point.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import unquote_plus

_LINK = re.compile(r"(?:https?://|geo:|\b(?:www|maps?|share|wego)\.)[^\s<>\"]+", re.IGNORECASE)
_LONGEST: Final = 1_000  # characters of a link that are read
_MOST: Final = 20  # links of a text
_BEHIND: Final = ".,;:!?…)]}'"  # punctuation after a link, which is not part of it
_NUMBER = r"[-+]?\d{1,3}(?:\.\d{1,20})?"
_PAIR = rf"(?P<lat>{_NUMBER}) ?(?:,|~|_|;|/) ?(?P<lon>{_NUMBER})(?!\d|\.\d)"
# Pinned points are tried before the centre of the map. `zoom` tells how much of the earth is in sight.
_PLACES: Final = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"!3d(?P<lat>{_NUMBER})!4d(?P<lon>{_NUMBER})",
        rf"^geo:(?!0(?:\.0+)?,\s?0(?:\.0+)?\b){_PAIR}(?:,{_NUMBER})?(?:;(?:[^;?]{{0,100}};){{0,5}}?u=(?P<within>\d+(?:\.\d+)?))?",
        rf"[?&#]mlat=(?P<lat>{_NUMBER})&mlon=(?P<lon>{_NUMBER})",
        rf"[?&#](?:q|query|daddr|destination|coordinate|ll|latlng|pin|marker|markers|where1)=(?:loc:|@|geo!)? ?{_PAIR}",
        rf"\bpoint\.{_PAIR}",
        rf"\bll\.{_PAIR}",
        rf"/(?:place|search|dir|l)/(?:[^@]{{0,300}}/)? ?{_PAIR}(?!z)(?:$|[/?&(,])",
        rf"[?&#](?:map=(?P<zoom>\d+(?:\.\d+)?)/){_PAIR}",
        rf"@{_PAIR},(?P<zoom>\d+(?:\.\d+)?)[mz]?",
        rf"[?&#](?:center|cp|sll|cll|near|map)= ?{_PAIR}(?:[,&](?:zoom=)?(?P<zoom>\d+(?:\.\d+)?))?",
    )
]
_EAST_FIRST = re.compile(r"(?:yandex|2gis)\.", re.IGNORECASE)
_YANDEX = re.compile(
    rf"[?&](?:pt|whatshere\[point\]|ll)=(?P<lon>{_NUMBER}),(?P<lat>{_NUMBER})|/geo/(?P<lon2>{_NUMBER}),(?P<lat2>{_NUMBER})"
)
_EARTH_IN_SIGHT_M: Final = 20_000_000
_EXACT_M: Final = 50.0  # how near a finger hits what it means


@dataclass(frozen=True, slots=True)
class LinkedPoint:
    """A point of a link in degrees, and its radius of uncertainty in metres."""

    lat: float
    lon: float
    radius_m: float


def find_linked_points(text: str) -> Iterator[LinkedPoint]:
    """Iterate over the links of a text and yield the point of each that has one."""
    for match in islice(_LINK.finditer(text), _MOST):
        link = match[0][:_LONGEST].rstrip(_BEHIND)
        plain = unquote_plus(unquote_plus(link.replace("+", "%20") if "," in link else link))
        point = _read_link(" ".join(plain.split()))
        if point is not None and abs(point.lat) <= 90 and abs(point.lon) <= 180:
            yield point


def strip_links(text: str) -> str:
    """Remove the links from a text, so that numbers in them are not read as coordinates."""
    return _LINK.sub(" ", text)


def _read_link(link: str) -> LinkedPoint | None:
    if _EAST_FIRST.search(link):
        found = _YANDEX.search(link)
        if found is None:
            return None
        return LinkedPoint(float(found["lat"] or found["lat2"]), float(found["lon"] or found["lon2"]), _EXACT_M)
    for pattern in _PLACES:
        if match := pattern.search(link):
            return LinkedPoint(float(match["lat"]), float(match["lon"]), _reach_m(match.groupdict()))
    return None


def _reach_m(fields: dict[str, str | None]) -> float:
    """Estimate the radius in metres: the link's own accuracy, else a quarter of the visible map.

    The centre of a map may stand for any place on the screen.
    """
    within, zoom = fields.get("within"), fields.get("zoom")
    if within is not None:
        return max(_EXACT_M, float(within))
    return _EXACT_M if zoom is None else max(_EXACT_M, _EARTH_IN_SIGHT_M / 2 ** min(float(zoom), 20.0) / 2)

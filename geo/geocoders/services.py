"""External geocoders behind one interface: Nominatim, Photon and Google through geopy, and a null geocoder.

Their answers are proposals for a person. No service states how often it is right about texted places, so their
confidence always stays below the limit from which a report counts as located.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from queue import Empty, Queue
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from geopy.exc import GeocoderParseError, GeocoderQueryError, GeopyError
from geopy.geocoders import GoogleV3, Nominatim, Photon

from config.errors import Unavailable
from config.log_ids import with_ids
from geo.distance import distance_m
from geo.errors import GeoError
from geo.reasons import LocationSource, Reason, ReasonCode
from geo.types import GUESS_BELOW, Candidate

_T = TypeVar("_T")
Box = tuple[float, float, float, float]  # south, west, north, east in degrees

ANSWERS_MOST: Final = 3
_USER_AGENT: Final = "baraza"
_TIMEOUT_S: Final = 5.0
_DEADLINE_S: Final = 8.0  # of a whole call; the timeout applies to each wait for data
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)
_SMALLEST_M: Final = 100.0
_UNKNOWN_EXTENT_M: Final = 2_000.0
_SURE: Final = GUESS_BELOW - 0.05
_NEXT: Final = 0.6  # factor on the confidence of each further answer

# geopy logs URLs that contain the query.
logging.getLogger("geopy").setLevel(logging.ERROR)


class GeocoderSettingsError(GeoError):
    """Settings of a geocoder that cannot be used; the message says which."""


class GeocoderAway(Unavailable):
    """A geocoder that did not answer; worth a retry later. Contains nothing of the text."""


class AnswerUnreadable(GeocoderAway):
    """An answer that cannot be read; a retry would get the same answer."""


class Geocoder(Protocol):
    """An external geocoding service."""

    name: str

    def search(self, text: str, country: str, bbox: Box | None, languages: Sequence[str]) -> list[Candidate]:
        """Search up to ANSWERS_MOST places within the country (ISO 3166 alpha-2) and the box, the best first.

        Raises GeocoderAway.
        """
        ...


class NullGeocoder:
    """The null geocoder, for campaigns whose settings name no service: finds nothing and sends nothing."""

    name = ""

    def search(self, text: str, country: str, bbox: Box | None, languages: Sequence[str]) -> list[Candidate]:  # noqa: ARG002
        """Return no places."""
        return []


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a service, its key and our user agent. The timeout is in seconds."""

    domain: str
    scheme: str
    key: str | None = None
    user_agent: str = _USER_AGENT
    timeout_s: float = _TIMEOUT_S

    def options(self) -> dict[str, Any]:
        """Return the options of every geopy client; proxies from the environment are not used."""
        return {
            "domain": self.domain, "scheme": self.scheme, "timeout": self.timeout_s, "user_agent": self.user_agent,
            "proxies": {},
        }  # fmt: skip


class _Asked:
    """The common part of the three services: errors, the box, and the number of answers."""

    name = ""

    def search(self, text: str, country: str, bbox: Box | None, languages: Sequence[str]) -> list[Candidate]:
        """Search places; see Geocoder."""
        language = languages[0] if languages else "en"
        try:
            found = within(_DEADLINE_S, lambda: self._ask(text, country, bbox, language)) or []
            candidates = [self._try_to_read(place, country) for place in found]
        except GeocoderQueryError:  # the service does not accept this query, so it has no answer
            return []
        except (GeocoderParseError, *_UNREADABLE) as error:
            raise AnswerUnreadable(f"unreadable: {type(error).__name__}") from None
        except GeopyError as error:
            raise GeocoderAway(type(error).__name__) from None
        inside = [one for one in candidates if one is not None and (bbox is None or _is_inside(one, bbox))]
        return [_rank(candidate, number) for number, candidate in enumerate(inside[:ANSWERS_MOST])]

    def _try_to_read(self, place: Any, country: str) -> Candidate | None:
        """Read one place; None where it cannot be read, since the others may be the right ones."""
        try:
            return self._read(place, country)
        except _UNREADABLE:
            return None

    def _ask(self, text: str, country: str, bbox: Box | None, language: str) -> list[Any] | None:
        raise NotImplementedError

    def _read(self, place: Any, country: str) -> Candidate | None:
        raise NotImplementedError

    def _candidate(self, place: Any, name: str, kind: str, radius_m: float, confidence: float) -> Candidate:
        lat, lon = float(place.latitude), float(place.longitude)
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise ValueError("off the globe")
        reason = Reason.of(ReasonCode.GEOCODER, self.name, place.address.replace("\x00", ""))
        return Candidate(
            name.replace("\x00", ""), round(lat, 6), round(lon, 6), radius_m, confidence, (reason,), kind,
            LocationSource.GEOCODER,
        )  # fmt: skip


class NominatimGeocoder(_Asked):
    """The Nominatim of OpenStreetMap, or another server with its search API (format jsonv2)."""

    name = "Nominatim"

    def __init__(self, address: Address) -> None:
        self._client = Nominatim(**address.options())

    def _ask(self, text: str, country: str, bbox: Box | None, language: str) -> list[Any] | None:
        box = {"viewbox": _corners(bbox), "bounded": True} if bbox else {}
        found: list[Any] | None = self._client.geocode(
            text, exactly_one=False, limit=ANSWERS_MOST, language=language, country_codes=country.lower(), **box
        )
        return found

    def _read(self, place: Any, country: str) -> Candidate:  # noqa: ARG002
        raw: Mapping[str, Any] = place.raw
        importance = min(1.0, max(0.0, float(raw.get("importance") or 0.0)))
        south, north, west, east = (float(edge) for edge in raw["boundingbox"])
        kind = str(raw.get("addresstype") or raw.get("type") or "place")
        name = str(raw.get("name") or place.address.split(",")[0])
        return self._candidate(place, name, kind, _radius_m((south, west, north, east)), 0.5 + 0.5 * importance)


class PhotonGeocoder(_Asked):
    """Komoot's Photon, or another Photon server (GeoJSON)."""

    name = "Photon"

    def __init__(self, address: Address) -> None:
        self._client = Photon(**address.options())

    def _ask(self, text: str, country: str, bbox: Box | None, language: str) -> list[Any] | None:  # noqa: ARG002
        # Photon supports four languages and refuses all others, so none is sent and names come in the local language.
        box = {"bbox": _corners(bbox)} if bbox else {}
        found: list[Any] | None = self._client.geocode(text, exactly_one=False, limit=2 * ANSWERS_MOST, **box)
        return found

    def _read(self, place: Any, country: str) -> Candidate | None:
        found: Mapping[str, Any] = place.raw["properties"]
        if str(found.get("countrycode", country)).upper() != country.upper():
            return None
        radius_m = _UNKNOWN_EXTENT_M if found.get("osm_key") == "place" else _SMALLEST_M
        if extent := found.get("extent"):
            west, north, east, south = (float(edge) for edge in extent)
            radius_m = _radius_m((south, west, north, east))
        kind, name = str(found.get("osm_value") or "place"), str(found.get("name") or place.address.split(",")[0])
        return self._candidate(place, name, kind, radius_m, 0.8)


class GoogleGeocoder(_Asked):
    """Google's Geocoding API. Its terms of use limit what may be stored and shown of its answers."""

    name = "Google"
    _SURE_BY_TYPE: Final = {"ROOFTOP": 1.0, "RANGE_INTERPOLATED": 0.9, "GEOMETRIC_CENTER": 0.8, "APPROXIMATE": 0.7}

    def __init__(self, address: Address) -> None:
        self._client = GoogleV3(api_key=address.key, **address.options())

    def _ask(self, text: str, country: str, bbox: Box | None, language: str) -> list[Any] | None:
        found: list[Any] | None = self._client.geocode(
            text, exactly_one=False, language=language, region=country.lower(), components={"country": country},
            bounds=_corners(bbox) if bbox else None,
        )  # fmt: skip
        return found

    def _read(self, place: Any, country: str) -> Candidate | None:  # noqa: ARG002
        raw: Mapping[str, Any] = place.raw
        kind = str(next(iter(raw.get("types") or ["place"])))
        if kind == "country":  # the answer where nothing but the country itself was found
            return None
        geometry = raw["geometry"]
        edges = geometry.get("bounds") or geometry["viewport"]
        box = (*(float(edges["southwest"][axis]) for axis in ("lat", "lng")),
               *(float(edges["northeast"][axis]) for axis in ("lat", "lng")))  # fmt: skip
        sure = self._SURE_BY_TYPE.get(geometry.get("location_type", ""), 0.6) * (0.5 if raw.get("partial_match") else 1)
        return self._candidate(place, str(place.address.split(",")[0]), kind, _radius_m(box), sure)


_SERVICES: Final = {
    "nominatim": (NominatimGeocoder, "https://nominatim.openstreetmap.org"),
    "photon": (PhotonGeocoder, "https://photon.komoot.io"),
    "google": (GoogleGeocoder, "https://maps.googleapis.com"),
}


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """Run a call with a deadline in seconds; returns or raises what the call does, GeocoderAway when it takes longer.

    So a server that sends a byte now and then cannot block a worker. The thread of a late call ends with the process at
    the latest.
    """
    done: Queue[tuple[_T | None, BaseException | None]] = Queue()

    def run() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:  # noqa: BLE001  # it is raised again in the calling thread
            done.put((None, error))

    threading.Thread(target=with_ids(run), daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except Empty:
        raise GeocoderAway("too slow") from None
    if error is not None:
        raise error
    return cast(_T, result)


def open_geocoder(settings: object, key: str | None = None) -> Geocoder:
    """Open the geocoder that a campaign's setting `geocoder` names; the null geocoder where it names none.

    Raises GeocoderSettingsError.
    """
    if not settings:
        return NullGeocoder()
    if not isinstance(settings, Mapping) or settings.get("service") not in _SERVICES:
        raise GeocoderSettingsError(f"geocoder: service must be one of {', '.join(_SERVICES)}")
    make, usual = _SERVICES[settings["service"]]
    parts = urlsplit(str(settings.get("url") or usual).rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
        raise GeocoderSettingsError("geocoder: url must start with http:// or https://")
    if make is GoogleGeocoder and not key:
        raise GeocoderSettingsError("geocoder: google needs the setting GEOCODER_KEY")
    contact = str(settings.get("contact") or "")
    agent = f"{_USER_AGENT} ({contact})" if contact else _USER_AGENT
    return make(Address(parts.netloc + parts.path, parts.scheme, key, agent))


def read_pace(settings: object) -> float:
    """Read the rate limit of a campaign's setting, in calls per second; 1 where it is not set.

    Raises GeocoderSettingsError.
    """
    value = settings.get("per_second", 1.0) if isinstance(settings, Mapping) else 1.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 100:
        raise GeocoderSettingsError("geocoder: per_second must be a number above 0, up to 100")
    return float(value)


def _corners(bbox: Box) -> list[tuple[float, float]]:
    south, west, north, east = bbox
    return [(south, west), (north, east)]


def _is_inside(candidate: Candidate, bbox: Box) -> bool:
    south, west, north, east = bbox
    return south <= candidate.lat <= north and west <= candidate.lon <= east


def _radius_m(box: Sequence[float]) -> float:
    south, west, north, east = box
    return round(max(_SMALLEST_M, distance_m(south, west, north, east) / 2))


def _rank(candidate: Candidate, number: int) -> Candidate:
    confidence = round(_SURE * min(1.0, candidate.confidence) * _NEXT**number, 3)
    return replace(candidate, confidence=confidence)

"""Columns of a report for its location: the point, its source, and the reasons for it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row

from geo.reasons import LocationSource, Reason, ReasonCode
from geo.spatial_sql import find_known_codes, keep_known_codes
from geo.types import Location

PINNED: Final = Reason.of(ReasonCode.PIN)
NOWHERE: Final[Mapping[str, Any]] = {
    "point": None, "radius_m": None, "place_confidence": None, "location_source": None, "gazetteer_name": None,
    "location_reasons": [], "alternatives": [], "area_codes": {},
}  # fmt: skip


def make_columns(location: Location, area_codes: Mapping[int, str]) -> dict[str, Any]:
    """Return the columns of a location. `area_codes` are the areas around its point, by level."""
    return {
        "point": _write_point(location.lat, location.lon),
        "radius_m": location.radius_m,
        "place_confidence": location.confidence,
        "location_source": str(location.source),
        "gazetteer_name": location.gazetteer_name,
        "location_reasons": [reason.to_row() for reason in location.reasons],
        "alternatives": [candidate.to_row() for candidate in location.alternatives],
        "area_codes": _by_level(keep_known_codes(area_codes, location.level)),
    }


def make_pin_columns(
    connection: Connection, campaign_id: int, lat: float, lon: float, radius_m: float
) -> dict[str, Any]:
    """Return the columns of a moderator's pin. The column `alternatives` is not included: the caller keeps it."""
    return {
        "point": _write_point(lat, lon),
        "radius_m": radius_m,
        "place_confidence": 1.0,
        "location_source": str(LocationSource.PIN),
        "gazetteer_name": None,
        "location_reasons": [PINNED.to_row()],
        "area_codes": _by_level(find_known_codes(connection, campaign_id, lat, lon, radius_m)),
    }


def make_suggestion(report: Row[Any]) -> dict[str, Any]:
    """Return the location of a report as one of its alternatives. The row has the location columns, `lat` and `lon`."""
    return {
        "lat": report.lat, "lon": report.lon, "radius_m": report.radius_m, "confidence": report.place_confidence,
        "name": report.gazetteer_name or "", "source": report.location_source, "reasons": report.location_reasons,
    }  # fmt: skip


def _write_point(lat: float, lon: float) -> str:
    return f"SRID=4326;POINT({lon!r} {lat!r})"


def _by_level(codes: Mapping[int, str]) -> dict[str, str]:
    return {str(level): code for level, code in codes.items()}

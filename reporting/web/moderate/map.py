"""Data for the map of a report: boundaries as vector tiles, and autocomplete of place names."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection

from geo.search.autocomplete import Hit, search_places
from geo.spatial_sql import get_names_version
from geo.tiles import REVISION, TileUnknown, check_tile, get_tile
from reporting.accounts.role import MODERATE
from reporting.web.auth import needs
from reporting.web.current_campaign import get_scope
from reporting.web.edge.request_transaction import get_connection
from reporting.web.formatting import format_distance
from reporting.web.place_types import name_kind
from reporting.web.report.parse import read_point

blueprint = Blueprint("moderate_map", __name__, url_prefix="/moderate")

_FRESH_S = 60  # a browser reuses a tile for a minute, then asks whether it has changed


@blueprint.get("/tiles/<int:z>/<int:x>/<int:y>.mvt")
@needs(MODERATE)
def show_tile(z: int, x: int, y: int) -> Response:
    """Send one vector tile of the campaign's boundaries and places; 304 while nothing new was loaded."""
    try:
        check_tile(z, x, y)
    except TileUnknown:
        abort(404)
    connection = get_connection()
    scope = get_scope(connection)
    # The version of names, not of the whole index: learned placements change all day, and change no boundary.
    etag = f"{scope.id}-{get_names_version(connection, scope.id)}-{REVISION}"
    is_known = request.if_none_match.contains(etag)
    response = Response(status=304) if is_known else Response(get_tile(connection, scope.id, z, x, y))
    response.content_type = "application/vnd.mapbox-vector-tile"
    response.set_etag(etag)
    response.cache_control.private = True
    response.cache_control.max_age = _FRESH_S
    return response


@blueprint.post("/places")
@needs(MODERATE)
def find_places() -> dict[str, Any]:
    """Find places by the typed beginning of their name.

    The request is a POST, because people's words belong in no address and so in no access log.
    """
    connection = get_connection()
    return {"places": [describe_hit(hit) for hit in list_hits(connection, get_scope(connection).id)]}


def list_hits(connection: Connection, campaign_id: int) -> list[Hit]:
    """List the places that match the form of this request, near the point that the form has."""
    return search_places(connection, campaign_id, request.form.get("place", ""), read_point(request.form))


def describe_hit(hit: Hit) -> dict[str, Any]:
    """Describe a place in the page's language, with its point in degrees and its radius in metres."""
    return {
        "name": hit.name,
        "kind": name_kind(hit.kind),
        "around": list(hit.around),
        "distance": "" if hit.distance_m is None else format_distance(hit.distance_m),
        "lat": round(hit.lat, 6),
        "lon": round(hit.lon, 6),
        "radius_m": round(hit.radius_m),
    }

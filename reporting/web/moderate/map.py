"""What the map of a report asks for: our own boundaries as vector tiles, and places by the beginning of their name."""

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

_FRESH_S = 60  # a tile is not asked for again within a minute, then only whether it has changed


@blueprint.get("/tiles/<int:z>/<int:x>/<int:y>.mvt")
@needs(MODERATE)
def show_tile(z: int, x: int, y: int) -> Response:
    """One tile of the boundaries and places of the campaign that the address names; 304 while nothing was loaded."""
    try:
        check_tile(z, x, y)
    except TileUnknown:
        abort(404)
    connection = get_connection()
    scope = get_scope(connection)
    # Not the version of all: what moderators teach moves no boundary, and they teach all day.
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
    """Places by what is typed. A POST: what people wrote belongs in no address and so in no log of addresses."""
    connection = get_connection()
    return {"places": [describe_hit(hit) for hit in list_hits(connection, get_scope(connection).id)]}


def list_hits(connection: Connection, campaign_id: int) -> list[Hit]:
    """What the form of this request looks for, near the point that it has."""
    return search_places(connection, campaign_id, request.form.get("place", ""), read_point(request.form))


def describe_hit(hit: Hit) -> dict[str, Any]:
    """A hit in words of the page's language, with its point in degrees and its radius in metres."""
    return {
        "name": hit.name,
        "kind": name_kind(hit.kind),
        "around": list(hit.around),
        "distance": "" if hit.distance_m is None else format_distance(hit.distance_m),
        "lat": round(hit.lat, 6),
        "lon": round(hit.lon, 6),
        "radius_m": round(hit.radius_m),
    }

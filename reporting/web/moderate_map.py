"""The moderators' base map: our own boundaries as vector tiles, no outside server."""

from flask import Blueprint, Response, abort

from geo.tile import TileUnknown, get_tile
from reporting.accounts.role import MODERATE
from reporting.web.guard import needs
from reporting.web.scope import get_scope
from reporting.web.transaction import get_connection

blueprint = Blueprint("moderate_map", __name__, url_prefix="/moderate")


@blueprint.get("/tiles/<int:z>/<int:x>/<int:y>.mvt")
@needs(MODERATE)
def show_tile(z: int, x: int, y: int) -> Response:
    """One tile of the boundaries and places of the campaign that the address names."""
    connection = get_connection()
    try:
        tile = get_tile(connection, get_scope(connection).id, z, x, y)
    except TileUnknown:
        abort(404)
    response = Response(tile, content_type="application/vnd.mapbox-vector-tile")
    response.cache_control.private = True
    response.cache_control.max_age = 3600  # boundaries hardly ever change
    return response

"""OGC API - Features and Tiles on a release, for map programs: its areas by level, with their figures.

One release is one API: its landing page is `/api/v1/releases/<id>/ogc`, which QGIS and GDAL take as it is.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from flask import Response, abort, jsonify, request
from marshmallow import INCLUDE, Schema, fields

from reporting.publishing.areas.features import (
    FeatureFilter,
    count_features,
    find_extent,
    list_features,
    name_attributes,
    title_attributes,
)
from reporting.publishing.release_info import ReleaseInfo
from reporting.web.api.blueprint import ApiBlueprint
from reporting.web.api.public_answer import DAY_S, get_public, kept_for, open_to_other_sites, write_cursor
from reporting.web.auth import for_anybody
from reporting.web.ogc.documents import (
    CONFORMS_TO,
    GEO_JSON,
    JSON,
    MATRIX_SET,
    SCHEMA_JSON,
    Document,
    describe_collection,
    describe_collections,
    describe_feature,
    describe_landing,
    describe_queryables,
    describe_tileset,
    describe_tilesets,
    find_level,
    link,
    locate,
)
from reporting.web.ogc.query import LIMIT, LIMIT_MOST, check_parameters, read_item_query
from reporting.web.public_release import get_open, make_address

blueprint = ApiBlueprint("api_ogc", __name__, description="Releases for map programs: OGC API - Features and Tiles.")
open_to_other_sites(blueprint)

_ROOT: Final = "/releases/<int:release_id>/ogc"
_COLLECTION: Final = f"{_ROOT}/collections/<collection>"
_FORMAT_DOC: Final = {"in": "query", "name": "f", "schema": {"type": "string", "enum": ["json"]}}
_ITEMS_DOC: Final = [
    {
        "in": "query", "name": "bbox", "style": "form", "explode": False, "schema": {
            "type": "array", "items": {"type": "number"}, "oneOf": [
                {"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]},
        "description": "Areas that meet this box: west, south, east, north in degrees.",
    },
    {
        "in": "query", "name": "limit",
        "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT},
    },
    {"in": "query", "name": "datetime", "schema": {"type": "string"}, "description": "A time or interval, RFC 3339."},
    {"in": "query", "name": "after", "schema": {"type": "string"}, "description": "From the link `next`."},
    {
        "in": "query", "name": "queryables", "style": "form", "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "description": "Properties that an area must have, each a parameter of its own: see the queryables.",
    },
    _FORMAT_DOC,
]  # fmt: skip


class _Link(Schema):
    href = fields.String()
    rel = fields.String()
    type = fields.String()
    title = fields.String()
    templated = fields.Boolean()


class _Landing(Schema):
    title = fields.String()
    description = fields.String()
    links = fields.List(fields.Nested(_Link))


class _Conformance(Schema):
    conformsTo = fields.List(fields.String())  # the standard's name


class _CollectionSchema(Schema):
    id = fields.String()
    title = fields.String()
    itemType = fields.String()
    crs = fields.List(fields.String())
    extent = fields.Dict()
    links = fields.List(fields.Nested(_Link))


class _Collections(Schema):
    links = fields.List(fields.Nested(_Link))
    collections = fields.List(fields.Nested(_CollectionSchema))


class _Feature(Schema):
    type = fields.String()
    id = fields.String()
    geometry = fields.Dict()
    properties = fields.Dict()
    links = fields.List(fields.Nested(_Link))


class _Features(Schema):
    type = fields.String()
    features = fields.List(fields.Nested(_Feature))
    links = fields.List(fields.Nested(_Link))
    numberMatched = fields.Integer()
    numberReturned = fields.Integer()


class _Document(Schema):
    """A document of another standard, which describes its fields."""

    class Meta:
        """More fields may be there."""

        unknown = INCLUDE

    title = fields.String()


@blueprint.get(_ROOT, strict_slashes=False)
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Landing)
@blueprint.doc(summary="OGC API: landing page of a release", parameters=[_FORMAT_DOC])
def show_landing(release_id: int) -> Response:
    """Show what the API of a release has."""
    return _answer(describe_landing(_open(release_id)))


@blueprint.get(f"{_ROOT}/conformance")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Conformance)
@blueprint.doc(summary="OGC API: conformance", parameters=[_FORMAT_DOC])
def show_conformance(release_id: int) -> Response:
    """List the classes of requirements that are kept."""
    _open(release_id)
    return _answer({"conformsTo": list(CONFORMS_TO)})


@blueprint.get(f"{_ROOT}/collections")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Collections)
@blueprint.doc(summary="OGC API: collections, one for each level of areas", parameters=[_FORMAT_DOC])
def show_collections(release_id: int) -> Response:
    """List the levels of areas of a release as collections of features."""
    release = _open(release_id)
    with get_public().begin() as connection:
        boxes = {level: find_extent(connection, release, level) for level in release.levels}
    return _answer(describe_collections(release, boxes))


@blueprint.get(_COLLECTION)
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _CollectionSchema)
@blueprint.doc(summary="OGC API: a collection", parameters=[_FORMAT_DOC])
def show_collection(release_id: int, collection: str) -> Response:
    """Describe the areas of one level."""
    release = _open(release_id)
    level = _find_level(release, collection)
    with get_public().begin() as connection:
        return _answer(describe_collection(release, level, find_extent(connection, release, level)))


@blueprint.get(f"{_COLLECTION}/queryables")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Document, content_type=SCHEMA_JSON)
@blueprint.doc(summary="OGC API: queryables", parameters=[_FORMAT_DOC])
def show_queryables(release_id: int, collection: str) -> Response:
    """Describe the properties by which areas can be filtered, as JSON Schema: one plain attribute a figure."""
    release = _open(release_id)
    level = _find_level(release, collection)
    return _answer(describe_queryables(release, level, _read_titles(release)), SCHEMA_JSON)


@blueprint.get(f"{_COLLECTION}/items")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Features, content_type=GEO_JSON)
@blueprint.doc(summary="OGC API: areas of a level with their figures", parameters=_ITEMS_DOC)
def show_items(release_id: int, collection: str) -> Response:
    """List areas by code, a page at a time, as GeoJSON."""
    release = get_open(release_id)
    level = _find_level(release, collection)
    with get_public().begin() as connection:
        query = read_item_query(release.period, name_attributes(connection, release).values())
        found = (
            []
            if query.is_outside
            else list_features(connection, release, level, query.asked, query.limit + 1, query.after)
        )
        matched = 0 if query.is_outside else count_features(connection, release, level, query.asked)
    page = found[: query.limit]
    links = [link("self", _here(request.args), GEO_JSON)]
    if len(found) > query.limit:
        links.append(link("next", _here({**request.args, "after": write_cursor([page[-1].code])}), GEO_JSON))
    links.append(link("collection", locate(release, "collections", collection), JSON))
    document = {
        "type": "FeatureCollection",
        "features": [describe_feature(release, collection, each) for each in page],
        "links": links,
        "numberMatched": matched,
        "numberReturned": len(page),
    }
    return _answer(document, GEO_JSON)


@blueprint.get(f"{_COLLECTION}/items/<path:area>")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Feature, content_type=GEO_JSON)
@blueprint.doc(summary="OGC API: an area with its figures", parameters=[_FORMAT_DOC])
def show_item(release_id: int, collection: str, area: str) -> Response:
    """Show one area by its code."""
    release = _open(release_id)
    level = _find_level(release, collection)
    if "\0" in area:
        abort(404)
    with get_public().begin() as connection:
        found = list_features(connection, release, level, FeatureFilter(code=area), 1)
    if not found:
        abort(404, "There is no area of this code.")
    described = describe_feature(release, collection, found[0])
    described["links"].append(link("collection", locate(release, "collections", collection), JSON))
    return _answer(described, GEO_JSON)


@blueprint.get(f"{_ROOT}/tiles")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Document)
@blueprint.doc(summary="OGC API: sets of tiles", parameters=[_FORMAT_DOC])
def show_tilesets(release_id: int) -> Response:
    """List the sets of vector tiles of a release."""
    return _answer(describe_tilesets(_open_with_areas(release_id)))


@blueprint.get(f"{_ROOT}/tiles/{MATRIX_SET}")
@for_anybody
@kept_for(DAY_S)
@blueprint.response(200, _Document)
@blueprint.doc(summary="OGC API: the set of tiles in Web Mercator", parameters=[_FORMAT_DOC])
def show_tileset(release_id: int) -> Response:
    """Describe the vector tiles of the finest areas: where they are, what their attributes mean."""
    release = _open_with_areas(release_id)
    with get_public().begin() as connection:
        box = find_extent(connection, release, release.deepest_level)
    return _answer(describe_tileset(release, box, _read_titles(release)))


def _open(release_id: int) -> ReleaseInfo:
    """Get the release of a request that takes no parameters."""
    check_parameters()
    return get_open(release_id)


def _open_with_areas(release_id: int) -> ReleaseInfo:
    release = _open(release_id)
    if not release.levels:
        abort(404, "The release has figures of the country alone.")
    return release


def _find_level(release: ReleaseInfo, collection: str) -> int:
    level = find_level(release, collection)
    if level is None:
        abort(404, "There is no collection of this name.")
    return level


def _read_titles(release: ReleaseInfo) -> dict[str, str]:
    with get_public().begin() as connection:
        return title_attributes(release, name_attributes(connection, release))


def _here(arguments: Mapping[str, str]) -> str:
    """Return the address of this request, with these parameters."""
    query = urlencode(dict(arguments))
    return make_address(request.path + (f"?{query}" if query else ""))


def _answer(document: Document, media_type: str = JSON) -> Response:
    response = jsonify(document)
    response.mimetype = media_type
    return response

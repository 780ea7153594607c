"""Documents of OGC API - Features and Tiles about a release: links, collections, queryables and the set of tiles."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from reporting.publishing.areas.features import AreaFeature, Box
from reporting.publishing.areas.tiles import DEEPEST_ZOOM, TILE_MEDIA_TYPE, find_column, find_row
from reporting.publishing.observations.days import find_days
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.release_info import ReleaseInfo
from reporting.web.api.blueprint import PREFIX
from reporting.web.public_release import make_address

Document = dict[str, Any]

JSON: Final = "application/json"
GEO_JSON: Final = "application/geo+json"
SCHEMA_JSON: Final = "application/schema+json"
MATRIX_SET: Final = "WebMercatorQuad"
CONFORMS_TO: Final = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/"
_CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_MERCATOR: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
_MATRIX_SET_URI: Final = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
_GREGORIAN: Final = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_COLLECTION: Final = "areas-"  # and the level
_TEXTS: Final = {
    "area_code": "Code of the area",
    "area_name": "Name of the area",
    "parent_code": "Code of the area above",
}
_SUPPRESSED: Final = "Rounded; null where it is too small to be shown, which is not zero"


def name_collection(level: int) -> str:
    """Name the collection of the areas of a level."""
    return f"{_COLLECTION}{level}"


def find_level(release: ReleaseInfo, collection: str) -> int | None:
    """Find the level of the areas of a collection; None where there is no such collection."""
    return next((level for level in release.levels if name_collection(level) == collection), None)


def locate(release: ReleaseInfo, *path: str) -> str:
    """Return the address of a resource of the release's API; its landing page without a path."""
    return make_address("/".join((f"{PREFIX}/releases/{release.id}/ogc", *(quote(part, safe="") for part in path))))


def link(rel: str, href: str, media_type: str, **more: Any) -> Document:
    """Make a link."""
    return {"rel": rel, "href": href, "type": media_type, **more}


def describe_landing(release: ReleaseInfo) -> Document:
    """Describe the API of a release with the links to everything in it."""
    return {
        "title": _title(release),
        "description": "Figures by area; each carries noise that protects the people in it. What people chose to send,"
        " not a sample.",
        "links": [
            link("self", locate(release), JSON, title="This page"),
            link("service-desc", make_address(f"{PREFIX}/openapi.json"), JSON, title="Description for machines"),
            link("service-doc", make_address(f"{PREFIX}/docs"), "text/html", title="Description as a page"),
            link("conformance", locate(release, "conformance"), JSON, title="What it conforms to"),
            link("data", locate(release, "collections"), JSON, title="Areas by level"),
            link(f"{_REL}tilesets-vector", locate(release, "tiles"), JSON, title="Vector tiles"),
            link("describedby", make_address(f"/data/releases/{release.id}"), "text/html", title="The release"),
            _link_licence(release),
        ],
    }


def describe_collections(release: ReleaseInfo, boxes: Mapping[int, Box | None]) -> Document:
    """Describe the collections of a release: one for each level of areas; `boxes` are around them."""
    return {
        "links": [link("self", locate(release, "collections"), JSON), link("root", locate(release), JSON)],
        "collections": [describe_collection(release, level, boxes[level]) for level in release.levels],
    }


def describe_collection(release: ReleaseInfo, level: int, box: Box | None) -> Document:
    """Describe the areas of a level."""
    name = name_collection(level)
    extent: Document = {"temporal": {"interval": [list(_write_days(release.period))], "trs": _GREGORIAN}}
    if box is not None:
        extent["spatial"] = {"bbox": [list(box)], "crs": _CRS84}
    links = [
        link("self", locate(release, "collections", name), JSON),
        link("items", locate(release, "collections", name, "items"), GEO_JSON),
        link(f"{_REL}queryables", locate(release, "collections", name, "queryables"), SCHEMA_JSON),
        _link_licence(release),
    ]
    if level == release.deepest_level:
        links.append(link(f"{_REL}tilesets-vector", locate(release, "tiles"), JSON))
    return {
        "id": name,
        "title": f"{_title(release)}: areas of level {level}",
        "itemType": "feature",
        "crs": [_CRS84],
        "extent": extent,
        "links": links,
    }


def describe_queryables(release: ReleaseInfo, level: int, titles: Mapping[str, str]) -> Document:
    """Describe the properties that items can be filtered by: texts of the area, and its figures by plain names."""
    name = name_collection(level)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": locate(release, "collections", name, "queryables"),
        "type": "object",
        "title": f"{_title(release)}: areas of level {level}",
        "properties": {"geometry": {"format": "geometry-multipolygon"}} | _describe_properties(titles),
        "additionalProperties": False,
    }


def describe_feature(release: ReleaseInfo, collection: str, feature: AreaFeature) -> Document:
    """Describe an area with its figures as a feature of GeoJSON; its properties are those of the release's file."""
    return {
        "type": "Feature",
        "id": feature.code,
        "geometry": feature.shape,
        "properties": {
            "area_code": feature.code, "area_name": feature.name, "level": feature.level,
            "parent_code": feature.parent_code, "period": release.period, **feature.figures,
        },
        "links": [link("self", locate(release, "collections", collection, "items", feature.code), GEO_JSON)],
    }  # fmt: skip


def describe_tilesets(release: ReleaseInfo) -> Document:
    """List the sets of tiles: one, of the finest areas."""
    return {
        "links": [link("self", locate(release, "tiles"), JSON)],
        "tilesets": [_describe_set(release, link("self", locate(release, "tiles", MATRIX_SET), JSON))],
    }


def describe_tileset(release: ReleaseInfo, box: Box | None, titles: Mapping[str, str]) -> Document:
    """Describe the set of tiles of the finest areas; the tiles are those under `/data`, with figures by plain names."""
    tiles = make_address(f"/data/releases/{release.id}/tiles/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.mvt")
    properties = {"code": "area_code", "name": "area_name"}
    described = _describe_set(
        release,
        link("self", locate(release, "tiles", MATRIX_SET), JSON),
        link("item", tiles, TILE_MEDIA_TYPE, templated=True),
        _link_licence(release),
    )
    layer: Document = {
        "id": "areas",
        "dataType": "vector",
        "geometryDimension": 2,
        "propertiesSchema": {
            "type": "object",
            "properties": {
                **{name: {"type": "string", "title": _TEXTS[known]} for name, known in properties.items()},
                "level": {"type": "integer"},
                **{name: {"type": "integer", "title": title} for name, title in titles.items()},
            },
        },
        "links": [link(f"{_REL}geodata", locate(release, "collections", name_collection(release.deepest_level)), JSON)],
    }
    return described | {
        "layers": [layer],
        "license": find_licence(release).name,
        "tileMatrixSetLimits": [] if box is None else [_limit_matrix(box, z) for z in range(DEEPEST_ZOOM + 1)],
    }


def _describe_set(release: ReleaseInfo, *links: Document) -> Document:
    return {
        "title": _title(release),
        "dataType": "vector",
        "crs": _MERCATOR,
        "tileMatrixSetURI": _MATRIX_SET_URI,
        "links": [*links, link(f"{_REL}tiling-scheme", _MATRIX_SET_URI, JSON)],
    }


def _limit_matrix(box: Box, z: int) -> Document:
    west, south, east, north = box
    return {
        "tileMatrix": str(z),
        "minTileRow": find_row(north, z), "maxTileRow": find_row(south, z),
        "minTileCol": find_column(west, z), "maxTileCol": find_column(east, z),
    }  # fmt: skip


def _describe_properties(titles: Mapping[str, str]) -> Document:
    texts = {name: {"type": "string", "title": title} for name, title in _TEXTS.items()}
    figures = {name: {"type": "integer", "title": title, "description": _SUPPRESSED} for name, title in titles.items()}
    return texts | figures


def _title(release: ReleaseInfo) -> str:
    return f"{release.campaign_name}: {release.cube}, {release.period}, version {release.version}"


def _link_licence(release: ReleaseInfo) -> Document:
    licence = find_licence(release)
    return link("license", licence.address or make_address(f"/data/releases/{release.id}"), "text/html")


def _write_days(period: str) -> Sequence[str | None]:
    """Write the first and the last moment of a period; nothing of one that has no end."""
    days = find_days(period)
    return (None, None) if days is None else (f"{days[0]}T00:00:00Z", f"{days[1]}T23:59:59Z")

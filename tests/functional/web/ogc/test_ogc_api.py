"""OGC API - Features 1.0 (17-069r4), queryables (19-079r2), OGC API - Tiles (20-057), requirement by requirement.

Each test names the requirements that it holds the answers against, by their identifiers in the standards.
"""

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from shapely.geometry import shape
from werkzeug.test import TestResponse

from reporting.aggregation.publication import withdraw_release
from reporting.bootstrap import Program

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
ITEMS = "/collections/areas-2/items"


@pytest.fixture
def root(release_id: int) -> str:
    """The path of the landing page."""
    return f"/api/v1/releases/{release_id}/ogc"


def follow(client: FlaskClient, document: dict[str, Any], rel: str) -> TestResponse:
    """The answer behind the only link of a relation."""
    [found] = [each for each in document["links"] if each["rel"] == rel]
    parts = urlsplit(found["href"])
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == found["type"]
    return answer


def list_ids(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [feature["id"] for feature in answer.json["features"]]


def test_the_landing_page_leads_to_everything(client: FlaskClient, root: str) -> None:
    """/req/core/root-success, /req/core/api-definition-success, /req/core/conformance-success."""
    for path in (root, f"{root}/"):
        assert client.get(path).status_code == 200
    landing = client.get(root).json
    assert follow(client, landing, "self").json == landing
    assert follow(client, landing, "service-desc").json["openapi"].startswith("3.0")
    assert follow(client, landing, "service-doc").mimetype == "text/html"
    declared = follow(client, landing, "conformance").json["conformsTo"]
    for name in ("features-1/1.0/conf/core", "features-1/1.0/conf/geojson", "tiles-1/1.0/conf/mvt"):
        assert f"http://www.opengis.net/spec/ogcapi-{name}" in declared
    assert len(follow(client, landing, "data").json["collections"]) == 2


def test_the_page_of_the_release_leads_to_the_landing_page(client: FlaskClient, release_id: int, root: str) -> None:
    assert f'href="{root}"' in client.get(f"/data/releases/{release_id}").text


def test_the_description_of_the_api_has_each_of_its_addresses(client: FlaskClient) -> None:
    """/req/core/api-definition-op."""
    paths = client.get("/api/v1/openapi.json").json["paths"]
    root = "/api/v1/releases/{release_id}/ogc"
    within = ("", "/conformance", "/collections", "/collections/{collection}", "/collections/{collection}/items")
    assert {root + path for path in within} <= set(paths)
    assert f"{root}/collections/{{collection}}/items/{{area}}" in paths
    parameters = paths[f"{root}/collections/{{collection}}/items"]["get"]["parameters"]
    assert {"bbox", "limit", "datetime"} <= {each["name"] for each in parameters}


def test_collections_are_the_levels_of_areas(client: FlaskClient, root: str) -> None:
    """/req/core/fc-md-success, fc-md-links, fc-md-items, fc-md-items-links, fc-md-extent, sfc-md-success."""
    document = client.get(f"{root}/collections").json
    assert follow(client, document, "self").json == document
    assert [each["id"] for each in document["collections"]] == ["areas-1", "areas-2"]
    for collection in document["collections"]:
        assert client.get(f"{root}/collections/{collection['id']}").json == collection
        assert collection["itemType"] == "feature"
        assert collection["extent"]["spatial"]["bbox"] == [[84, 27, 91, 28]]
        assert collection["extent"]["temporal"]["interval"] == [["2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z"]]
        assert follow(client, collection, "items").json["type"] == "FeatureCollection"
    assert client.get(f"{root}/collections/areas-3").status_code == 404


def test_items_are_the_areas_with_the_figures_of_the_file(client: FlaskClient, root: str, release_id: int) -> None:
    """/req/core/fc-op, fc-response, fc-links, fc-numberMatched, fc-numberReturned; /req/geojson/content."""
    answer = client.get(root + ITEMS)
    assert answer.mimetype == "application/geo+json"
    document = answer.json
    assert list_ids(answer) == ["east", "is/le", "west"]
    assert (document["numberMatched"], document["numberReturned"]) == (3, 3)
    assert {link["rel"] for link in document["links"]} == {"self", "collection"}
    file = client.get(f"/data/releases/{release_id}.geojson").json
    figures = {feature["id"]: feature["properties"] for feature in file["features"]}
    for feature in document["features"]:
        told = feature["properties"]
        assert {name: told[name] for name in figures[feature["id"]]} == figures[feature["id"]]
        assert shape(feature["geometry"]).is_valid
    assert figures["east"]["people_sex_F"] > 0
    assert figures["west"]["people"] is None
    above = client.get(f"{root}/collections/areas-1/items").json["features"]
    assert [feature["id"] for feature in above] == ["country", "is/le"]


def test_an_item_is_found_by_its_code(client: FlaskClient, root: str) -> None:
    """/req/core/f-op, f-success, f-links."""
    for listed in client.get(root + ITEMS).json["features"]:
        item = follow(client, listed, "self").json
        assert {**item, "links": listed["links"]} == listed
        assert follow(client, item, "self").json == item
        assert follow(client, item, "collection").json["id"] == "areas-2"
    for code in ("north", "country", "%00"):
        assert client.get(f"{root}{ITEMS}/{code}").status_code == 404


def test_pages_follow_each_other_by_key(client: FlaskClient, root: str) -> None:
    """/req/core/fc-limit-response-1, rec fc-next."""
    answer, seen = client.get(f"{root}{ITEMS}?limit=1"), []
    while True:
        seen += list_ids(answer)
        assert (answer.json["numberMatched"], answer.json["numberReturned"]) == (3, 1)
        if not any(link["rel"] == "next" for link in answer.json["links"]):
            break
        answer = follow(client, answer.json, "next")
    assert seen == ["east", "is/le", "west"]
    assert len(list_ids(client.get(f"{root}{ITEMS}?limit=100000"))) == 3  # more than the most is the most, no error


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ("85.2,27.2,85.4,27.4", ["east"]),
        ("84,27,86,28", ["east", "west"]),
        ("89,-90,100,90", ["is/le"]),
        ("84.2,27.2,0,84.4,27.4,9000", ["west"]),
        ("10,10,20,20", []),
        ("90.5,-80,84.5,80", ["is/le", "west"]),  # over the antimeridian
    ],
)
def test_a_box_finds_the_areas_that_meet_it(client: FlaskClient, root: str, box: str, found: list[str]) -> None:
    """/req/core/fc-bbox-definition, fc-bbox-response."""
    answer = client.get(f"{root}{ITEMS}?bbox={box}")
    assert list_ids(answer) == found
    assert answer.json["numberMatched"] == len(found)


@pytest.mark.parametrize(
    ("time", "is_met"),
    [
        ("2026-11-10T00:00:00Z", True),
        ("2026-10-31T23:59:59Z", False),
        ("2026-11-30T00:00:00Z/..", True),
        ("../2026-10-01T00:00:00Z", False),
        ("/2026-11-01T00:00:00%2B05:45", True),
        ("2026-12-01T00:00:00Z/2026-12-02T00:00:00Z", False),
    ],
)
def test_a_time_finds_the_areas_of_its_period(client: FlaskClient, root: str, time: str, is_met: bool) -> None:
    """/req/core/fc-time-definition, fc-time-response."""
    assert len(list_ids(client.get(f"{root}{ITEMS}?datetime={time}"))) == 3 * is_met


def test_items_are_filtered_by_the_queryables_and_nothing_else(client: FlaskClient, root: str) -> None:
    """/req/queryables/get-queryables-response, queryables-link; /req/queryables-query-parameters/parameters."""
    collection = client.get(f"{root}/collections/areas-2").json
    answer = follow(client, collection, f"{REL}queryables")
    described = answer.json
    assert answer.mimetype == "application/schema+json"
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert urlsplit(described["$id"]).path == f"{root}/collections/areas-2/queryables"
    assert (described["type"], described["additionalProperties"]) == ("object", False)
    simple = {name: each for name, each in described["properties"].items() if name != "geometry"}
    assert simple["people_sex_F"]["title"] == "People who reported, Sex: Female"
    assert simple["people_water"]["title"] == "People who reported, Topic: Water"
    [east] = client.get(f"{root}{ITEMS}?area_code=east").json["features"]
    for name, each in simple.items():
        assert each["type"] in ("string", "integer")
        value = east["properties"][name]
        if value is not None:
            assert "east" in list_ids(client.get(root + ITEMS, query_string={name: value})), name
    assert list_ids(client.get(f"{root}{ITEMS}?people={east['properties']['people']}&area_name=West")) == []
    assert list_ids(client.get(f"{root}{ITEMS}?people=1")) == []
    assert list_ids(client.get(f"{root}{ITEMS}?parent_code=country&limit=1")) == ["east"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=x", "limit=1&limit=2", "bbox=1,2,3", "bbox=1,2,3,x", "bbox=nan,1,2,3", "bbox=1,9,2,8",
        "bbox=0,0,200,10", "datetime=x", "datetime=../..", "datetime=2026-12-01T00:00:00Z/2026-11-01T00:00:00Z",
        "after=x", "f=html", "people=many", "people_estimate=1", "unknown=1",
    ],
)  # fmt: skip
def test_what_is_unknown_or_wrong_is_refused(client: FlaskClient, root: str, query: str) -> None:
    """/req/core/query-param-unknown, query-param-invalid."""
    answer = client.get(f"{root}{ITEMS}?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_other_addresses_take_no_parameter_but_the_format(client: FlaskClient, root: str) -> None:
    """/req/core/query-param-unknown."""
    for path in ("", "/conformance", "/collections", "/collections/areas-2", "/tiles", f"{ITEMS}/east"):
        assert client.get(f"{root}{path}?f=json").status_code == 200
        assert client.get(f"{root}{path}?limit=1").status_code == 400


def test_tiles_are_found_by_their_description(client: FlaskClient, root: str) -> None:
    """/req/tileset/description, /req/tilesets-list/tileset-path, tileset-links, /req/dataset-tilesets/landingpage."""
    listed = follow(client, client.get(root).json, f"{REL}tilesets-vector").json
    [item] = listed["tilesets"]
    described = follow(client, item, "self").json
    for each in (item, described):
        assert (each["dataType"], each["crs"]) == ("vector", "http://www.opengis.net/def/crs/EPSG/0/3857")
        assert each["tileMatrixSetURI"].endswith("/WebMercatorQuad")
        assert [link["rel"] for link in each["links"]].count(f"{REL}tiling-scheme") == 1
    [tiles] = [link for link in described["links"] if link["rel"] == "item"]
    assert tiles["templated"] is True
    limits = described["tileMatrixSetLimits"]
    assert [each["tileMatrix"] for each in limits] == [str(z) for z in range(19)]
    sixth = limits[6]
    path = urlsplit(tiles["href"]).path
    for names in (("minTileRow", "minTileCol"), ("maxTileRow", "maxTileCol")):
        row, column = (str(sixth[name]) for name in names)
        filled = path.replace("{tileMatrix}", "6").replace("{tileRow}", row).replace("{tileCol}", column)
        answer = client.get(filled)
        assert (answer.status_code, answer.mimetype) == (200, tiles["type"])
        assert b"areas" in answer.data
    [layer] = described["layers"]
    assert layer["propertiesSchema"]["properties"]["people_sex_F"]["title"] == "People who reported, Sex: Female"


def test_pages_of_other_sites_may_read_it_and_a_withdrawn_release_is_gone(
    client: FlaskClient, program: Program, root: str, release_id: int
) -> None:
    answer = client.get(root + ITEMS)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(root + ITEMS, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    with program.owner.begin() as connection:
        withdraw_release(connection, release_id, "wrong", None)
    for path in ("", "/collections", ITEMS, f"{ITEMS}/east", "/tiles/WebMercatorQuad"):
        assert client.get(root + path).status_code == 410
    assert client.get("/api/v1/releases/9999/ogc").status_code == 404

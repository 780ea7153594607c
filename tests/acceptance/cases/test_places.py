"""What is loaded is what was given: letters, shapes and names of places, and how people write these names."""

import json
from collections.abc import Mapping
from typing import Final

import pytest

from tests.acceptance.cases.ground import Ground, collect, feature, make_ground, succeed, write_table
from tests.acceptance.cases.shapefile import write_shapefile
from tests.acceptance.installation import Installation

Point = tuple[float, float]
_NEAR_DEG: Final = 0.3
UTF8, LATIN = "utf-8", "cp1252"
# Encodings of each name, the byte of the table that tells of letters, what the .cpg says.
SHAPEFILES: Final[dict[str, tuple[dict[str, str], int, str | None]]] = {
    "no word of UTF-8": ({"Léogâne": UTF8, "धुलिखेल": UTF8}, 0, None),
    "a wrong byte": ({"Léogâne": UTF8, "पोखरा": UTF8}, 0x57, None),
    "a wrong cpg": ({"Léogâne": UTF8, "Jérémie": UTF8}, 0, "ISO-8859-1"),
    "a cpg of UTF-8 beside Latin letters": ({"Léogâne": LATIN, "L’Asile": LATIN}, 0, "UTF-8"),
    "mixed": ({"Léogâne": LATIN, "Māngere": UTF8, "L’Asile": LATIN}, 0, None),
    "Arabic by its page": ({"تعز": "cp1256", "عدن": "cp1256"}, 0, "1256"),
}


@pytest.mark.parametrize("name", SHAPEFILES)
def test_names_of_shapefiles_keep_their_letters(haiti: Ground, name: str) -> None:
    """Case 02: UTF-8 that nobody mentions, wrong labels, rows of several encodings, quotation marks of Windows."""
    names, language, cpg = SHAPEFILES[name]
    points = {text.encode(encoding): (18.0, -72.0 + n) for n, (text, encoding) in enumerate(names.items())}
    path = write_shapefile(haiti.folder / name, points, language, cpg)
    succeed(haiti.try_command("gazetteer", "load", path, "--name-field", "NAME", "--source", name))
    assert haiti.list_places(name).keys() == names.keys()


ARABIC: Final[dict[str, Point | None]] = {
    "صنعاء": (15.35, 44.21), "عدن": (12.78, 45.03), "تعز": (13.58, 44.02), "إب": (13.97, 44.18),
    "درعا": (32.62, 36.10), "إعزاز": (36.59, 37.04), "عمان": (31.95, 35.93),
    "انقطع الماء في صنعاء منذ أسبوع": (15.35, 44.21), "لا ماء في تعز منذ يومين": (13.58, 44.02),
    "لا ماء في قريتنا": None, "لا يوجد ماء في البيت": None, "نحن بخير الحمد لله": None, "حي في صعدة": (16.94, 43.76),
}  # fmt: skip


@pytest.fixture(scope="module")
def arabic(shared: Installation) -> Mapping[str, Point | None]:
    """Where Arabic texts are found, with the towns of the shipped package."""
    made = make_ground(shared, "arabic", "YE", "ar", "en")
    for country in ("YE", "SY", "JO"):
        made.command("gazetteer", "load", "--country", country)
    return made.locate(*ARABIC)


@pytest.mark.parametrize("text", ARABIC)
def test_short_arabic_names_are_found_and_words_are_no_places(arabic: Mapping[str, Point | None], text: str) -> None:
    """Case 09: Sanaa, Aden, Taiz, Ibb, Daraa, Azaz, Amman; "water in" is no place."""
    assert is_near(arabic[text], ARABIC[text]), arabic[text]


def is_near(found: Point | None, point: Point | None) -> bool:
    """Whether two points are near each other, or none is one."""
    if found is None or point is None:
        return found is point
    return max(abs(found[0] - point[0]), abs(found[1] - point[1])) < _NEAR_DEG


FLAT: Final = {
    "spike": ("Polygon", [[[-72.6, 18.5], [-72.5, 18.5], [-72.6, 18.5]]]),
    "in a line": ("Polygon", [[[-72.6, 18.5], [-72.5, 18.5], [-72.4, 18.5], [-72.6, 18.5]]]),
    "one corner": ("Polygon", [[[-72.6, 18.5], [-72.6, 18.5], [-72.6, 18.5], [-72.6, 18.5]]]),
    "several": ("MultiPolygon", [[[[-72.6, 18.5], [-72.5, 18.5], [-72.6, 18.5]]]]),
    "no corner": ("Polygon", [[]]),
    "a line of one point": ("LineString", [[-72.6, 18.5], [-72.6, 18.5]]),
}


def test_a_shape_without_an_area_stops_no_others(haiti: Ground) -> None:
    """Case 15: flat polygons in GeoJSON; the place before and the one behind them are loaded."""
    shapes = [feature(kind, coordinates, name=f"Flat {name}") for name, (kind, coordinates) in FLAT.items()]
    first, last = (feature("Point", [-72.63, 18.5 + n / 10], name=f"Place {n}") for n in (1, 2))
    ended = haiti.load_places("flat.geojson", collect(first, *shapes, last))
    assert haiti.list_places("flat.geojson").keys() >= {"Place 1", "Place 2"}, ended.stderr[-300:]


_WAYS: Final = """<?xml version="1.0"?><osm version="0.6"><node id="1" lat="18.5" lon="-72.6"/>
<node id="2" lat="18.5" lon="-72.5"/><node id="3" lat="18.5" lon="-72.4"/>
<node id="4" lat="18.6" lon="-72.4"><tag k="name" v="Pwent"/><tag k="amenity" v="clinic"/></node>
<way id="5"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="name" v="Lekòl Plat"/>
<tag k="amenity" v="school"/></way></osm>"""


def test_a_way_without_an_area_stops_no_others(haiti: Ground) -> None:
    """Case 15: the same in an extract of OpenStreetMap."""
    ended = haiti.load_places("flat.osm", _WAYS)
    assert "Pwent" in haiti.list_places("flat.osm"), ended.stderr[-300:]


def test_what_overpass_gives_is_read(haiti: Ground) -> None:
    """Case 26: the JSON that people have of OpenStreetMap."""
    elements = [
        {"type": "node", "id": 1, "lat": 18.51, "lon": -72.63, "tags": {"name": "Ponp", "amenity": "clinic"}},
        {"type": "way", "id": 2, "center": {"lat": 18.52, "lon": -72.6}, "tags": {"name": "Legliz", "place": "town"}},
        {"type": "way", "id": 3, "nodes": [4, 5], "tags": {"name": "Ri Dlo", "highway": "residential"}},
        {"type": "node", "id": 4, "lat": 18.53, "lon": -72.61}, {"type": "node", "id": 5, "lat": 18.53, "lon": -72.59},
    ]  # fmt: skip
    text = json.dumps({"version": 0.6, "generator": "Overpass API", "elements": elements})
    succeed(haiti.load_places("overpass.json", text))
    assert haiti.list_places("overpass.json") == {
        "Ponp": (18.51, -72.63), "Legliz": (18.52, -72.6), "Ri Dlo": (18.53, -72.6),
    }  # fmt: skip


SEVERAL: Final = {
    "Bon Repos;Bonrepo": ["bon repos", "bonrepo"],
    "Ti Rivyè (Petite Rivière)": ["ti rivye", "petite riviere"],
    "Kafou Fey / Carrefour Feuilles": ["kafou fey", "carrefour feuilles"],
    "Centre de Santé de Lascahobas [CSL]": ["centre de sante de lascahobas", "csl"],
    "Sen Michèl - Latalay": ["sen michel", "latalay"],
    "N°3 Dubuisson": ["dubuisson"],
    "Grangou|Grand Goût": ["grangou", "grand gout"],
    "Mirebalais – Mibalè": ["mirebalais", "mibale"],
    "Kisumu (formerly Ugowe, Kisuma)": ["kisumu", "ugowe", "kisuma"],
    "Bainet alias Benè": ["bainet", "bene"],
}
ELIDED: Final = {
    "L'Estère": ["lestere", "lestè", "dlo nan lestere"], "Anse d'Hainault": ["anse dhainault"], "L'Asile": ["lasile"],
    "Pau d'Alho": ["pau dalho"], "Ville-d'Avray": ["ville davray"],
}  # fmt: skip
SPELLINGS: Final = {
    said: 18.1 + n / 10 for n, names in enumerate([*SEVERAL.values(), *ELIDED.values()]) for said in names
}


@pytest.fixture(scope="module")
def named(shared: Installation) -> Mapping[str, Point | None]:
    """Where what people say for the places of a list is found; they lie a tenth of a degree from each other."""
    made = make_ground(shared, "names", "HT", "ht", "fr", "pt")
    rows = [(name, f"{18.1 + n / 10:.1f}", "-72.5") for n, name in enumerate([*SEVERAL, *ELIDED])]
    path = write_table(made.folder / "names.csv", ["name", "lat", "lon"], rows)
    succeed(made.try_command("gazetteer", "load", path))
    return made.locate(*SPELLINGS)


@pytest.mark.parametrize("said", [said for names in SEVERAL.values() for said in names])
def test_each_of_several_names_in_one_is_found(named: Mapping[str, Point | None], said: str) -> None:
    """Case 29: names that hold two, or a remark."""
    assert named[said] == pytest.approx((SPELLINGS[said], -72.5))


@pytest.mark.parametrize("said", [said for names in ELIDED.values() for said in names])
def test_elision_may_be_written_together(named: Mapping[str, Point | None], said: str) -> None:
    """Case 30: an article and a name without the sign between them."""
    assert named[said] == pytest.approx((SPELLINGS[said], -72.5))

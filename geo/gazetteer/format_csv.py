"""Places of tables: the project's own CSV, lists of facilities and schools, and lists of names by P-code."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from geo.errors import MissingColumn
from geo.gazetteer.format_geonames import SCHEME as GEONAMES
from geo.gazetteer.parse_row import find_text_fault, make_row, split_names
from geo.gazetteer.place_types import group_of, kind_of_words
from geo.gazetteer.table_reader import Line, plain_header, read_sheet
from geo.types import NameRow, PlaceRow, Refusal

# What lists of places, of health facilities and of schools call their columns, the surest first (`plain_header`).
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "name", "facility_name", "health_facility_name", "school_name", "site_name", "place_name", "facility",
        "health_facility", "school", "official_name", "nom", "nom_fr", "nom_etablissement", "nom_de_l_etablissement",
        "nom_du_site", "nombre", "jina", "fac_name", "facilityname", "schoolname", "name_en", "libelle", "label",
    ),
    "lat": (
        "lat", "latitude", "y", "lat_dd", "gps_latitude", "latitude_dd", "y_coord", "latitud", "gps_lat", "ycoord",
        "facility_latitude", "dec_lat",
    ),
    "lon": (
        "lon", "lng", "long", "longitude", "x", "lon_dd", "long_dd", "gps_longitude", "longitude_dd", "x_coord",
        "longitud", "gps_long", "gps_lon", "xcoord", "facility_longitude", "dec_long",
    ),
    "id": (
        "id", "geonameid", "osm_id", "source_id", "uuid", "facility_id", "facility_code", "school_code", "school_id",
        "facility_n", "mfl_code", "code", "site_id", "emis_code", "dhis2_id", "globalid",
    ),
    "names": ("alternatenames", "alternate_names", "alt_name", "alt_names", "names", "other_names", "autres_noms"),
    "kind": (
        "kind", "feature_code", "featurecode", "fcode", "place", "highway", "amenity", "healthcare", "facility_type",
        "fac_type", "type", "school_type", "school_level", "category", "ownership_type", "type_etablissement",
        "facility_t", "fclass",
    ),
    "population": ("population", "pop", "people"),
}  # fmt: skip
_NEEDED: Final = ("name", "lat", "lon")
# A list that says by its own columns what all its rows are.
_GROUPS_OF_LISTS: Final = frozenset({"health", "pharmacy", "education"})
_WHOLE: Final = (
    (frozenset({"school_name", "school", "schoolname", "emis_code", "school_code"}), "school"),
    (frozenset({"health_facility_name", "health_facility", "mfl_code", "dhis2_id"}), "clinic"),
)

# ADM2_PCODE, adm2_pcode, ADM2_Pcode; and beside it ADM2_EN, ADM2_FR, ADM2_REF, ADM2ALT1EN, adm2_name, adm2_name1.
_PCODE: Final = re.compile(r"(?i)^adm(?:in)?([0-6])_?p?code$")
_PNAME: Final = re.compile(
    r"(?i)^adm(?:in)?([0-6])(?:_?(?:name|ref_?name|ref))?_?(?:alt)?_?[0-3]?(?:name)?_?([a-z]{2,3})?[0-3]?$"
)


def has_pcodes(header: list[str]) -> bool:
    """Whether a table lists names by P-code."""
    return any(_PCODE.match(name.strip()) for name in header)


def has_points(header: list[str]) -> bool:
    """Whether a table lists things with a name and coordinates."""
    columns = {plain_header(name) for name in header}
    return all(columns.intersection(_COLUMNS[field]) for field in _NEEDED)


def read_csv(path: Path, name_field: str | None = None, kind: str | None = None) -> Iterator[PlaceRow | Refusal]:
    """A table (CSV, XLSX) with a header: a name, latitude and longitude, and any of other names (separated by `|`,
    `;` or commas), kind, population and id, under the names such lists give them."""
    header, lines = read_sheet(path)
    columns = _find_columns(path, header, name_field)
    scheme = GEONAMES if plain_header(columns.get("id", "")) == "geonameid" else ""
    plain = {plain_header(name) for name in header}
    whole = kind or next((each for names, each in _WHOLE if plain & names), None)
    for line in lines:
        yield _place_of(line, columns, scheme, whole, kind)


def _find_columns(path: Path, header: list[str], name_field: str | None) -> dict[str, str]:
    by_plain = {plain_header(name): name for name in reversed(header)}
    found = {
        field: by_plain[name]
        for field, names in _COLUMNS.items()
        for name in [next((each for each in names if each in by_plain), "")]
        if name
    }
    if name_field is not None:
        if name_field not in header:
            raise MissingColumn(path, f"no column {name_field}, it has {', '.join(header)}", 1)
        found["name"] = name_field
    for field in _NEEDED:
        if field not in found:
            raise MissingColumn(path, f"no column {' or '.join(_COLUMNS[field][:2])}", 1)
    return found


def _place_of(
    line: Line, columns: Mapping[str, str], scheme: str, whole: str | None, forced: str | None
) -> PlaceRow | Refusal:
    cell = {field: line.cells.get(column, "") for field, column in columns.items()}
    kind = "road" if plain_header(columns.get("kind", "")) == "highway" else kind_of_words(cell.get("kind", ""))
    if forced or (whole and group_of(kind) not in _GROUPS_OF_LISTS):
        kind = forced or str(whole)
    return make_row(
        line.number, cell.get("id", ""), cell["name"], cell["lat"], cell["lon"], split_names(cell.get("names", "")),
        kind, cell.get("population", ""), scheme,
    )  # fmt: skip


def read_pcodes(path: Path) -> Iterator[NameRow | Refusal]:
    """The names that a list (COD-AB, CSV or XLSX) gives to areas by their P-code, each name of an area once."""
    header, lines = read_sheet(path)
    codes = {found[1]: name for name in header if (found := _PCODE.match(name.strip()))}
    names = [(name, found[1], (found[2] or "").casefold()) for name in header if (found := _PNAME.match(name.strip()))]
    names = [entry for entry in names if entry[1] in codes and entry[0] != codes[entry[1]]]
    if not codes or not names:
        raise MissingColumn(path, "no columns of P-codes with names (ADM1_PCODE and ADM1_EN, adm1_pcode, adm1_name)", 1)
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if not any(line.cells.get(column) for column in codes.values()):
            yield Refusal(line.number, "no P-code")
            continue
        for column, level, language in names:
            code, name = line.cells.get(codes[level], ""), " ".join(line.cells.get(column, "").split())
            if not code or not name or (code, name) in seen:
                continue
            seen.add((code, name))
            if fault := find_text_fault(code, name):
                yield Refusal(line.number, fault)
            else:
                yield NameRow(code, name, name, line.number, language if len(language) == 2 else "")

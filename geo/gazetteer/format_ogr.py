"""Reads shapefiles, GeoPackages and other formats of GDAL/OGR in batches, transformed to WGS 84."""

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
_RAW: Final = "ISO-8859-1"  # maps each byte to the character of the same number, so that no byte is lost


def read_features(path: Path, layer: str | None = None) -> Iterator[Feature]:
    """Read the features of one layer, the named one or the only one. Raises SourceError for an unreadable file."""
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
    """List the vector files in a zip."""
    return [name for name in list_members(path) if Path(name).suffix.lower() in SUFFIXES]


def _source_of(path: Path) -> str:
    """Return GDAL's path of a file; for a zip that of the one vector file in it."""
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
    """Decodes the text of a shapefile, cell by cell.

    Its declared encoding is often missing or wrong, and one file may have rows in several encodings. Other formats are
    UTF-8 by definition.
    """

    def __init__(self, source: str, declared: str | None) -> None:
        self.is_raw = source.endswith(_SHAPEFILE)
        self._declared = declared

    def read(self, cell: Any) -> Any:
        """Decode one cell, or the name of a field."""
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
    """Find the encoding that the file beside a shapefile (.cpg, .cst) declares; None without one."""
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
        # GDAL's message contains the path; its first clause says what is wrong.
        words = str(error).replace(str(path), path.name).split("\n", 1)[0].split(";", 1)[0].strip()
        raise SourceError(path, f"cannot be read: {words}") from error


def _plain(value: Any) -> Any:
    """Convert a numpy value to a plain one: None for missing values, int for numbers without decimals."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    plain = value.item() if hasattr(value, "item") else value
    return int(plain) if isinstance(plain, float) and plain.is_integer() and abs(plain) < 2**53 else plain


def _is_wgs84(crs: str) -> bool:
    return crs.upper() in {"EPSG:4326", "OGC:CRS84"}


def _check_degrees(path: Path, bounds: Any) -> None:
    """Check that coordinates without a declared system can be degrees; metres are larger. Raises SourceError."""
    if bounds is not None and any(abs(float(edge)) > limit for edge, limit in zip(bounds, (361, 91) * 2, strict=True)):
        raise SourceError(path, "no coordinate system given (.prj), and these are no degrees")


def _warp(source: str, layer: str) -> str:
    """Make the VRT description by which GDAL transforms a layer to degrees, feature by feature.

    Text that is declared as UTF-8 is passed through byte by byte, so that decoding happens only in `_Letters`.
    """
    unchanged = '<OpenOptions><OOI key="ENCODING">UTF-8</OOI></OpenOptions>' if source.endswith(_SHAPEFILE) else ""
    return (
        "<OGRVRTDataSource><OGRVRTWarpedLayer>"
        f"<OGRVRTLayer name={quoteattr(layer)}><SrcDataSource>{escape(os.fspath(source))}</SrcDataSource>"
        f"{unchanged}<SrcLayer>{escape(layer)}</SrcLayer></OGRVRTLayer><TargetSRS>OGC:CRS84</TargetSRS>"
        "</OGRVRTWarpedLayer></OGRVRTDataSource>"
    )

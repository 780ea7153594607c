"""Writes shapefiles of points byte by byte, so that the letters of their names may be in any encoding."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_WIDTH: Final = 80  # bytes of a field
_FILE_CODE, _VERSION, _POINT = 9994, 1000, 1
_HEADER_BYTES, _RECORD_BYTES = 100, 28  # a record: its number, its length, its kind, x and y


def write_shapefile(
    path: Path, points: Mapping[bytes, tuple[float, float]], language: int = 0, cpg: str | None = None
) -> Path:
    """Write points, latitude and longitude by name. `language` is the byte of the table that tells of letters."""
    path.with_suffix(".shp").write_bytes(_write_shapes(points))
    path.with_suffix(".shx").write_bytes(_write_index(len(points)))
    path.with_suffix(".dbf").write_bytes(_write_names(list(points), language))
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path.with_suffix(".shp")


def _write_header(length: int, box: tuple[float, float, float, float]) -> bytes:
    begin = struct.pack(">7i", _FILE_CODE, 0, 0, 0, 0, 0, length // 2) + struct.pack("<2i", _VERSION, _POINT)
    return begin + struct.pack("<8d", *box, 0, 0, 0, 0)


def _write_shapes(points: Mapping[bytes, tuple[float, float]]) -> bytes:
    records = b"".join(
        struct.pack(">2i", number, 10) + struct.pack("<i2d", _POINT, lon, lat)
        for number, (lat, lon) in enumerate(points.values(), start=1)
    )
    lats, lons = zip(*points.values(), strict=True)
    return _write_header(_HEADER_BYTES + len(records), (min(lons), min(lats), max(lons), max(lats))) + records


def _write_index(count: int) -> bytes:
    places = (_HEADER_BYTES + _RECORD_BYTES * number for number in range(count))
    return _write_header(_HEADER_BYTES + 8 * count, (0, 0, 0, 0)) + b"".join(
        struct.pack(">2i", place // 2, 10) for place in places
    )


def _write_names(names: list[bytes], language: int) -> bytes:
    head = struct.pack("<4BI2H16x2BH", 3, 126, 1, 1, len(names), 65, _WIDTH + 1, 0, language, 0)
    field = struct.pack("<11sc4xBB14x", b"NAME", b"C", _WIDTH, 0)
    return head + field + b"\r" + b"".join(b" " + name.ljust(_WIDTH) for name in names) + b"\x1a"

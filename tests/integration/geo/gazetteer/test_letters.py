"""Names are loaded with the letters that were meant, whatever encoding a file says or does not say it is in."""

import struct
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from geo.gazetteer.formats import read_features
from geo.gazetteer.name_encoding import decode_letters, mend_letters


def write_shapefile(folder: Path, names: list[bytes], declared: str | None, crs: str = "EPSG:4326") -> Path:
    """A shapefile whose names are these bytes and whose .cpg says `declared`."""
    path = folder / "places.shp"
    points = shapely.to_wkb(shapely.points([[-72, 18 + number / 10] for number in range(len(names))]))
    room = np.array(["x" * 40] * len(names), dtype=object)
    pyogrio.raw.write(str(path), geometry=points, field_data=[room], fields=["NAME"], geometry_type="Point", crs=crs)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = struct.unpack("<HH", table[8:12])
    for number, name in enumerate(names):
        table[start + number * width + 1 : start + (number + 1) * width] = name[: width - 1].ljust(width - 1)
    path.with_suffix(".dbf").write_bytes(table)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if declared is not None:
        path.with_suffix(".cpg").write_text(declared)
    return path


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32618"])
@pytest.mark.parametrize(
    ("names", "encodings", "declared"),
    [
        (["Léogâne", "धुलिखेल"], ["utf-8", "utf-8"], None),
        (["Léogâne", "धुलिखेल"], ["utf-8", "utf-8"], "ISO-8859-1"),
        (["Léogâne “x”"], ["cp1252"], None),
        (["Léogâne"], ["cp1252"], "UTF-8"),
        (["Léogâne", "Māngere", "Kpélé"], ["utf-8", "utf-8", "cp1252"], None),
        (["Москва"], ["cp1251"], "1251"),
        (["عدن"], ["cp1256"], "ANSI 1256"),
        (["Léogâne"], ["cp850"], "OEM 850"),
    ],
)
def test_a_shapefile_is_read_by_its_bytes(
    tmp_path: Path, names: list[str], encodings: list[str], declared: str | None, crs: str
) -> None:
    raw = [name.encode(encoding) for name, encoding in zip(names, encodings, strict=True)]
    found = read_features(write_shapefile(tmp_path, raw, declared, crs))
    assert [feature.properties["NAME"] for feature in found] == names


def test_a_name_that_is_cut_within_a_letter_loses_that_letter_alone() -> None:
    assert decode_letters("Jérémié".encode()[:-1]) == "Jérémi"


@pytest.mark.parametrize("name", ["Léogâne", "Ñandú", "São Tomé", "Łódź", "धुलिखेल", "Māngere", "عدن", "L’Estère"])
def test_what_was_read_in_a_wrong_encoding_is_put_right_and_told(name: str) -> None:
    for wrong in ("cp1252", "latin-1"):
        try:
            broken = name.encode().decode(wrong)
        except UnicodeDecodeError:
            continue
        mended, remark = mend_letters(broken)
        assert mended == name
        assert remark is not None
    assert mend_letters(name) == (name, None)


@pytest.mark.parametrize("name", ["L?og?ne", "L\ufffdog\ufffdne"])
def test_letters_that_are_lost_are_told(name: str) -> None:
    mended, remark = mend_letters(name)
    assert mended == name
    assert remark is not None


@pytest.mark.parametrize("name", ["Où?", "Why? Street", "École n° 3", "Â Kafou", "Île-à-Vache"])
def test_good_letters_are_left_alone(name: str) -> None:
    assert mend_letters(name) == (name, None)

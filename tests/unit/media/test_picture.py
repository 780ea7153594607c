"""A clean picture is upright, small enough, and has nothing in it but its pixels; what is no picture is refused."""

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from reporting.media import sanitise
from reporting.media.sanitise import (
    BROKEN,
    TOO_MANY_PIXELS,
    DecoderDied,
    PictureRefused,
    clean_picture,
    clean_picture_apart,
)
from tests.factories.picture import SECRET, make_bomb, make_file, make_image, make_photo

# Markers of a JPEG that say how it is coded: tables, frame, scan, its own header. All others hold what somebody says.
_CODING = {0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xE0, 0xDD}


def list_markers(data: bytes) -> list[int]:
    """The segments of a JPEG before its pixels, by their marker."""
    found, at = [], 2
    while True:
        assert data[at] == 0xFF
        marker = data[at + 1]
        found.append(marker)
        if marker == 0xDA:
            return found
        at += 2 + int.from_bytes(data[at + 2 : at + 4])


def open_jpeg(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_the_photo_of_the_tests_does_tell_where_it_was_taken() -> None:
    photo = make_photo()
    assert Image.open(io.BytesIO(photo)).getexif().get_ifd(0x8825)[2] == (27.0, 42.0, 15.3)
    assert photo.count(SECRET.encode()) >= 5


def test_nothing_but_pixels_is_left() -> None:
    clean = clean_picture(make_photo())
    for data in (clean.data, clean.thumbnail):
        image = open_jpeg(data)
        assert dict(image.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        assert set(list_markers(data)) <= _CODING
        assert data.endswith(b"\xff\xd9")
        assert SECRET.encode() not in data


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_every_kind_becomes_a_jpeg_with_the_same_pixels(kind: str) -> None:
    clean = clean_picture(make_file(kind))
    image = open_jpeg(clean.data)
    assert (image.format, image.size, (clean.width, clean.height)) == ("JPEG", (640, 480), (640, 480))
    left, right = image.getpixel((100, 240)), image.getpixel((540, 240))
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]
    assert SECRET.encode() not in clean.data


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [(1, (640, 480), (10, 240)), (3, (640, 480), (630, 240)), (6, (480, 640), (240, 10)), (8, (480, 640), (240, 630))],
)
def test_a_picture_is_turned_as_the_camera_was(
    orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    image = open_jpeg(clean_picture(make_photo(orientation=orientation)).data)
    assert image.size == size
    assert image.getpixel(red_at)[0] > 150


def test_a_large_picture_is_made_smaller_and_a_small_one_stays() -> None:
    large, small = clean_picture(make_photo((5000, 2500))), clean_picture(make_file("PNG", make_image((100, 50))))
    assert (large.width, large.height) == (2048, 1024)
    assert open_jpeg(large.thumbnail).size == (320, 160)
    assert (small.width, small.height) == (100, 50)
    assert open_jpeg(small.thumbnail).size == (100, 50)


def test_of_a_gif_the_first_frame_is_kept() -> None:
    data = make_file("GIF", save_all=True, append_images=[Image.new("RGB", (640, 480), (0, 250, 0))])
    assert open_jpeg(clean_picture(data).data).getpixel((100, 240))[0] > 150


def test_what_is_transparent_becomes_white() -> None:
    data = make_file("PNG", Image.new("RGBA", (50, 50), (0, 0, 0, 0)))
    assert min(open_jpeg(clean_picture(data).data).getpixel((25, 25))) > 250


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_unusual_kinds_of_pixels_can_be_kept(mode: str) -> None:
    kind = {"CMYK": "JPEG"}.get(mode, "PNG")
    assert clean_picture(make_file(kind, Image.new(mode, (64, 64)))).width == 64


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = make_bomb()
    assert len(bomb) < 200_000
    with pytest.raises(PictureRefused) as refused:
        clean_picture_apart(bomb)
    assert refused.value.reason == TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "data",
    [
        make_photo()[:2000],
        b"\xff\xd8\xff" + b"\x00" * 50,
        b"\x89PNG\r\n\x1a\n",
        make_file("PNG")[:-40],
        b"GIF89a" + b"\xff" * 30,
        make_file("TIFF"),
    ],
)
def test_what_cannot_be_decoded_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRefused) as refused:
        clean_picture_apart(data)
    assert refused.value.reason == BROKEN


def test_the_process_apart_gives_the_same_picture() -> None:
    assert clean_picture_apart(make_photo()) == clean_picture(make_photo())


@pytest.mark.parametrize("fault", ["import os; os.abort()", "while True: pass", "print('x')", "x = b'0' * (1 << 33)"])
def test_a_decoder_that_dies_or_hangs_ends_nothing_else(
    fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = (
        f"#!{sys.executable}\nimport resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n{fault}\n"
    )
    decoder = tmp_path / "decoder"
    decoder.write_text(script)
    decoder.chmod(0o700)
    monkeypatch.setattr(sanitise.sys, "executable", str(decoder))
    monkeypatch.setattr(sanitise, "_TIMEOUT_S", 1)
    with pytest.raises(DecoderDied):
        clean_picture_apart(make_photo())


def test_the_decoder_sees_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    decoder = tmp_path / "decoder"
    decoder.write_text(f"#!/bin/sh\nexport -p > {seen}\n")
    decoder.chmod(0o700)
    monkeypatch.setenv("CONTACT_PEPPER", "a-pepper-that-stays-out")
    monkeypatch.setattr(sanitise.sys, "executable", str(decoder))
    with pytest.raises(DecoderDied):
        clean_picture_apart(make_photo())
    assert "a-pepper-that-stays-out" not in seen.read_text()

"""Pictures as phones make them: with the place, the maker and the moment written into them."""

import io
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

SECRET = "a-name-that-must-go"  # stands in every field that a clean picture must not have
_ORIENTATION, _MAKE, _DESCRIPTION, _GPS, _EXIF = 0x0112, 0x010F, 0x010E, 0x8825, 0x8769


def make_image(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Red on the left half, blue on the right."""
    image = Image.new("RGB", size, (200, 20, 20))
    image.paste((20, 20, 200), (size[0] // 2, 0, size[0], size[1]))
    return image


def make_photo(size: tuple[int, int] = (640, 480), *, orientation: int = 1) -> bytes:
    """A JPEG with EXIF and the coordinates of a house, XMP, a colour profile, a comment, and bytes behind its end."""
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_MAKE], exif[_DESCRIPTION] = orientation, SECRET, SECRET
    exif.get_ifd(_GPS).update({1: "N", 2: (27.0, 42.0, 15.3), 3: "E", 4: (85.0, 19.0, 27.1), 29: "2026:11:22"})
    exif.get_ifd(_EXIF)[0x9003] = "2026:11:22 08:00:00"
    stream = io.BytesIO()
    make_image(size).save(
        stream, "JPEG", quality=90, exif=exif, comment=SECRET.encode(), icc_profile=_make_profile(),
        xmp=f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode(),
    )  # fmt: skip
    return stream.getvalue() + SECRET.encode()


def make_file(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """A file of the format, with a text in it where the format has one."""
    if kind == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("Author", SECRET)
    if kind == "GIF":
        options["comment"] = SECRET.encode()
    stream = io.BytesIO()
    (image or make_image()).save(stream, kind, **options)
    return stream.getvalue()


def make_bomb() -> bytes:
    """A PNG of a few kilobytes that says it has 20,000 times 20,000 pixels."""
    return make_file("PNG", Image.new("1", (20_000, 20_000)))


def _make_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

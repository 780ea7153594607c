"""Sanitises pictures: re-encodes the pixels upright, no larger than needed, without metadata (author, place, time).

Pictures of strangers are decoded in a child process (`python -m reporting.media.sanitise`), which has no secrets and
limited memory and time. A crash of the decoder therefore harms nothing else.
"""

import io
import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from config.errors import BarazaError, RequestRefused

LONGEST_PX: Final = 2048
THUMBNAIL_PX: Final = 320
MAX_PIXELS: Final = 50_000_000
CONTENT_TYPE: Final = "image/jpeg"

BROKEN: Final = "broken"
TOO_MANY_PIXELS: Final = "too_many_pixels"

_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_QUALITY: Final = 85
_THUMBNAIL_QUALITY: Final = 75
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_MAX_PROFILE_BYTES: Final = 1 << 20
_TIMEOUT_S: Final = 40
_CPU_S: Final = 30
_MEMORY_BYTES: Final = 1 << 30
_HEAD_BYTES: Final = 4  # size of the length field in front of the child's answer
_WHITE: Final = (255, 255, 255)


class PictureRefused(RequestRefused):
    """A picture that cannot be kept. `reason` is BROKEN or TOO_MANY_PIXELS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DecoderDied(BarazaError):
    """The decoder ended without a result: it crashed, or exceeded its time or memory."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A sanitised picture: JPEG bytes of it and of its thumbnail; `width` and `height` of the picture in pixels."""

    data: bytes
    thumbnail: bytes
    width: int
    height: int


def clean_picture_apart(data: bytes) -> CleanPicture:
    """Sanitise a picture in a child process. Raises PictureRefused and DecoderDied."""
    command = [sys.executable, "-m", "reporting.media.sanitise"]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=data, capture_output=True, timeout=_TIMEOUT_S, check=False, cwd=_ROOT, env={}
        )
    except subprocess.TimeoutExpired:
        raise DecoderDied from None
    if done.returncode != 0 or len(done.stdout) < _HEAD_BYTES:
        raise DecoderDied
    length = int.from_bytes(done.stdout[:_HEAD_BYTES])
    head, rest = json.loads(done.stdout[_HEAD_BYTES:][:length]), done.stdout[_HEAD_BYTES + length :]
    if "refused" in head:
        raise PictureRefused(head["refused"])
    return CleanPicture(rest[: head["size"]], rest[head["size"] :], head["width"], head["height"])


def clean_picture(data: bytes) -> CleanPicture:
    """Decode a JPEG, PNG, WebP or the first frame of a GIF; re-encode only its pixels as a JPEG and a thumbnail.

    Raises PictureRefused.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
            if source.width * source.height > MAX_PIXELS:
                raise PictureRefused(TOO_MANY_PIXELS)
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which takes less memory.
            source.draft(None, (LONGEST_PX, LONGEST_PX))
            picture = _make_plain(source)
    except Image.DecompressionBombError:
        raise PictureRefused(TOO_MANY_PIXELS) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):  # what decoders raise
        raise PictureRefused(BROKEN) from None
    thumbnail = picture.copy()
    thumbnail.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return CleanPicture(_encode(picture, _QUALITY), _encode(thumbnail, _THUMBNAIL_QUALITY), *picture.size)


def _make_plain(source: Image.Image) -> Image.Image:
    """Copy the pixels, upright, in sRGB and on white, to a new image without any metadata."""
    profile = source.info.get("icc_profile")
    upright = ImageOps.exif_transpose(source)
    upright.thumbnail((LONGEST_PX, LONGEST_PX))
    opaque = _flatten(upright)
    if profile and len(profile) <= _MAX_PROFILE_BYTES:
        opaque = _to_srgb(opaque, profile)
    plain = Image.new("RGB", opaque.size, _WHITE)
    plain.paste(opaque.convert("RGB"))
    return plain


def _flatten(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture if picture.mode in ("RGB", "CMYK", "L") else picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGB", layer.size, _WHITE)
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert colours to sRGB, so that the ICC profile can be dropped; unchanged if the profile does not fit."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture


def _encode(picture: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def _serve_one() -> None:
    """Run the child: read a picture from standard input, write the sanitised one to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not leave the picture on the disk
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        clean = clean_picture(sys.stdin.buffer.read())
        head = json.dumps({"size": len(clean.data), "width": clean.width, "height": clean.height}).encode()
        answer = len(head).to_bytes(_HEAD_BYTES) + head + clean.data + clean.thumbnail
    except PictureRefused as refusal:
        head = json.dumps({"refused": refusal.reason}).encode()
        answer = len(head).to_bytes(_HEAD_BYTES) + head
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    _serve_one()

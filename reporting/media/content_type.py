"""Detects the type of a file from its first bytes (magic numbers), never from its declared content type."""

import re
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The type of a media file. Pictures are sanitised, recordings are stored as they are, other types are refused."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    AMR = "audio/amr"
    OGG = "audio/ogg"
    MPEG = "audio/mpeg"
    MP4 = "audio/mp4"
    HEIC = "image/heic"
    VIDEO = "video"
    OTHER = "other"


PICTURES: Final = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.GIF})
RECORDINGS: Final = frozenset({Kind.AMR, Kind.OGG, Kind.MPEG, Kind.MP4})

_STARTS: Final = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"#!AMR", Kind.AMR),  # narrow band and, with -WB, wide band
    (b"ID3", Kind.MPEG),
    (b"\x1aE\xdf\xa3", Kind.VIDEO),  # Matroska, WebM
    (b"\x00\x00\x01\xba", Kind.VIDEO),  # MPEG program stream
)
_STILL_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
# In an MP4 file each track has a type: after `hdlr` come version and flags, four unused bytes, then the type.
_HANDLER: Final = re.compile(rb"hdlr.{8}(vide|soun)", re.DOTALL)
_OGG_SOUNDS: Final = (b"OpusHead", b"\x01vorbis", b"Speex   ")
_OGG_PICTURES: Final = (b"\x80theora", b"BBCD", b"\x01video")
_OGG_HEAD_BYTES: Final = 4096


def find_kind(data: bytes) -> Kind:
    """Detect the type from the first bytes; decoding shows later whether the rest is valid."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF":
        return {b"WEBP": Kind.WEBP, b"AVI ": Kind.VIDEO}.get(data[8:12], Kind.OTHER)
    if data[:4] == b"OggS":
        return _find_in_ogg(data[:_OGG_HEAD_BYTES])
    if data[4:8] == b"ftyp":
        return _find_in_mp4(data)
    if _is_mpeg_frame(data):
        return Kind.MPEG
    return Kind.OTHER


def _find_in_ogg(head: bytes) -> Kind:
    if any(mark in head for mark in _OGG_PICTURES):
        return Kind.VIDEO
    return Kind.OGG if any(mark in head for mark in _OGG_SOUNDS) else Kind.OTHER


def _find_in_mp4(data: bytes) -> Kind:
    if data[8:12] in _STILL_BRANDS:
        return Kind.HEIC
    tracks = set(_HANDLER.findall(data))
    if b"vide" in tracks:
        return Kind.VIDEO
    return Kind.MP4 if b"soun" in tracks else Kind.OTHER


def _is_mpeg_frame(data: bytes) -> bool:
    """Return whether the data begin with a frame of MPEG audio, layer III.

    Checks the 11 sync bits, and that version, layer, bit rate and sampling rate are valid.
    """
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    return version != 1 and layer == 1 and data[2] >> 4 not in (0, 15) and data[2] >> 2 & 3 != 3

"""What a file is stands in its bytes."""

import pytest

from reporting.media.content_type import Kind, find_kind
from tests.factories.picture import make_file, make_photo


def make_mp4(brand: bytes, *handlers: bytes) -> bytes:
    """The first boxes of an MP4 file with tracks of these handlers."""
    tracks = b"".join(b"\x00\x00\x00\x21hdlr" + b"\x00" * 8 + handler + b"\x00" * 13 for handler in handlers)
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 12 + tracks


def make_ogg(codec: bytes) -> bytes:
    """The first page of an Ogg stream."""
    return b"OggS" + b"\x00" * 24 + codec + b"\x00" * 40


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (make_photo(), Kind.JPEG),
        (make_file("PNG"), Kind.PNG),
        (make_file("WEBP"), Kind.WEBP),
        (make_file("GIF"), Kind.GIF),
        (b"#!AMR\n" + b"\x3c" * 32, Kind.AMR),
        (b"#!AMR-WB\n" + b"\x3c" * 32, Kind.AMR),
        (make_ogg(b"OpusHead"), Kind.OGG),
        (make_ogg(b"\x01vorbis"), Kind.OGG),
        (b"ID3\x04" + b"\x00" * 32, Kind.MPEG),
        (b"\xff\xfb\x90\x64" + b"\x00" * 32, Kind.MPEG),
        (make_mp4(b"M4A ", b"soun"), Kind.MP4),
        (make_mp4(b"3gp4", b"soun"), Kind.MP4),
        (make_mp4(b"M4A ", b"soun", b"vide"), Kind.VIDEO),
        (make_mp4(b"mp42", b"vide", b"soun"), Kind.VIDEO),
        (make_ogg(b"\x80theora"), Kind.VIDEO),
        (make_ogg(b"OpusHead" + b"\x80theora"), Kind.VIDEO),
        (b"\x1aE\xdf\xa3" + b"\x00" * 20, Kind.VIDEO),
        (b"RIFF\x00\x00\x00\x00AVI LIST", Kind.VIDEO),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 12, Kind.HEIC),
        (b"\x00\x00\x00\x18ftypmif1" + b"\x00" * 12, Kind.HEIC),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Kind.OTHER),
        (make_ogg(b"unknown"), Kind.OTHER),
        (make_mp4(b"mp42"), Kind.OTHER),
        (make_file("TIFF"), Kind.OTHER),
        (b"\xff\xff\xff\xff", Kind.OTHER),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", Kind.OTHER),
        (b"<!doctype html><script>1</script>", Kind.OTHER),
        (b"BEGIN:VCARD", Kind.OTHER),
        (b"%PDF-1.7", Kind.OTHER),
        (b"\xff", Kind.OTHER),
        (b"", Kind.OTHER),
    ],
)
def test_a_file_is_what_it_is(data: bytes, kind: Kind) -> None:
    assert find_kind(data) is kind

"""Detects the encoding of a table: UTF-8, UTF-16 or Windows-1252, by its byte order mark or its content."""

import codecs
from dataclasses import dataclass
from typing import IO, Final

_BLOCK: Final = 1 << 20
_SAMPLE: Final = 1 << 12
_FEWEST: Final = 20  # at least one in so many UTF-16 characters is ASCII
_ASCII: Final = bytes(range(128))
# First bytes of other file types, which people rename, and what they are.
_NO_TABLES: Final = (
    (b"PK\x03\x04", "a ZIP archive"), (b"PK\x05\x06", "an empty ZIP archive"), (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of old Excel, or with a password: save it as XLSX"),
    (b"SQLite format", "a database"), (b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "XML"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"{\\rtf", "a document of a word processor"),
)  # fmt: skip
WESTERN: Final = "cp1252"  # the default of spreadsheets on Windows
WESTERN_REMARK: Final = "not UTF-8: read as Western European (Windows-1252)"
_MENDED: Final = "windows-1252"  # name of the error handler below


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: the codec, the error handler for unknown bytes, and a remark for the user."""

    codec: str
    errors: str = "replace"
    remark: str | None = None


def find_fault(start: bytes) -> str | None:
    """Find from its first bytes what a file is that is no table; None where it may be one."""
    if b"opendocument.spreadsheet" in start:
        return "an OpenDocument spreadsheet: save it as XLSX or CSV"
    plain = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return next((kind for sign, kind in _NO_TABLES if start.startswith(sign) or plain.startswith(sign)), None)


def find_encoding(file: IO[bytes]) -> Encoding | None:
    """Detect the encoding of a file from its start on; reads all of it. None where it is no text."""
    block = file.read(_BLOCK)
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16")
    if (found := _find_bare_utf16(block[:_SAMPLE])) is not None:
        return Encoding(found, remark="UTF-16 without its mark: told from the zero bytes")
    codec = "utf-8-sig" if block.startswith(codecs.BOM_UTF8) else "utf-8"
    rest, kept, others, has_zero = b"", 0, 0, False
    while block:
        has_zero = has_zero or b"\x00" in block
        whole, rest = _cut_letters(rest + block)
        kept_bytes, other_bytes = _count_letters(whole)
        kept, others = kept + kept_bytes, others + other_bytes
        block = file.read(_BLOCK)
    others += len(rest)
    if not others:
        return Encoding(codec)
    if has_zero:
        return None
    # One broken character must not break all others: mostly valid UTF-8 is read as UTF-8.
    return Encoding(codec, _MENDED, WESTERN_REMARK) if kept > others else Encoding(WESTERN, remark=WESTERN_REMARK)


def _cut_letters(block: bytes) -> tuple[bytes, bytes]:
    """Split off an incomplete UTF-8 character at the end of a block, which continues in the next block."""
    for back in range(1, min(4, len(block)) + 1):
        if block[-back] >= 0xC0:
            length = 2 if block[-back] < 0xE0 else 3 if block[-back] < 0xF0 else 4
            return (block[:-back], block[-back:]) if length > back else (block, b"")
        if block[-back] < 0x80:
            break
    return block, b""


def _count_letters(block: bytes) -> tuple[int, int]:
    """Count the bytes beyond ASCII that are valid UTF-8, and those that are not."""
    if block.isascii():
        return 0, 0
    beyond = len(block.translate(None, _ASCII))
    kept = len(block.decode("utf-8", "ignore").encode().translate(None, _ASCII))
    return kept, beyond - kept


def _find_bare_utf16(sample: bytes) -> str | None:
    """Detect UTF-16 without a mark: separators and line ends are ASCII, so every second byte of them is zero."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if not even and not odd:
        return None
    if max(even, odd) * _FEWEST < len(sample) // 2:
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None
    is_text = not any(char < " " and char not in "\t\r\n" for char in text)
    return codec if is_text and any(char in text for char in ",;\t|\n") else None


def _read_western(error: UnicodeError) -> tuple[str, int]:
    """Decode the bytes that are not UTF-8 as Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode(WESTERN, "replace"), error.end


codecs.register_error(_MENDED, _read_western)

"""Character encodings of names: decodes bytes, and repairs text that was decoded wrongly (mojibake).

Shapefiles declare their encoding in a file that is often missing or wrong, and tables come from programs that guessed
wrongly before. A name with broken letters is never found by people who spell it correctly.
"""

import codecs
import re
from typing import Final

FALLBACK: Final = "windows-1252"  # for bytes that are not UTF-8 where nothing better is declared
_LATIN: Final = frozenset(
    {"iso8859-1", "iso8859-15", "cp1252", "ascii", "utf-8"}
)  # programs often declare these wrongly
# The look of UTF-8 (accented letters, other scripts, quotation marks) that was decoded as Windows-1252.
_HIGH: Final = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
_MOJIBAKE: Final = re.compile(f"[\u00c2-\u00f4][{_HIGH}]")
_BROKEN: Final = re.compile("[\ufffd\u0080-\u009f]")
_ASKED: Final = re.compile(r"(?<=[^\W\d_])\?+(?=[^\W\d_])")  # "L?og?ne": the letter is lost


def decode_letters(raw: bytes, declared: str | None = None) -> str:
    """Decode the bytes of a name: as UTF-8 if valid, else as declared, else as Windows-1252.

    A field that is too short may end within a UTF-8 character; that character is dropped.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not raw[: error.start].isascii():
            return raw[: error.start].decode("utf-8")
    for encoding in (_find_codec(declared), FALLBACK):
        if encoding is not None:
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
    return raw.decode("latin-1")


def mend_letters(text: str) -> tuple[str, str | None]:
    """Repair a name that was decoded wrongly ("LÃ©ogÃ¢ne"); returns the name, and a remark where something is wrong."""
    if _MOJIBAKE.search(text):
        mended = _undo(text)
        if mended is not None:
            return mended, "letters were read in a wrong encoding and are put right"
    if _BROKEN.search(text):
        return text, "letters that are broken and cannot be put right"
    if _ASKED.search(text):
        return text, "a question mark within a word, where a letter may be lost"
    return text, None


def _undo(text: str) -> str | None:
    for _ in range(2):  # some were broken twice
        try:
            raw = b"".join(_to_byte(char) for char in text)
            text = raw.decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return None
        if not _MOJIBAKE.search(text):
            return text
    return text


def _to_byte(char: str) -> bytes:
    """Encode a character as Windows-1252; control characters that it lacks become the byte of their own number."""
    return bytes([ord(char)]) if "\x80" <= char <= "\x9f" else char.encode(FALLBACK)


def _find_codec(declared: str | None) -> str | None:
    """Find the codec of a declared encoding; None for one that is unknown or means nothing.

    Latin encodings and UTF-8 mean nothing, since bytes that are not UTF-8 are read as Windows-1252 anyway.
    """
    if declared is None:
        return None
    plain = declared.strip().lower()
    for name in (plain, plain.replace("ansi ", "cp").replace("oem ", "cp"), f"cp{plain}", plain.replace("-", "")):
        try:
            found = codecs.lookup(name).name
        except LookupError:
            continue
        return None if found in _LATIN else found
    return None

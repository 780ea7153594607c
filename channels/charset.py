"""Decodes bytes to text: by their charset label where it can be trusted, else by content, without losing a letter.

Labels are wrong far more often than bytes are valid UTF-8 by chance. So valid UTF-8 is decoded as UTF-8 wherever the
label is missing or says only "Western letters". Names of character sets are those of the WHATWG and of mail programs,
not all of which Python knows.
"""

import codecs
import re
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_WESTERN: Final = "cp1252"
# Browsers and mail programs read these as Windows-1252, which has quotation marks in place of control characters.
_LOOSE: Final = frozenset({"ascii", "iso8859-1", _WESTERN})
_AS_WESTERN: Final = {
    0xDC00 + octet: bytes((octet,)).decode(_WESTERN, "ignore") or chr(octet) for octet in range(0x80, 0x100)
}
# Multibyte encodings, and Thai (cp874), whose text can look like UTF-8.
_OTHERWISE: Final = ("utf", "iso2022", "hz", "cp874")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# Supersets that programs mean by the name of a smaller set, and names that Python does not know.
_ALIASES: Final = {
    "gb2312": "gb18030", "gbk": "gb18030", "euc-cn": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "shift_jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "ms932": "cp932", "cp943": "cp932", "cp943c": "cp932",
    "ks_c_5601-1987": "cp949", "ks_c_5601-1989": "cp949", "ksc5601": "cp949", "ksc_5601": "cp949", "euc-kr": "cp949",
    "x-windows-949": "cp949", "windows-949": "cp949",
    "big5": "cp950", "x-x-big5": "cp950", "cn-big5": "cp950", "x-euc-jp": "euc_jp", "x-euc": "euc_jp",
    "tis-620": "cp874", "iso8859-11": "cp874", "dos-874": "cp874",
    "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "logical": "iso8859-8", "visual": "iso8859-8",
    "iso-8859-6-i": "iso8859-6", "iso-8859-6-e": "iso8859-6", "asmo-708": "iso8859-6", "ecma-114": "iso8859-6",
    "iso8859-9": "cp1254", "macintosh": "mac-roman", "mac": "mac-roman", "x-mac-roman": "mac-roman",
    "x-mac-ce": "mac-latin2", "x-mac-cyrillic": "mac-cyrillic", "x-mac-arabic": "mac-arabic",
    "koi8": "koi8-r", "koi": "koi8-r", "koi8-ru": "koi8-u",
    "unicode-1-1-utf-8": "utf-8", "unicode": "utf-16", "ucs-2": "utf-16", "iso-10646-ucs-2": "utf-16",
    "csunicode": "utf-16", "unicodefeff": "utf-16", "ucs-4": "utf-32", "iso-10646-ucs-4": "utf-32",
    "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7", "cesu-8": "utf-8", "ansi_x3.110-1983": "iso8859-1",
}  # fmt: skip
# Python codecs that are no character sets of messages.
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
_UTF: Final = re.compile(r"(?:x-)?utf[-_ ]?(8|16|32)(?:[-_]?(le|be))?")
_ISO: Final = re.compile(r"(?:x-|cs)?(?:iso|isoir)[-_ ]?8859[-_ ]?(\d{1,2})(?!\d)")
_PAGE: Final = re.compile(r"(?:x-|cs)?(?:cp|ibm|windows|win|dos|pc|ms|ansi|codepage|oem|x)[-_ ]?0{0,2}(\d{3,5})(?!\d)")
_IN_PAGE: Final = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9][A-Za-z0-9_.:+-]{0,39})", re.IGNORECASE)
_IN_PAGE_UNTIL: Final = 2048  # bytes in which browsers look for the charset of an HTML page
_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_HEADER_LONGEST: Final = 8000


def find_codec(label: str) -> str | None:
    """Find Python's codec for a charset label, however it is spelt; None for an unknown one."""
    found = _NAME.match(label.strip().strip("\"'<>").strip())
    if found is None:
        return None
    name = found[0].lower()
    for candidate in _spell(name):
        try:
            codec = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if codec._is_text_encoding and codec.name not in _NO_CHARSETS:
            return _ALIASES.get(codec.name.replace("_", "-"), _ALIASES.get(codec.name, codec.name))
    return None


def decode(octets: bytes, label: str | None = None, *, is_page: bool = False) -> str:
    """Decode bytes.

    `label` is the charset declared outside; with `is_page` an HTML page may declare its own, which comes second.
    """
    for mark, codec in _MARKS:
        if octets.startswith(mark):
            return _read(octets[len(mark) :], codec)
    told = find_codec(label) if label else None
    if told is not None and not _is_western(told) and not _has_octets(told):
        return _decode_as_declared(octets, told)
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        if _is_cut(error, octets):
            return octets[: error.start].decode()
    if told in (None, "ascii") and is_page and (found := _IN_PAGE.search(octets[:_IN_PAGE_UNTIL])):
        in_page = find_codec(found[1].decode("ascii"))
        if in_page is not None and in_page != "utf-8":
            return _decode_as_declared(octets, in_page)
    return _read(octets, _WESTERN if told is None or _is_western(told) else told)


def decode_header(value: str) -> str:
    """Decode a header: encoded words (RFC 2047) with any charset, and raw bytes.

    `value` has non-ASCII bytes as surrogates, as Python's parser leaves them. A character split over two encoded words
    is joined, and so are words that a program wrote without a blank between.
    """
    value = value[:_HEADER_LONGEST]
    parts: list[str] = []
    waiting: tuple[str, bytes] | None = None
    end = 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        end = found.end()
        label = found[1].partition("*")[0]
        octets = _unpack(found[2].lower(), found[3])
        if waiting is not None and (between.strip() or waiting[0].lower() != label.lower()):
            parts.append(decode(waiting[1], waiting[0]))
            waiting = None
        if between.strip() or (not parts and waiting is None):
            parts.append(_read_raw(between))
        waiting = (label, waiting[1] + octets if waiting else octets)
    if waiting is not None:
        parts.append(decode(waiting[1], waiting[0]))
    return "".join((*parts, _read_raw(value[end:])))


def _spell(name: str) -> Iterator[str]:
    """List the encodings that a name may mean, the likeliest first."""
    if name in _ALIASES:
        yield _ALIASES[name]
    if found := _UTF.match(name):  # such as utf8mb4, utf-8-mac, UTF8
        yield f"utf-{found[1]}" + (f"-{found[2]}" if found[2] and found[1] != "8" else "")
    yield name
    if found := _ISO.match(name):
        yield f"iso8859-{found[1]}"
    if found := _PAGE.match(name):
        yield f"cp{found[1]}"
    for prefix in ("x-", "cs"):
        if name.startswith(prefix):
            yield from _spell(name.removeprefix(prefix))


def _decode_as_declared(octets: bytes, codec: str) -> str:
    """Decode as declared; if that fails and the bytes are valid UTF-8, as UTF-8."""
    if codec == "utf-16":
        codec = _find_order(octets)
    try:
        return octets.decode(codec)
    except ValueError:
        pass
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        if codec == "utf-8" and _is_cut(error, octets):
            return octets[: error.start].decode()
    return _read(octets, codec)


def _find_order(octets: bytes) -> str:
    """Guess the byte order of UTF-16 without a mark: the byte that is zero in most letters is the high one."""
    if b"\x00" not in octets and octets.isascii():
        return "utf-8"  # a page that was recoded on its way and still declares the old charset
    return "utf-16-le" if octets[1::2].count(0) > octets[::2].count(0) else "utf-16-be"


def _read(octets: bytes, codec: str) -> str:
    """Decode; a byte that is invalid in the character set becomes its Windows-1252 letter."""
    try:
        return octets.decode(codec, "surrogateescape").translate(_AS_WESTERN)
    except ValueError:  # one byte of a 16-bit character is left over
        return octets.decode(codec, "ignore")


def _is_western(codec: str) -> bool:
    return codec in _LOOSE


@lru_cache(maxsize=64)
def _has_octets(codec: str) -> bool:
    """Tell whether an encoding has one character for each byte; such text hardly ever looks like UTF-8."""
    try:
        return not codec.startswith(_OTHERWISE) and len(bytes(range(256)).decode(codec, "replace")) == 256
    except ValueError:
        return False


def _is_cut(error: UnicodeDecodeError, octets: bytes) -> bool:
    """Tell whether only the last character is incomplete, as in text that was cut to a size."""
    is_last = error.reason == "unexpected end of data" and error.end == len(octets)
    return is_last and not octets[: error.start].isascii()


def _unpack(kind: str, written: str) -> bytes:
    octets = written.encode("utf-8", "surrogateescape")
    if kind == "q":
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), octets.replace(b"_", b" "))
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
    whole = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return b64decode(whole + b"=" * (-len(whole) % 4))


def _read_raw(value: str) -> str:
    if value.isascii():
        return value
    return decode(value.encode("utf-8", "surrogateescape"))

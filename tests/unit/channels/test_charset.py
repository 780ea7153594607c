"""Octets become the words that somebody wrote, whatever their label says, and no letter is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.charset import decode, decode_header, find_codec

KREYOL = "Pa gen dlo nan Pòtoprens, bò legliz la"
LOST = "\ufffd"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("cp-850", "cp850"), ("IBM-850", "cp850"), ("ibm00858", "cp858"), ("dos850", "cp850"), ("CP_1252", "cp1252"),
        ("x-cp1250", "cp1250"), ("windows1256", "cp1256"), ("win-1251", "cp1251"), ('"UTF-8"', "utf-8"),
        ("utf8mb4", "utf-8"), ("UTF 8", "utf-8"), ("x-utf-8", "utf-8"), ("unicode-1-1-utf-8", "utf-8"),
        ("cp65001", "utf-8"), ("windows-31j", "cp932"), ("Shift_JIS", "cp932"), ("gb2312", "gb18030"),
        ("ks_c_5601-1987", "cp949"), ("iso-8859-8-i", "iso8859-8"), ("ISO_8859-1:1987", "iso8859-1"),
        ("csISOLatin1", "iso8859-1"), ("latin1", "iso8859-1"), ("macintosh", "mac-roman"), ("tis-620", "cp874"),
        ("ucs-2", "utf-16"), ("us-ascii", "ascii"), ("utf-8; format=flowed", "utf-8"),
    ],
)  # fmt: skip
def test_a_character_set_is_found_by_any_of_its_names(label: str, codec: str) -> None:
    assert find_codec(label) == codec


@pytest.mark.parametrize(
    "label",
    ["x-unknown", "unknown-8bit", "x-user-defined", "default", "base64", "rot13", "punycode", "", "  ", "\x00", "é",
     "_charset_", "zlib", "8bit", "utf-8\x00" * 0, "a" * 5000],
)  # fmt: skip
def test_what_is_no_character_set_is_none(label: str) -> None:
    assert find_codec(label) is None


@pytest.mark.parametrize(
    "label",
    [None, "us-ascii", "iso-8859-1", "latin1", "windows-1252", "x-unknown", "cp850", "windows-1251", "iso-8859-15",
     "windows-1256", "utf8mb4", "utf-8", "iso-2022-jp-nonsense"],
)  # fmt: skip
@pytest.mark.parametrize("words", [KREYOL, "धुलिखेलमा पानी छैन", "لا ماء في قريتنا", "é", "Ñandú", "💧 no water"])
def test_what_is_utf8_is_read_as_utf8_whatever_its_label_says(label: str | None, words: str) -> None:
    assert decode(words.encode(), label) == words


@pytest.mark.parametrize(
    ("words", "written", "label"),
    [
        ("École cassée à Jérémie", "cp1252", "us-ascii"),
        ("École cassée à Jérémie", "cp1252", None),
        ("École cassée à Jérémie", "cp1252", "x-unknown"),
        ("École cassée à Jérémie", "cp1252", "utf-8"),
        ("l’eau « sale » – 5 €", "cp1252", "iso-8859-1"),
        ("le forage près de l'école", "cp850", "cp-850"),
        ("вода", "cp1251", "windows-1251"),
        ("вода", "koi8-r", "koi8-r"),
        ("لا ماء", "cp1256", "cp1256"),
        ("لا ماء", "iso8859-6", "iso-8859-6-i"),
        ("水がない", "cp932", "windows-31j"),
        ("水がない", "iso2022_jp", "iso-2022-jp"),
        ("没有水", "gb18030", "gb2312"),
        ("ไม่มีน้ำ", "cp874", "tis-620"),
        ("pa gen dlo nan bò", "utf-16-le", "utf-16"),
        ("pa gen dlo nan bò", "utf-16-be", "ucs-2"),
        ("pa gen dlo nan bò", "utf-16", None),
        ("pa gen dlo nan bò", "utf-8-sig", "iso-8859-1"),
        ("eau", "utf-8", "utf-16"),
    ],
)
def test_other_octets_are_read_by_their_label_else_as_western_letters(words: str, written: str, label: str) -> None:
    assert decode(words.encode(written), label) == words


def test_a_page_that_says_how_it_is_written_is_believed_where_nobody_else_says_it() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>вода</html>'
    assert "вода" in decode(page.encode("cp1251"), None, is_page=True)
    assert "вода" in decode(page.encode("cp1251"), "x-unknown", is_page=True)
    assert "вода" in decode(page.encode(), None, is_page=True)
    assert "вода" in decode(page.encode("koi8-r"), "koi8-r", is_page=True)


def test_a_wrong_octet_costs_no_other_letter_and_is_none_itself() -> None:
    assert decode("Pòt".encode() + b" Lo\xe9gane " + "bò".encode(), "utf-8") == "Pòt Loégane bò"
    assert decode("Pòtoprens bò".encode()[:-1], "utf-8") == "Pòtoprens b"
    assert decode("Pòtoprens bò".encode()[:-1]) == "Pòtoprens b"
    assert decode(b"caf\xe9", "utf-8") == "café"


_LABELS = (
    *(None, "us-ascii", "utf-8", "cp850", "gb2312", "windows-31j", "utf-16", "utf-32", "utf-7", "x", "iso-2022-jp"),
    *("ks_c_5601-1987", "big5"),
)


@given(st.binary(max_size=200), st.sampled_from(_LABELS))
def test_no_octets_raise_or_are_replaced(octets: bytes, label: str | None) -> None:
    words = decode(octets, label)
    assert LOST not in words or LOST.encode() in octets or (label or "").startswith(("utf", "gb"))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("plain words", "plain words"),
        ("=?utf-8?q?P=C3=B2toprens?=", "Pòtoprens"),
        ("=?UTF-8?B?UMOydG9wcmVucw==?= at 5", "Pòtoprens at 5"),
        ("=?us-ascii?q?P=C3=B2toprens?=", "Pòtoprens"),
        ("=?cp-850?q?cass=82?=", "cassé"),
        ("=?x-unknown?q?cass=E9?=", "cassé"),
        ("=?utf-8?q?P=C3?= =?utf-8?q?=B2toprens?=", "Pòtoprens"),
        ("=?utf-8?b?UM?= =?utf-8?q?=C3=B2t?=", "Pòt"),
        ("=?iso-8859-1?q?caf=E9?= =?utf-8?q?_b=C3=B2?=", "café bò"),
        ("=?utf-8*fr?q?caf=C3=A9?=", "café"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("=?utf-8?b?!!!?=", ""),
        ("cass\udce9", "cassé"),
        ("P\udcc3\udcb2toprens", "Pòtoprens"),
    ],
)
def test_a_header_is_read_as_its_writer_saw_it(header: str, words: str) -> None:
    assert decode_header(header) == words


@pytest.mark.parametrize("unit", ["=?utf-8?q?", "=?", "?=", "=?a?b?", "=?utf-8?q?a?= ", "\udce9", "=?utf-8?b?A"])
def test_a_long_header_costs_little(unit: str) -> None:
    before = time.process_time()
    decode_header(unit * 10_000)
    assert time.process_time() - before < 1


@pytest.mark.parametrize("unit", [b"\xe9", b"\xc3", b"charset=", b"\x1b$B", b"\xf0\x9f\x92", b"\x00"])
def test_long_octets_cost_little(unit: bytes) -> None:
    before = time.process_time()
    for label in (None, "utf-8", "gb2312", "utf-16", "iso-2022-jp", "cp850"):
        decode(unit * 20_000, label, is_page=True)
    assert time.process_time() - before < 2

"""One spelling for a phone, however its gateway writes the number."""

import pytest

from channels.phone_number import spell_international


@pytest.mark.parametrize(
    ("number", "region", "spelled"),
    [
        ("+9779800000001", None, "+9779800000001"),
        ("9800000001", "NP", "+9779800000001"),
        ("9779800000001", "NP", "+9779800000001"),
        ("9779800000001", None, "+9779800000001"),
        ("009779800000001", "NP", "+9779800000001"),
        ("50934000001", "NP", "+50934000001"),  # of another country, from a gateway that leaves the plus away
        ("34000001", "HT", "+50934000001"),
        (" +977 980-0000001 ", None, "+9779800000001"),
        ("tel:+9779800000001", None, "+9779800000001"),
        ("+977 (0) 9800000001", None, "+9779800000001"),
        ("9,779,800,000,001", "NP", "+9779800000001"),  # as a spreadsheet shows a number
        ("1234", "NP", "1234"),
        ("MTN Promo", "NP", "MTN Promo"),
        ("", "NP", ""),
    ],
)
def test_a_phone_has_one_spelling(number: str, region: str | None, spelled: str) -> None:
    assert spell_international(number, region) == spelled

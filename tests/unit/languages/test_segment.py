"""What a text costs: the limits of one and of several segments, in both encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.languages.sms_segments import GSM_7, GSM_BASIC, GSM_EXTENSION, UCS_2, measure


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", GSM_7, 0, 1),
        ("a" * 160, GSM_7, 160, 1),
        ("a" * 161, GSM_7, 161, 2),
        ("a" * 306, GSM_7, 306, 2),
        ("a" * 307, GSM_7, 307, 3),
        ("€" * 80, GSM_7, 160, 1),
        ("€" * 81, GSM_7, 162, 2),
        ("é è ù à ñ Ç ß", GSM_7, 13, 1),
        ("ç", UCS_2, 1, 1),
        ("it’s", UCS_2, 4, 1),
        ("न" * 70, UCS_2, 70, 1),
        ("न" * 71, UCS_2, 71, 2),
        ("न" * 134, UCS_2, 134, 2),
        ("न" * 135, UCS_2, 135, 3),
        ("🔥" * 35, UCS_2, 70, 1),
        ("🔥" * 36, UCS_2, 72, 2),
    ],
)
def test_a_text_is_measured_as_the_network_does(text: str, encoding: str, units: int, count: int) -> None:
    segments = measure(text)
    assert (segments.encoding, segments.units, segments.count) == (encoding, units, count)


def test_an_escaped_character_is_not_split_between_two_parts() -> None:
    # 306 septets would fill two parts of 153, but the euro in the middle moves whole to the second part.
    assert measure("a" * 152 + "€" + "a" * 152).units == 306
    assert measure("a" * 152 + "€" + "a" * 152).count == 3


def test_a_character_of_two_units_is_not_split_between_two_parts() -> None:
    assert measure("न" * 66 + "🔥" + "न" * 66).units == 134
    assert measure("न" * 66 + "🔥" + "न" * 66).count == 3


def test_the_alphabet_and_its_extension_are_complete() -> None:
    # 128 places of the default alphabet less the escape; the extension table with form feed.
    assert len(GSM_BASIC) == 127
    assert set("\f^{}\\[~]|€") == GSM_EXTENSION
    assert not GSM_BASIC & GSM_EXTENSION


@given(st.text(max_size=400), st.text(max_size=10))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    # With the same encoding; a single part holds more than a part of several.
    if measure(text).encoding == measure(text + more).encoding:
        assert measure(text + more).count >= measure(text).count

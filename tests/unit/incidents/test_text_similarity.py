"""Texts are compared by their words and numbers, whatever their order, case, accents and small mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.incidents.text_similarity import alike, sketch, text_key

LONG = "Nou se yon gwoup moun ki nan lari Kristwa, nou pa jwenn manje ni dlo depi twa jou, tanpri ede nou"


def test_order_case_and_accents_do_not_matter() -> None:
    assert alike("Manje, dlo ak TANT", "tant ak dló manje") == 1


def test_a_wrong_letter_matters_little_and_another_text_much() -> None:
    assert alike(LONG, LONG.replace("Kristwa", "Kristwaa")) > 0.9
    assert alike(LONG, "The road to the hospital is closed by a landslide since yesterday") < 0.3


def test_a_number_counts_more_than_a_small_word() -> None:
    assert alike("Delmas 33 gen dife", "Delmas 31 gen dife") < alike("Delmas 33 gen dife", "Delmas 33 te dife")


def test_silence_is_like_nothing() -> None:
    assert alike("", "") == alike("...", "!!") == alike("", "dlo") == 0
    assert text_key("  ?! ") == 0
    assert sketch("  ?! ") == ()


def test_texts_that_fold_alike_have_one_key() -> None:
    assert text_key("Nou bezwen dló!") == text_key(" nou  BEZWEN dlo ")
    assert text_key("Nou bezwen dlo") != text_key("Nou bezwen manje")


def test_a_secret_changes_the_key() -> None:
    assert text_key("dlo", key=b"one") != text_key("dlo", key=b"two") != text_key("dlo")


@given(st.text())
def test_a_key_fits_a_bigint(text: str) -> None:
    assert -(2**63) <= text_key(text) < 2**63


@pytest.mark.parametrize("change", [("manje", "mange"), ("tanpri", "silvouple"), ("twa jou", "3 jou")])
def test_near_copies_meet_in_the_sketch(change: tuple[str, str]) -> None:
    assert set(sketch(LONG)) & set(sketch(LONG.replace(*change)))


def test_other_texts_do_not_meet_in_the_sketch() -> None:
    other = sketch("The bridge over the river has fallen and no truck passes")
    assert not set(sketch(LONG)) & set(other)

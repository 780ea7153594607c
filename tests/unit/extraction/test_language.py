"""The language of short texts, as far as it can be known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.extraction.language import UNDETERMINED, detect

NEPAL = ("ne", "en")
HAITI = ("ht", "fr", "en")


@pytest.mark.parametrize(
    ("text", "prior", "code"),
    [
        ("खानेपानी तीन दिनदेखि आएको छैन", NEPAL, "ne"),
        ("पानी छैन", NEPAL, "ne"),
        ("paani aayena 3 din bhayo hamro tol ma", NEPAL, "ne"),
        ("HAMRO GAU MA BATTI CHAINA", NEPAL, "ne"),
        ("Dharan ma paani ko samasya kaile samadhan huncha", NEPAL, "ne"),  # the detector says Sanskrit
        ("Lisankhu Pakhar swasthya chauki ma ausadhi chaina", NEPAL, "ne"),  # the detector says Chichewa
        ("Road blocked at Mugling since this morning", NEPAL, "en"),
        ("no water", NEPAL, "en"),
        ("NO WATER IN THE WHOLE WARD", NEPAL, "en"),
        ("Nou bezwen dlo ak manje nan Delma 33 tanpri", HAITI, "ht"),
        ("dlo tanpri", HAITI, "ht"),
        ("J AI BESOIN D EAU BERTIN CARREFOUR", HAITI, "fr"),
        ("Nous avons besoin d'eau et de nourriture", HAITI, "fr"),
        ("Hakuna maji hapa Kibera kwa siku tatu sasa", ("sw", "en"), "sw"),
        ("لا يوجد ماء منذ ثلاثة أيام", ("ar",), "ar"),
        ("ماء", ("en", "ar"), "ar"),
    ],
)
def test_the_language_is_found(text: str, prior: tuple[str, ...], code: str) -> None:
    guess = detect(text, prior)
    assert guess.code == code
    assert guess.confidence >= 0.5


def test_a_longer_text_may_be_in_a_language_that_nobody_expects() -> None:
    assert detect("No hay agua en toda la zona desde hace tres dias, por favor ayuda", HAITI).code == "es"


def test_a_text_that_says_nothing_is_in_the_likeliest_language_with_little_confidence() -> None:
    for text in ("", "   ", "12345", "🙏🙏", "Itahari 6", "ok"):
        guess = detect(text, NEPAL)
        assert guess.code == "ne"
        assert guess.confidence < 0.5


def test_without_an_expectation_doubt_stays_doubt() -> None:
    assert detect("xx", ()).code == UNDETERMINED
    assert detect("xx", ()).confidence == 0
    assert detect("Nous avons besoin d'eau et de nourriture", ()).code == "fr"


@pytest.mark.parametrize("text", ["a\x00b\x07c" * 20, "\ud800 hospital road is blocked today", "\U000e0001" * 30])
def test_control_and_broken_characters_do_not_raise(text: str) -> None:
    assert detect(text, NEPAL).code in {"ne", "en"}


@given(st.text(alphabet=st.characters(codec=None), max_size=300), st.sampled_from([(), NEPAL, HAITI]))
def test_any_text_gets_an_answer(text: str, prior: tuple[str, ...]) -> None:
    assert 0 <= detect(text, prior).confidence <= 1

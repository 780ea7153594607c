"""Words as they are written and as they sound come down to the same keys."""

import pytest

from geo.text.normalise import fold, fold_name, fold_parts
from geo.text.phonetic_key import skeleton, sound
from geo.text.spans import Role, list_spans, read_words


@pytest.mark.parametrize("written", ["Delmas 33", "DELMAS33", "delmas-33", "Delmas  33"])
def test_numbers_stand_alone_however_they_are_glued(written: str) -> None:
    assert fold(written) == ["delmas", "33"]


def test_accents_elisions_and_entities_go() -> None:
    assert fold("L'Acul d&#39;Haïti &amp; Léogâne") == ["acul", "haiti", "leogane"]


def test_composed_and_decomposed_accents_fold_alike() -> None:
    assert fold("Le\u0301oga\u0302ne") == fold("L\u00e9og\u00e2ne")


def test_links_addresses_and_handles_are_no_words() -> None:
    assert fold("see https://example.org/Delmas or mail a@b.ht @someone Jacmel") == ["see", "or", "mail", "jacmel"]


@pytest.mark.parametrize("written", ["P-au-P", "P.A.P.", "p a p", "PaP"])
def test_initials_become_one_word(written: str) -> None:
    assert fold(written) == ["pap"]


def test_nepali_postpositions_come_off_the_name() -> None:
    assert fold("काठमाडौंमा")[0] == fold("काठमाडौं")[0]


def test_no_name_runs_across_a_comma() -> None:
    assert fold_parts("Rue Sicot, Carrefour-Feuilles") == [["rue", "sicot"], ["carrefour", "feuilles"]]
    spans = {span.shown for span in list_spans(read_words("Santo 5, Tabarre"))}
    assert {"santo 5", "tabarre"} <= spans
    assert not any("5 tabarre" in span for span in spans)


def test_a_saint_is_no_street() -> None:
    assert fold_name("St. Marc") == "st marc"
    assert [word.text for word in read_words("St. Marc")] == ["saint", "marc"]
    assert [word.text for word in read_words("18 Reynaud St.")] == ["18", "reynaud", "rue"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("leogane", "leyogan"),
        ("jacmel", "jakmel"),
        ("martissant", "matisan"),
        ("clercine", "klesin"),
        ("diquini", "dikini"),
    ],
)
def test_words_that_sound_alike_have_one_key(first: str, second: str) -> None:
    assert sound(first) == sound(second)


def test_words_that_sound_different_keep_different_keys() -> None:
    names = ["delmas", "tabarre", "jacmel", "gonaives", "leogane", "carrefour", "kenscoff", "pokhara", "kathmandu"]
    assert len({sound(name) for name in names}) == len(names)


def test_a_skeleton_forgives_vowels() -> None:
    assert skeleton(["tomasin"]) == skeleton(["tomasen"])


def test_everyday_words_are_no_names_and_kinds_are_marked() -> None:
    roles = {word.text: word.role for word in read_words("nou bezwen dlo nan rue Capois 12")}
    assert roles["bezwen"] is Role.COMMON
    assert roles["rue"] is Role.KIND
    assert roles["capois"] is Role.NAME
    assert roles["12"] is Role.NUMBER

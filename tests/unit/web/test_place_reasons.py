"""Why a report is thought to be there is said from codes, in the language of the page, whatever found it."""

import pytest

from geo.coordinates.explicit_location import REASON as COORDINATES
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_builder import NamedThing
from geo.index.name_index import NameIndex
from geo.reasons import VALUES, LocationSource, Reason, ReasonCode, Value, read_reasons
from geo.resolver.english_reasons import WORDING as ENGLISH
from geo.resolver.english_reasons import explain_in_english
from geo.resolver.locator import Locator
from geo.types import Candidate
from reporting.reports.locate import locate_noted, locate_position
from reporting.web.place_reasons import WORDING, explain, find_name
from reporting.web.place_types import name_kind

THINGS = [
    NamedThing("Delmas", (), 18.54, -72.30, 3_000, "town", 300_000),
    NamedThing("Léogâne", (), 18.51, -72.63, 2_500, "town", 90_000),
]
LESSONS = [
    *(
        LearnedPlacement(f"delmas {number}\nnear the school", 18.54 + number / 5_000, -72.30)
        for number in (33, 33, 33, 75)
    ),
    LearnedPlacement("kay ti jan", 18.52, -72.31),
]
TEXTS = ["leogane", "leyogan", "delmas 41", "delmas 78", "delmas 33", "kay ti jan", "near the school", "school delmas"]
SAMPLES: dict[str, Value] = {
    "words": "kafou", "name": "Carrefour", "count": 3, "spread_m": 1_200, "low": 33, "high": 75, "away_m": 5_000.0,
    "service": "Photon", "address": "Carrefour, Haiti",
}  # fmt: skip


def make_sample(code: ReasonCode) -> Reason:
    """A reason of that code with some value for each that it has."""
    return Reason.of(code, *(SAMPLES[name] for name in VALUES[code]))


def is_arabic(words: str) -> bool:
    return any("\u0600" <= letter <= "\u06ff" for letter in words)


def test_every_code_has_its_values_and_its_words_everywhere() -> None:
    assert set(VALUES) == set(WORDING) == set(ENGLISH) == set(ReasonCode)


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_is_said_in_the_language_of_the_page(code: ReasonCode) -> None:
    sample = make_sample(code)
    [words] = explain([sample])
    assert is_arabic(words)
    assert all(value in words for value in sample.values.values() if isinstance(value, str))
    assert "%(" not in words


@pytest.mark.parametrize("code", ReasonCode)
def test_a_reason_comes_back_from_the_database_as_it_went(code: ReasonCode) -> None:
    assert read_reasons([make_sample(code).to_row()]) == (make_sample(code),)


def test_a_reason_is_made_with_the_values_that_its_code_has() -> None:
    for values in ((), ("kafou",), ("kafou", "Carrefour", 3)):
        with pytest.raises(ValueError, match="zip"):
            Reason.of(ReasonCode.NAME, *values)


@pytest.mark.parametrize("row", [{"code": "of_a_later_version"}, {"code": "name", "words": "x"}, {"text": "x"}])
def test_a_row_that_says_too_little_is_of_no_known_reason(row: dict[str, object]) -> None:
    assert read_reasons([row]) == (Reason.of(ReasonCode.UNKNOWN),)


def test_a_place_comes_back_from_the_database_as_it_went() -> None:
    reasons = (make_sample(ReasonCode.GEOCODER), make_sample(ReasonCode.NAME))
    place = Candidate("Carrefour", 18.5, -72.4, 900.0, 0.3, reasons, "town", LocationSource.GEOCODER)
    assert Candidate.from_row(place.to_row()) == place


@pytest.mark.parametrize("said", TEXTS)
def test_every_kind_of_evidence_has_a_reason_with_its_values(said: str) -> None:
    evidence = Locator(NameIndex(THINGS), LearnedPlacements(LESSONS)).find_evidence(said)
    assert evidence
    for piece in evidence:
        assert tuple(piece.reason.values) == VALUES[piece.reason.code]


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize("said", ["5 km north of Leogane", "between Delmas and Leogane", "au nord de Leogane"])
def test_a_place_by_what_is_near_it_is_explained(said: str) -> None:
    found = Locator(NameIndex(THINGS), LearnedPlacements([])).locate(said)
    assert found is not None
    assert len(found.reasons) > 1
    assert all(map(is_arabic, explain(found.reasons)))


def test_the_sentence_of_a_file_reads_as_it_always_did() -> None:
    found = [
        (ReasonCode.NAME, ("leogane", "Léogâne")), (ReasonCode.NAME_ALIKE, ("leyogan", "Léogâne")),
        (ReasonCode.TAUGHT, ("kay ti jan", 1, 50)), (ReasonCode.HEARD, ("lekol", 12, 1_200)),
        (ReasonCode.NUMBER_BETWEEN, ("delmas 41", 33, 75)), (ReasonCode.NUMBER_NEAR, ("delmas 78", 75)),
        (ReasonCode.TEXTS_ALIKE, (20,)), (ReasonCode.SHARED_POINT, (5,)), (ReasonCode.AWAY, (800.0,)),
        (ReasonCode.AWAY, (5_000.0,)), (ReasonCode.COORDINATES, ()), (ReasonCode.BESIDE, ()),
    ]  # fmt: skip
    assert explain_in_english([Reason.of(code, *values) for code, values in found]).split("; ") == [
        "'leogane' = Léogâne", "'leyogan' ~ Léogâne", "'kay ti jan' taught once, spread 50 m",
        "'lekol' heard 12 times, spread 1.2 km", "'delmas 41' between 33 and 75", "'delmas 78' near 75",
        "20 taught texts like it", "5 names were put on this point", "800 m from there", "5.0 km from there",
        "coordinates in the text", "beside it",
    ]  # fmt: skip


@pytest.mark.usefixtures("english")
def test_reasons_keep_their_order_names_and_figures() -> None:
    first, second = explain(
        [Reason.of(ReasonCode.TAUGHT, "delma 33", 41, 1_200), Reason.of(ReasonCode.TEXTS_ALIKE, 20)]
    )
    assert "delma 33" in first
    assert "41×" in first
    assert "±1.2 km" in first
    assert second == "20 placed reports have words like it"
    assert explain([Reason.of(ReasonCode.TAUGHT, "delma 33", 1, 50)])[0].startswith(
        "“\u2068delma 33\u2069” was once placed"
    )


@pytest.mark.usefixtures("arabic")
def test_latin_words_do_not_turn_an_arabic_sentence_around() -> None:
    [words] = explain([Reason.of(ReasonCode.NAME, "kafou", "Carrefour (Ouest)")])
    assert words == "«\u2068kafou\u2069» هو اسم \u2068Carrefour (Ouest)\u2069"


@pytest.mark.usefixtures("english")
def test_words_with_signs_of_formatting_break_nothing() -> None:
    reason = Reason.of(ReasonCode.NAME, "100%(name)s %d {0}", "%s {name}")
    assert explain([reason]) == ["“\u2068100%(name)s %d {0}\u2069” is the name of \u2068%s {name}\u2069"]
    assert explain_in_english([reason]) == "'100%(name)s %d {0}' = %s {name}"


def test_the_name_of_the_gazetteer_is_a_value_of_a_reason() -> None:
    reasons = [Reason.of(ReasonCode.TEXTS_ALIKE, 20), Reason.of(ReasonCode.NAME_ALIKE, "kafou", "Carrefour Feuilles")]
    assert find_name(reasons) == "Carrefour Feuilles"
    assert find_name([Reason.of(ReasonCode.PIN)]) == ""


def test_a_position_of_the_phone_is_known_by_its_source() -> None:
    assert locate_position((1, 2), None).source is locate_noted((1, 2), None).source is LocationSource.DEVICE
    assert locate_position((1, 2), None).reasons != locate_noted((1, 2), None).reasons != (COORDINATES,)


@pytest.mark.usefixtures("english")
def test_a_kind_that_nobody_named_is_a_place() -> None:
    assert name_kind("admin7") == name_kind("country")
    assert name_kind("bakery") == name_kind("") == name_kind("place")

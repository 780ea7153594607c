"""Names of areas are matched only where one fits alone: similar names of other areas are never taken."""

import pytest

from reporting.population.match import Area, How, Matcher
from reporting.population.names import compare_spelling, fold_area
from reporting.population.table import ToldArea


def _areas(*names: str, level: int = 2, around: str | None = None) -> list[Area]:
    ancestors = frozenset([around] if around else [])
    return [Area(f"{around or '#'}{name}", level, name, (fold_area(name),), ancestors) for name in names]


def _match(told: list[str], *names: str) -> dict[str, tuple[str, How]]:
    found = Matcher(_areas(*names)).match([ToldArea(name, name) for name in told]).found
    return {each.name: (area.name, how) for each, (area, how) in found.items()}


@pytest.mark.parametrize(
    ("told", "core"),
    [
        ("Asokwa  Municipal", "asokwa"), ("Tema Metropolitan Area (TMA)", "tema"),
        ("Nkwanta North (Kpassa)", "nkwanta north"),
        ("Kalika Rural Municipality", "kalika"), ("Commune de Léogâne", "leogane"), ("NAIROBI CITY", "nairobi"),
        ("District", "district"), ("City District", "city"), ("(AMA)", "ama"), ("Taita/Taveta", "taita taveta"),
    ],
)  # fmt: skip
def test_the_core_of_a_name_has_no_kind(told: str, core: str) -> None:
    assert fold_area(told).core == core


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ga East", "Ga West"), ("Upper Manya", "Lower Manya"), ("Ward 3", "Ward 4"), ("Nord-Est", "Nord-Ouest"),
        ("Dormaa Central", "Dormaa East"), ("Sekyere Afram Plains", "Sekyere Afram Plains North"),
        ("Bono", "Bono East"),
    ],
)  # fmt: skip
def test_names_that_differ_in_a_direction_or_number_are_of_two_areas(one: str, other: str) -> None:
    assert compare_spelling(fold_area(one), fold_area(other)) == 0
    assert _match([one], other) == {}


def test_a_direction_is_the_same_in_any_form() -> None:
    assert _match(["North East"], "Northern East", "Upper East") == {"North East": ("Northern East", How.SPELLING)}
    assert _match(["Imenti North"], "North Imenti", "South Imenti")["Imenti North"][0] == "North Imenti"


def test_the_same_name_is_preferred_to_the_same_core() -> None:
    found = _match(["Kafou", "Kafou Municipal"], "Kafou Municipal", "Kafou")
    assert found == {"Kafou": ("Kafou", How.NAME), "Kafou Municipal": ("Kafou Municipal", How.NAME)}


def test_two_areas_of_one_core_are_not_told_apart_by_chance() -> None:
    assert _match(["Kafou District"], "Kafou Municipal", "Kafou") == {}


def test_two_rows_of_one_core_do_not_share_an_area() -> None:
    assert _match(["Kalika Municipality", "Kalika Rural Municipality"], "Kalika") == {}


def test_a_spelling_must_be_clearly_the_closest() -> None:
    assert _match(["Bosomtwi"], "Bosomtwe", "Kumasi")["Bosomtwi"] == ("Bosomtwe", How.SPELLING)
    assert _match(["Bosomtwi"], "Bosomtwe", "Bosomtwa") == {}
    assert _match(["Bosomtwi", "Bosomtwa"], "Bosomtwe") == {}


def test_a_spelling_that_is_closer_to_a_matched_area_is_not_moved_to_another() -> None:
    assert _match(["Bosomtwe", "Bosomtwi"], "Bosomtwe", "Bosomtwa").keys() == {"Bosomtwe"}


def test_short_names_are_not_compared_by_letters() -> None:
    assert _match(["Guan"], "Gwan") == {}


def test_a_part_of_a_name_is_enough_where_no_other_has_it() -> None:
    assert _match(["Akrofuom"], "Adansi Akrofuom", "Adansi South")["Akrofuom"][0] == "Adansi Akrofuom"
    assert _match(["Adansi"], "Adansi Akrofuom", "Adansi Asokwa") == {}


def test_the_parent_tells_two_areas_of_one_name_apart() -> None:
    around = [Area("A", 1, "Alpha", (fold_area("Alpha"),)), Area("B", 1, "Beta", (fold_area("Beta"),))]
    areas = [*_areas("Kalika", around="A"), *_areas("Kalika", around="B")]
    matcher = Matcher(areas, around)
    found = matcher.match([ToldArea("Kalika", "Kalika", "Beta Province"), ToldArea("Kalika", "Kalika", "Alpha")]).found
    assert {told.parent: area.code for told, (area, _) in found.items()} == {
        "Beta Province": "BKalika",
        "Alpha": "AKalika",
    }


def test_a_name_within_another_parent_is_shown_and_not_taken() -> None:
    around = [Area("A", 1, "Alpha", (fold_area("Alpha"),)), Area("B", 1, "Beta", (fold_area("Beta"),))]
    matches = Matcher(_areas("Kalika", around="A"), around).match([ToldArea("Kalika", "Kalika", "Beta")])
    assert matches.found == {}
    assert [[area.code for area in nearest] for nearest in matches.missing.values()] == [["AKalika"]]


def test_codes_and_aliases_come_first() -> None:
    areas = _areas("Kafou", "Delmas")
    told = [ToldArea("#delmas", "Kafou"), ToldArea("X", "Kafou")]
    found = Matcher(areas).match(told, {"kafou": "#Kafou"}).found
    assert {each.code: (area.name, how) for each, (area, how) in found.items()} == {
        "#delmas": ("Kafou", How.ALIAS), "X": ("Kafou", How.ALIAS),
    }  # fmt: skip
    assert Matcher(areas).match(told).found[told[0]] == (areas[1], How.CODE)


def test_a_name_of_another_level_is_not_spelt_into_an_area() -> None:
    matcher = Matcher(_areas("Voltas"))
    assert matcher.match([ToldArea("Volta", "Volta")]).found
    assert not matcher.match([ToldArea("Volta", "Volta")], others={"volta"}).found

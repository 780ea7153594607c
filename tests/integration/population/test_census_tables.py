"""Census tables of four countries with their boundaries: how many areas match, none wrongly, and what differs."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.demo.boundary import CODE_FIELD, NAME_FIELD, PARENT_FIELD, write_level
from tests.conftest import ROOT, add_campaign

_DATA = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "data"
pytestmark = pytest.mark.skipif(not _DATA.is_dir(), reason="the census tables are not beside this checkout")

Run = Callable[..., Result]
# Looked at one by one: each is the same district under both names.
_GHANA_SPELLINGS = {
    "Adentan Municipal": "Adenta Municipal",
    "Agortime-Ziope": "Agotime Ziope",
    "Akrofuom": "Adansi Akrofuom",
    "Akwapim North Municipal": "Akwapem North",
    "Akwapim South Municipal": "Akwapem South",
    "Akyemansa": "Akyem Mansa",
    "Asene Manso Akroso": "Asene Akroso Manso",
    "Bolgatanga East": "Bolga  East",
    "Bosomtwi": "Bosomtwe",
    "Denkyembuor": "Denkyembour",
    "Lower Manya Krobo Municipal": "Lower Manya",
    "Mfantsiman Municipal": "Mfantseman Municipal",
    "Okaikoi North Municipal": "Okaikwei North Municipal",
    "Sagnarigu Municipal": "Sagnerigu",
    "Twifo Ati Morkwa": "Twifo Atti-Morkwa",
    "Twifo Heman Lower Denkyira": "Twifo Hemang Lower Denkyira",
    "Upper Manya Krobo": "Upper Manya",
}
_GHANA_ALIASES = {
    "Cape Cape Metropolitan Area (CCMA)": "Cape Coast Metropolitan",
    "Dormaa Central Municipal": "Dormaa Municipal",
    "Kasena Nankana Municipal": "Kasena Nankana East",
    "Sekyere Afram Plains": "Sekyere Afram Plains North",
}
_NEPAL_SPELLINGS = {
    "Barahchhetra Municipality (Sunsari)": "Baraha",
    "Bhokraha Narsing Rural Municipality (Sunsari)": "Bhokraha Narsingh",
    "Temkemaiyung Rural Municipality (Bhojpur)": "Temkemaiyum",
    "Maapya Dudhkoshi Rural Municipality (Solukhumbu)": "Mapya Dudhkoshi",
    "Limchungbung Rural Municipality (Udayapur)": "Limchunbung",
    "Amachodingmo Rural Municipality (Rasuwa)": "Aamachhodingmo",
    "Narshon Rural Municipality (Manang)": "Nason",
    "Manang Ingshyang Rural Municipality (Manang)": "Manang Ngisyang",
    "Waragung Muktikhsetra Rural Municipality (Mustang)": "Varagung Muktichhetra",
    "Nalagad Municipality (Jajarkot)": "Nalgad",
    "Subha Kalika Rural Municipality (Kalikot)": "Shuva Kalika",
    "Swami Kartik Khaapar Rural Municipality (Bajura)": "Swamikartik Khapar",
    "SaiPaal Rural Municipality (Bajhang)": "Saipal",
    "Bogtan Foodsil Rural Municipality (Doti)": "Bogatan Phudsil",
}


@pytest.fixture
def run(app: Flask, program: Program) -> Run:
    with program.owner.begin() as connection:
        add_campaign(connection)
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(argument) for argument in arguments])


@pytest.fixture
def load(run: Run) -> Callable[..., dict[str, Any]]:
    """Loads a table and returns its report."""

    def _load(name: str, *options: object) -> dict[str, Any]:
        result = run("population", "load", _DATA / name, "--json", *options)
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    return _load


def _load_areas(run: Run, country: str, level: int, code: str, name: str) -> None:
    path = _DATA / country / f"adm{level}.geojson"
    loaded = run("areas", "load", path, "--level", level, "--code-field", code, "--name-field", name)
    assert loaded.exit_code == 0, loaded.output


def _names(program: Program) -> dict[str, str]:
    with program.owner.begin() as connection:
        return {row.code: row.name for row in connection.execute(text("SELECT code, name FROM area"))}


def _sum(program: Program, condition: str) -> int:
    with program.owner.begin() as connection:
        return int(connection.execute(text(f"SELECT sum(value) FROM population WHERE {condition}")).scalar_one())


def _plain(name: str) -> str:
    """The letters of a name without the words for a municipality."""
    kept = re.sub(r"\(.*\)|Municipal|Metropolitan Area|Metropolitan|Metropolis|District", "", name)
    return re.sub(r"[^a-z]", "", kept.lower())


def test_ghana_256_of_261_match_by_rule_and_4_by_alias_none_wrongly(
    run: Run, load: Callable[..., dict[str, Any]], program: Program
) -> None:
    _load_areas(run, "ghana", 1, "ADM1_PCODE", "ADM1_EN")
    _load_areas(run, "ghana", 2, "ADM2_PCODE", "ADM2_EN")
    names = _names(program)
    found = load("ghana/population_district_sex_locality_age.csv")
    pairs = {how: {each["name"]: names[each["area_code"]] for each in told} for how, told in found["matched"].items()}
    assert (found["layout"], found["level"]) == ("ghana", 2)
    assert {how: len(each) for how, each in pairs.items()} == {
        "alias": 4, "code": 0, "name": 188, "name_without_kind": 51, "spelling": 17,
    }  # fmt: skip
    assert pairs["spelling"] == _GHANA_SPELLINGS
    assert pairs["alias"] == _GHANA_ALIASES
    for told, name in {**pairs["name"], **pairs["name_without_kind"]}.items():
        assert _plain(told) == _plain(name)
    assert found["not_matched"] == [{"name": "Guan", "nearest": []}]
    assert found["areas_without_figure"] == []
    assert len(found["other_levels"]) == 17  # sixteen regions and the country
    # Guan lacks a boundary, and each region and the country differ only by what people round.
    assert all(line.startswith(("Oti [GH10]", "Ghana 2021")) for line in found["differences"]), found["differences"][:5]
    national = _sum(program, "sex = '_T' AND urban = '_T' AND age = 'Y_GE6' AND phone = '_T'")
    assert 25_900_000 < national < 26_200_000
    assert _sum(program, "urban = 'R' AND sex = '_T' AND age = 'Y_GE6' AND phone = 'yes'") < national / 2


def test_nepal_750_of_753_local_levels_match_within_their_districts(
    run: Run, load: Callable[..., dict[str, Any]], program: Program, tmp_path: Path
) -> None:
    for level in (1, 2, 3):
        options = [] if level == 1 else ["--parent-field", PARENT_FIELD]
        loaded = run(
            "areas", "load", write_level(level, tmp_path), "--level", level, "--code-field", CODE_FIELD,
            "--name-field", NAME_FIELD, *options,
        )  # fmt: skip
        assert loaded.exit_code == 0, loaded.output
    found = load("nepal/population_local_level_sex.csv")
    names = _names(program)
    spelt = {each["name"]: names[each["area_code"]] for each in found["matched"]["spelling"]}
    assert (found["layout"], found["level"]) == ("nepal", 3)
    assert spelt == _NEPAL_SPELLINGS
    assert {each["name"].split()[0] for each in found["not_matched"]} == {"Shankharapur", "Baudeekali", "Dodhara"}
    assert sum(map(len, found["matched"].values())) == 750
    assert found["differences"] == []
    assert _sum(program, "sex = '_T'") == 28_989_751  # of 29,164,578 less what the three have


def test_kenya_by_code_and_by_county_with_disability_and_phones(
    run: Run, load: Callable[..., dict[str, Any]], program: Program
) -> None:
    _load_areas(run, "kenya", 1, "adm1_pcode", "adm1_name")
    people = load("kenya/population_adm1_sex_age.csv")
    assert (people["layout"], len(people["matched"]["code"]), people["not_matched"]) == ("tidy", 47, [])
    assert _sum(program, "true") > 47_000_000
    ages = "SELECT count(DISTINCT age) FROM population"
    with program.owner.begin() as connection:
        assert connection.execute(text(ages)).scalar_one() in (20, 21)
    for name, layout in (("disability", "kenya_disability"), ("phone_ownership", "kenya_phone")):
        found = load(f"kenya/{name}_subcounty_sex.csv")
        assert (found["layout"], found["level"], found["not_matched"]) == (layout, 1, [])
        assert len(found["matched"]["name"]) + len(found["matched"]["name_without_kind"]) == 47
        assert found["differences"] == []
    disabled = _sum(program, "disability = 'with' AND sex = '_T'")
    assert disabled == pytest.approx(918_270, rel=0.001)
    assert _sum(program, "phone = 'yes' AND sex = '_T'") == pytest.approx(20_694_315, rel=0.001)


def test_kenyas_sub_counties_are_not_guessed_to_be_constituencies(
    run: Run, load: Callable[..., dict[str, Any]]
) -> None:
    _load_areas(run, "kenya", 1, "adm1_pcode", "adm1_name")
    _load_areas(run, "kenya", 2, "adm2_pcode", "adm2_name")
    found = load("kenya/disability_subcounty_sex.csv", "--level", 2)
    assert len(found["not_matched"]) > 140
    assert "MT. KENYA FOREST (MERU)" in {each["name"] for each in found["not_matched"]}


def test_haiti_by_the_aliases_of_its_layout(run: Run, load: Callable[..., dict[str, Any]], program: Program) -> None:
    _load_areas(run, "haiti", 1, "ADM1_PCODE", "ADM1_FR")
    result = run("population", "load", _DATA / "haiti/population_adm1_sex_age.csv")
    assert "it has no column with the year: give --year" in result.stderr
    found = load("haiti/population_adm1_sex_age.csv", "--year", 2020)
    assert (found["layout"], len(found["matched"]["alias"]), found["not_matched"]) == ("haiti", 10, [])
    names = _names(program)
    pairs = {each["name"]: names[each["area_code"]] for each in found["matched"]["alias"]}
    assert pairs == {
        "HT_AR": "Artibonite", "HT_CE": "Centre", "HT_GA": "Grande'Anse", "HT_ND": "Nord", "HT_NE": "Nord-Est",
        "HT_NI": "Nippes", "HT_NO": "Nord-Ouest", "HT_OU": "Ouest", "HT_SD": "Sud", "HT_SE": "Sud-Est",
    }  # fmt: skip
    # The table's own country row is larger than its departments together, for every sex and age.
    assert found["differences"][0] == "HT 2020: 14,769,525 in all, 14,439,811 as the sum of 10 areas (-2.2%)"
    assert {line.split()[0] for line in found["differences"]} == {"HT"}

"""`population load` as somebody types it: what matched and what did not, sums, replacing, one line for a fault."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.conftest import add_campaign

Run = Callable[..., Result]
_TIDY = """area,sex,age,year,value
AA01,F,0-4,2020,10
AA01,M,0-4,2020,12
AA02,F,0-4,2020,20
AA02,M,0-4,2020,18
"""


def _square(code: str, name: str, west: float, parent: str | None = None, width: float = 1.0) -> dict[str, object]:
    corners = [[west, 0], [west + width, 0], [west + width, 1], [west, 1], [west, 0]]
    properties = {"CODE": code, "NAME": name, **({"PARENT": parent} if parent else {})}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [corners]}}


LEVEL_1 = [_square("AA", "Northern", 0, width=3.0), _square("BB", "Southern", 10, width=3.0)]
LEVEL_2 = [
    _square("AA01", "Kafou Municipal", 0),
    _square("AA02", "Ba West", 1),
    _square("AA03", "Santa Kruz", 2),
    _square("BB01", "Kafou", 10),
    _square("BB02", "Mfantseman", 11),
]


@pytest.fixture
def run(app: Flask, program: Program, tmp_path: Path) -> Run:
    with program.owner.begin() as connection:
        add_campaign(connection)
    runner = app.test_cli_runner()

    def _run(*arguments: object) -> Result:
        return runner.invoke(args=[str(argument) for argument in arguments])

    for level, features in ((1, LEVEL_1), (2, LEVEL_2)):
        path = tmp_path / f"level{level}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        loaded = _run("areas", "load", path, "--level", level, "--code-field", "CODE", "--name-field", "NAME")
        assert loaded.exit_code == 0, loaded.output
    return _run


@pytest.fixture
def load(run: Run, tmp_path: Path) -> Run:
    """Loads a table that is written here, and returns what was printed."""

    def _load(table: str, *options: object, name: str = "table.csv") -> Result:
        path = tmp_path / name
        path.write_text(table, encoding="utf-8")
        return run("population", "load", path, *options)

    return _load


def _stored(program: Program) -> set[tuple[object, ...]]:
    query = "SELECT area_code, area_level, sex, age, disability, phone, urban, year, value FROM population"
    with program.owner.begin() as connection:
        return {tuple(row) for row in connection.execute(text(query))}


def _read(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def _error(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_tidy_table_by_code_is_stored_as_it_is(load: Run, program: Program) -> None:
    printed = load(_TIDY)
    assert printed.exit_code == 0, printed.output
    assert "matched by code: 2\n" in printed.stdout
    assert "level: 2\n" in printed.stdout
    assert "figures: 4\n" in printed.stdout
    assert _stored(program) == {
        ("AA01", 2, "F", "Y0T4", "_T", "_T", "_T", 2020, 10),
        ("AA01", 2, "M", "Y0T4", "_T", "_T", "_T", 2020, 12),
        ("AA02", 2, "F", "Y0T4", "_T", "_T", "_T", 2020, 20),
        ("AA02", 2, "M", "Y0T4", "_T", "_T", "_T", 2020, 18),
    }


def test_loading_again_replaces_what_the_source_had(load: Run, program: Program) -> None:
    assert _read(load(_TIDY, "--json"))["replaced"] == 0
    again = _TIDY.replace("AA02,M,0-4,2020,18", "AA02,M,0-4,2020,19")
    assert _read(load(again, "--json"))["replaced"] == 4
    assert len(_stored(program)) == 4
    assert ("AA02", 2, "M", "Y0T4", "_T", "_T", "_T", 2020, 19) in _stored(program)
    other = _read(load(_TIDY, "--json", "--source", "another census"))
    assert (other["replaced"], len(_stored(program))) == (0, 5)  # what both sources say alike is there twice


def test_another_table_under_the_same_name_is_not_overwritten(load: Run, program: Program) -> None:
    load(_TIDY, "--source", "census")
    urban = "area,urban,year,value\nAA01,U,2020,5\nAA01,R,2020,17\n"
    assert "give this one its own --source" in _error(load(urban, "--source", "census", name="urban.csv"))
    assert len(_stored(program)) == 4
    assert load(urban, "--source", "census", "--replace", name="urban.csv").exit_code == 0
    assert len(_stored(program)) == 2


def test_single_ages_are_summed_into_five_years(load: Run, program: Program) -> None:
    rows = "".join(f"AA01,{age},{age + 1}\n" for age in range(12)) + "AA01,100,1\nAA01,101,2\nAA01,110+,4\n"
    loaded = load(f"area_code,age,value\n{rows}", "--year", 2019)
    assert "ages that fill no band of five years stay as they are: Y10T10, Y11T11" in loaded.stderr
    ages = {row[3]: row[8] for row in _stored(program)}
    assert ages == {"Y0T4": 15, "Y5T9": 40, "Y10T10": 11, "Y11T11": 12, "Y_GE100": 7}


def test_names_are_matched_by_kind_and_spelling_and_the_rest_is_listed(load: Run, program: Program) -> None:
    table = "area,parent,year,value\nKAFOU,Northern Region,2020,1\nBa West District,Northern Region,2020,2\n"
    table += (
        "Santa-Cruz,Northern Region,2020,3\nMfantsiman Municipal,Southern,2020,4\nBa East,,2020,5\nNowhere,,2020,6\n"
    )
    found = _read(load(table, "--json", "--level", 2))
    matched = {how: {each["name"]: each["area_code"] for each in pairs} for how, pairs in found["matched"].items()}
    assert matched == {
        "alias": {},
        "code": {},
        "name": {},
        "name_without_kind": {"KAFOU (Northern Region)": "AA01", "Ba West District (Northern Region)": "AA02"},
        "spelling": {"Santa-Cruz (Northern Region)": "AA03", "Mfantsiman Municipal (Southern)": "BB02"},
    }
    assert found["not_matched"] == [{"name": "Ba East", "nearest": []}, {"name": "Nowhere", "nearest": []}]
    assert found["areas_without_figure"] == ["BB01"]
    assert {row[0]: row[8] for row in _stored(program)} == {"AA01": 1, "AA02": 2, "AA03": 3, "BB02": 4}


def test_a_name_that_two_areas_have_is_not_guessed(load: Run) -> None:
    """Kafou Municipal and Kafou: without a parent the name itself decides, and "Kafou District" is either."""
    table = "area,year,value\nKafou District,2020,1\nBa West,2020,2\n"
    found = _read(load(table, "--json", "--level", 2))
    assert found["not_matched"] == [{"name": "Kafou District", "nearest": ["AA01", "BB01"]}]


def test_the_report_shows_each_close_spelling_and_the_nearest_of_the_rest(load: Run) -> None:
    printed = load("area,year,value\nMfantsiman,2020,4\nBa East,2020,5\nBa Westt,2020,5\n", "--level", 2).stdout
    assert "matched by close spelling: 1\n  Mfantsiman -> Mfantseman [BB02]\n" in printed
    assert "  Ba Westt: nearest Ba West [AA02]\n" in printed
    assert "  Ba East: nearest Ba West [AA02]\n" in printed


def test_strict_loads_nothing_where_a_name_does_not_match(load: Run, program: Program) -> None:
    table = "area,year,value\nBa West,2020,2\nNowhere,2020,6\n"
    assert "1 match no area of level 2: Nowhere" in _error(load(table, "--strict", "--level", 2))
    assert _stored(program) == set()


def test_a_table_of_which_nothing_matches_is_refused(load: Run) -> None:
    assert "none of its names is an area of level 2: Nowhere" in _error(
        load("area,year,value\nNowhere,2020,6\n", "--level", 2)
    )


def test_aliases_settle_the_rest(load: Run, program: Program, tmp_path: Path) -> None:
    aliases = tmp_path / "aliases.csv"
    aliases.write_text("name,area_code\nnowhere,AA03\n", encoding="utf-8")
    found = _read(load("area,year,value\nNowhere,2020,6\n", "--aliases", aliases, "--json", "--level", 2))
    assert found["matched"]["alias"] == [{"name": "Nowhere", "area_code": "AA03"}]
    assert {row[0] for row in _stored(program)} == {"AA03"}
    aliases.write_text("name,area_code\nnowhere,AA99\n", encoding="utf-8")
    assert "aliases.csv: line 2, column area_code: no area has that code" in _error(
        load("area,year,value\nNowhere,2020,6\n", "--aliases", aliases)
    )


def test_rows_of_other_levels_are_compared_and_not_loaded(load: Run, program: Program) -> None:
    table = "area,year,value\nNorthern,2020,100\nKafou Municipal,2020,50\nBa West,2020,30\nSanta Kruz,2020,40\n"
    found = _read(load(table, "--json"))
    assert (found["level"], found["other_levels"]) == (2, ["Northern"])
    assert found["differences"] == ["Northern [AA] 2020: 100 in all, 120 as the sum of 3 areas (+20.0%)"]
    assert len(_stored(program)) == 3


def test_sums_are_compared_with_what_is_stored_of_the_level_above(load: Run) -> None:
    load("area_code,year,value\nAA,2020,1000\nBB,2020,999\n", "--source", "regions", name="regions.csv")
    table = "area_code,year,value\nAA01,2020,500\nAA02,2020,300\nAA03,2020,196\nBB01,2020,900\n"
    found = _read(load(table, "--json", "--level", 2))
    assert found["differences"] == [
        "Southern [BB] 2020: 999 in all, 900 as the sum of 2 areas, 1 without a figure (-9.9%)"
    ]  # 996 of 1,000 is within half of one per cent


def test_a_level_that_is_loaded_later_is_compared_with_its_parts(load: Run) -> None:
    load("area_code,year,value\nBB01,2020,500\nBB02,2020,300\n", "--source", "a", name="a.csv")
    load("area_code,year,value\nBB01,2020,700\nBB02,2020,300\n", "--source", "b", name="b.csv")
    found = _read(load("area_code,year,value\nBB,2020,1000\n", "--json", "--source", "regions"))
    assert found["differences"] == ["Southern [BB] 2020: 1,000 in all, 800 as the sum of 2 areas (-20.0%)"]


def test_totals_are_compared_with_their_parts(load: Run) -> None:
    table = (
        "area_code,sex,age,year,value\nAA01,Total,Total,2020,1000\nAA01,Female,Total,2020,500\nAA01,Male,Total,2020,400\n"
        "AA01,Total,0-49,2020,600\nAA01,Total,50+,2020,398\nAA02,Total,Total,2020,5\nAA02,Female,Total,2020,5\n"
    )
    assert _read(load(table, "--json"))["differences"] == [
        "Kafou Municipal [AA01] 2020: 1,000 in all, 900 as the sum of sex (-10.0%)"
    ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("area,year,value\nAA01,2020,ten\n", "line 2, column value: not a number"),
        ("area,year,value\nAA01,2020,5\nAA02,2020,-1\n", "line 3, column value: not a whole number of people"),
        ("area,year,value\nAA01,2020,1.5\n", "line 2, column value: not a whole number of people"),
        ("area,year,value\n,2020,1\n", "line 2, column area: empty"),
        ("area,year,value\nAA01,next,1\n", "line 2, column year: no year"),
        ("area,sex,year,value\nAA01,X,2020,1\n", "line 2, column sex: no code of sex"),
        ("area,age,year,value\nAA01,old,2020,1\n", "line 2, column age: no age"),
        ("area,age,year,value\nAA01,9-5,2020,1\n", "line 2, column age: an age band that ends before it begins"),
        ("area,year,value\nAA01,2020,1\nAA01,2020,1\n", "line 3: the same area and codes as line 2"),
        ("area,value\nAA01,1\n", "it has no column with the year: give --year"),
        ("where,value\nAA01,1\n", "neither columns area_code or area, and value, nor one of the layouts ghana,"),
        ("area,year,value\n", "no figure in it"),
    ],
)
def test_bad_input_is_one_line_with_its_place_and_nothing_is_loaded(
    load: Run, program: Program, table: str, reason: str
) -> None:
    assert reason in _error(load(table))
    assert _stored(program) == set()


def test_a_failed_load_leaves_what_was_there(load: Run, program: Program) -> None:
    load(_TIDY)
    before = _stored(program)
    _error(load(_TIDY + "AA03,F,0-4,2020,many\n"))
    assert _stored(program) == before


def test_a_year_is_chosen_of_several(load: Run) -> None:
    table = "area,year,value\nAA01,2019,1\nAA01,2020,2\n"
    assert _read(load(table, "--json"))["figures"] == 2
    found = _read(load(table, "--json", "--year", 2020, "--source", "one"))
    assert (found["figures"], found["rows_of_other_years"]) == (1, 1)


def test_a_mapping_reads_a_wide_table(load: Run, program: Program, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "year: 2021\nmethod: survey\nareas: [{name: Lieu}]\n"
        "dimensions: {urban: {column: Milieu, codes: {U: [ville], R: [campagne]}}}\n"
        "values: {Femmes: {sex: F, age: Y_GE15}, avec tel: {sex: F, age: Y_GE15, phone: yes}}\n",
        encoding="utf-8",
    )
    table = "Lieu;Milieu;Femmes;avec tel\nBa West;ville;1 200;\nBa West;campagne;3 400;120\n"
    found = _read(load(table, "--json", "--mapping", mapping))
    assert (found["figures"], found["empty_cells"], found["layout"]) == (3, 1, "mapping")
    assert _stored(program) == {
        ("AA02", 2, "F", "Y_GE15", "_T", "_T", "U", 2021, 1200),
        ("AA02", 2, "F", "Y_GE15", "_T", "_T", "R", 2021, 3400),
        ("AA02", 2, "F", "Y_GE15", "_T", "yes", "R", 2021, 120),
    }


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("areas: [{level: 1}]\nvalues: {a: {}}\n", "areas.0.name: names neither a column of codes nor one of names"),
        ("areas: [{name: A}]\n", "values: Missing data"),
        ("areas: [{name: A}]\nvalues: {a: {sex: X}}\n", "values.a.sex: Must be one of"),
        ("areas: [{name: A}]\nvalues: {a: {age: old}}\n", "values.a.age: no code of an age band"),
        (
            "areas: [{name: A}]\nvalues: {a: {}}\ndimensions: {sex: {column: S, codes: {X: [x]}}}\n",
            "sex.codes.X: no code",
        ),
        ("areas: [{name: A}\n", "not a YAML file"),
        ("areas: [{name: A}]\nvalues: {a: {}}\nspeed: 1\n", "speed: Unknown field"),
    ],
)
def test_a_bad_mapping_is_one_line_with_the_key(load: Run, tmp_path: Path, mapping: str, reason: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    assert reason in _error(load("A,a\nBa West,1\n", "--mapping", path, "--year", 2020))


def test_without_boundaries_there_is_nothing_to_match_with(app: Flask, program: Program, tmp_path: Path) -> None:
    with program.owner.begin() as connection:
        add_campaign(connection)
    path = tmp_path / "table.csv"
    path.write_text(_TIDY, encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["population", "load", str(path)])
    assert "no boundaries are loaded" in _error(result)


def test_two_names_of_one_area_do_not_overwrite_each_other(load: Run, program: Program, tmp_path: Path) -> None:
    aliases = tmp_path / "aliases.csv"
    aliases.write_text("name,area_code\nOld Ba,AA02\nBa West,AA02\n", encoding="utf-8")
    both = load("area,year,value\nBa West,2020,1\nOld Ba,2020,2\n", "--aliases", aliases)
    assert "Ba West and Old Ba are both Ba West [AA02], with the same codes" in _error(both)
    assert _stored(program) == set()
    parts = "area,sex,year,value\nBa West,F,2020,1\nOld Ba,M,2020,2\n"
    assert _read(load(parts, "--aliases", aliases, "--json"))["figures"] == 2


def test_hxl_tags_and_a_workbook_are_read_as_any_table_is(
    load: Run, run: Run, program: Program, tmp_path: Path
) -> None:
    tagged = "Admin,Gender,When,People\n#adm2+code,,#date+year,#population\nAA01,,2020,7\n"
    assert _read(load(tagged, "--json"))["figures"] == 1
    book = Workbook()
    for row in (["Census of a country"], ["area", "sex", "age", "year", "value"], ["AA02", "F", "0-4", 2021, 8]):
        book.active.append(row)
    book.save(tmp_path / "census.xlsx")
    assert run("population", "load", tmp_path / "census.xlsx").exit_code == 0
    assert ("AA02", 2, "F", "Y0T4", "_T", "_T", "_T", 2021, 8) in _stored(program)


def test_tables_are_listed_and_removed(load: Run, run: Run, program: Program) -> None:
    load(_TIDY, "--source", "census")
    load("area,year,value\nAA,2021,9\n", "--source", "model", name="model.csv")
    assert run("population", "list").stdout == (
        "census, 2020, level 2: 2 areas, 4 figures by sex, age\nmodel, 2021, level 1: 1 areas, 1 figures by people\n"
    )
    assert [table["source"] for table in json.loads(run("population", "list", "--json").stdout)] == ["census", "model"]
    assert "nothing is stored of that source; there is: census, model" in _error(
        run("population", "remove", "--source", "other")
    )
    assert "nothing is stored" in _error(run("population", "remove", "--source", "census", "--year", 2019))
    assert run("population", "remove", "--source", "census").stdout == "removed: 4\n"
    assert {row[0] for row in _stored(program)} == {"AA"}

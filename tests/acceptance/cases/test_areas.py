"""Boundaries: a load never moves or empties another level, and says what it did with codes that come again."""

from tests.acceptance.cases.ground import Ground, collect, make_ground, square, succeed
from tests.acceptance.installation import Installation

DEPARTMENTS = {(1, "1"): "North", (1, "2"): "South"}


def make_departments(installation: Installation, slug: str) -> Ground:
    """A campaign with two areas of the first level."""
    made = make_ground(installation, slug, "HT", "ht")
    areas = [square(-73, 19 - n, 0.9, C=n + 1, N=name) for n, name in enumerate(DEPARTMENTS.values())]
    succeed(made.load_areas(1, made.write("1.geojson", collect(*areas))))
    return made


def keep_first_level(made: Ground) -> dict[tuple[int, str], str]:
    """What is of the first level."""
    return {key: name for key, name in made.list_areas().items() if key[0] == 1}


def test_codes_that_come_again_on_another_level_empty_none(shared: Installation) -> None:
    """Case 16: level 2 whose ids count from 1 as those of level 1 do."""
    made = make_departments(shared, "again")
    areas = [square(-73 + n / 3, 19, 0.3, C=n + 1, N=f"Commune {n}") for n in range(3)]
    ended = made.load_areas(2, made.write("2.geojson", collect(*areas)))
    assert keep_first_level(made) == DEPARTMENTS
    assert "level" in ended.stdout + ended.stderr, "nothing is said of it"


def test_the_code_of_the_area_above_renames_none(shared: Installation) -> None:
    """Case 16: the parents' code given for that of the communes, whose names are then those of departments."""
    made = make_departments(shared, "above")
    areas = [square(-73 + n / 3, 19, 0.3, C="1", N=f"Commune {n}") for n in range(2)]
    ended = made.load_areas(2, made.write("2.geojson", collect(*areas)))
    assert made.list_areas() == DEPARTMENTS
    assert ended.code != 0


def test_two_areas_of_one_code_are_told(shared: Installation) -> None:
    """Case 16: two areas with one code and two names do not become one without a word."""
    made = make_ground(shared, "doubled", "HT", "ht")
    areas = [square(-72.9, 18.4, 0.1, C="D1", N="Alpha"), square(-72.1, 19.4, 0.1, C="D1", N="Beta")]
    ended = made.load_areas(1, made.write("1.geojson", collect(*areas)))
    assert "Beta" in made.list_areas().values() or "D1" in ended.stderr or "line 2" in ended.stderr, ended.stdout
    [size] = made.select("SELECT ST_Area(geom) FROM area")
    assert size[0] < 0.011, "the ground of both is one area"

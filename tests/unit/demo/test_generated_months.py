"""The generated months are the same everywhere, biased as they say, and named where the figures are declared."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

import reporting
from reporting.campaigns.campaign import check_definition
from reporting.campaigns.cube_use import limit_to_cube
from reporting.campaigns.definition import Conversation
from reporting.demo.generated_months import GENERATED_MONTHS, Said, Sender, Spot, draw_reports, draw_senders
from reporting.demo.generated_rows import read_people

FOLDER = Path(reporting.__file__).parent / "demo"
PEOPLE = read_people(FOLDER / "population.csv")
SPOTS = [
    Spot(27.0, 85.0, {1: "NP3", 2: district, 3: f"{district}-{number}"}) for district in PEOPLE for number in (1, 2)
]


@pytest.fixture(scope="module")
def senders() -> list[Sender]:
    return draw_senders(SPOTS, PEOPLE)


@pytest.fixture(scope="module")
def said(senders: list[Sender]) -> list[Said]:
    return draw_reports(SPOTS, senders)


def test_every_draw_is_the_same(senders: list[Sender], said: list[Said]) -> None:
    assert draw_senders(SPOTS, PEOPLE) == senders
    assert draw_reports(SPOTS, senders) == said


def test_the_census_has_every_district_and_the_people_of_nepal() -> None:
    assert len(PEOPLE) == 77
    assert sum(sum(sexes.values()) for sexes in PEOPLE.values()) == 29_074_990


def test_women_children_old_people_and_silent_districts_report_less(senders: list[Sender]) -> None:
    sexes = Counter(each.sex for each in senders)
    assert 0.5 < sexes["F"] / sexes["M"] < 0.65
    ages = Counter(each.age for each in senders)
    assert ages["Y0T14"] + ages["Y_GE65"] < 0.05 * len(senders)
    by_district = Counter(SPOTS[each.spot].codes[2] for each in senders)
    assert by_district["NP-RAUTAHAT"] < by_district["NP-BARA"] / 5
    assert max(by_district.values()) > 10 * min(by_district.values())


def test_a_tenth_is_of_nobody_known_or_does_not_say_the_sex(senders: list[Sender], said: list[Said]) -> None:
    unknown = sum(each.sender is None or senders[each.sender].sex is None for each in said)
    assert 0.08 < unknown / len(said) < 0.13


def test_water_rises_before_the_monsoon_and_roads_break_in_it(said: list[Said]) -> None:
    counts = Counter((f"{each.occurred_at:%Y-%m}", each.topic) for each in said)
    water = [counts[month, "water"] for month in GENERATED_MONTHS]
    assert water[0] < water[1] < water[2] > water[3]
    assert counts["2026-08", "roads"] > 1.5 * counts["2026-04", "roads"]


def test_times_follow_each_other_and_end_before_the_first_message(said: list[Said]) -> None:
    assert all(each.occurred_at <= each.reported_at <= each.decided_at for each in said)
    assert f"{max(each.occurred_at for each in said):%m-%d}" <= "10-23"
    assert [each.reported_at for each in said] == sorted(each.reported_at for each in said)


def test_reports_of_an_incident_are_of_one_place_and_topic(said: list[Said]) -> None:
    of_incident: dict[int, set[tuple[int, str]]] = {}
    for each in said:
        of_incident.setdefault(each.incident, set()).add((each.spot, each.topic))
    assert all(len(places) == 1 for places in of_incident.values())
    assert sorted(of_incident) == list(range(len(of_incident)))
    assert len(of_incident) < 0.95 * len(said)


def test_the_campaign_names_the_months_and_asks_nobody_about_themselves() -> None:
    definition: dict[str, Any] = yaml.safe_load((FOLDER / "campaign.yaml").read_text(encoding="utf-8"))
    checked = check_definition(definition, "campaign.yaml")
    assert tuple(checked["settings"]["generated_months"]) == GENERATED_MONTHS
    assert "person" not in checked["conversation"]
    assert not limit_to_cube(Conversation(), checked["settings"]).person.asks_sex

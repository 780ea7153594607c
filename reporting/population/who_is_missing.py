"""Names who is missing among the reporters of a figure: compares counts of people with the population of the campaign.

The counts are those of a release, noised, with their standard errors: nothing here reads a report or a contact.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from reporting.population.people import AGE, AREA, REPORTERS_FROM, Margin, find_margin
from reporting.population.representation import (
    Estimate,
    Group,
    RepresentationRatio,
    SilentArea,
    compare_groups,
    map_of_silence,
)

Counts = Mapping[str, Estimate]  # reporters by code


@dataclass(frozen=True, slots=True)
class Comparison:
    """The ratios of one dimension, with the table of the population that they rest on."""

    dimension: str
    ratios: tuple[RepresentationRatio, ...]
    margin: Margin


@dataclass(frozen=True, slots=True)
class WhoIsMissing:
    """The comparisons by dimension; of areas also the silent ones.

    `not_compared` are dimensions of which no table of the population tells the groups.
    """

    comparisons: Mapping[str, Comparison]
    silent: tuple[SilentArea, ...]
    not_compared: tuple[str, ...]


def find_missing(
    connection: Connection, campaign_id: int, counts: Mapping[str, Counts], level: int | None = None
) -> WhoIsMissing:
    """Compare reporters by dimension with the population; `level` is that of the areas, if they are counted.

    A code of the population that has no count has no reporters. Reporters of a code that the population does not have
    (not known, another sex) are not compared.
    """
    comparisons: dict[str, Comparison] = {}
    silent: list[SilentArea] = []
    for dimension, reporters in counts.items():
        found = _compare(connection, campaign_id, dimension, reporters, level)
        if found is not None:
            comparison, groups = found
            comparisons[dimension] = comparison
            silent += map_of_silence(groups) if dimension == AREA else []
    return WhoIsMissing(comparisons, tuple(silent), tuple(name for name in counts if name not in comparisons))


def _compare(
    connection: Connection, campaign_id: int, dimension: str, reporters: Counts, level: int | None
) -> tuple[Comparison, list[Group]] | None:
    """Compare one dimension; ages over all people, else those who can be expected to report."""
    of_areas = level if dimension == AREA else None
    first_age = 0 if dimension == AGE else REPORTERS_FROM
    margin = find_margin(connection, campaign_id, dimension, level=of_areas, first_age=first_age)
    if margin is None:
        return None
    owners = find_margin(
        connection, campaign_id, dimension, level=of_areas, first_age=first_age, is_of_owners=True
    )  # fmt: skip
    phones = owners.people if owners is not None else {}
    groups = [
        Group(code, reporters.get(code, Estimate(0.0)), people, phones.get(code))
        for code, people in sorted(margin.people.items())
    ]
    return Comparison(dimension, tuple(compare_groups(groups)), margin), groups

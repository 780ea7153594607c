"""What the public knows of a release besides its figures: dimensions, levels, tables and how it is protected.

Releases that were made before figures carried noise have one dimension (the topic), one area level, no totals and no
estimates; the properties here describe both kinds alike, so that every output can still show the earlier ones.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final, NamedTuple

from reporting.aggregation.dimension import TOTAL
from reporting.aggregation.ledger import CAPS
from reporting.aggregation.period import WEEK

TOPIC: Final = "topic"
_LEVEL_ONCE: Final = 2  # of releases that do not say their level
_COUNTRY: Final = 0
_COIN: Final = 50  # of 100 guesses are right of somebody who knows nothing


@dataclass(frozen=True, slots=True)
class DimensionInfo:
    """A dimension of a release with its codes, the total left out, and the name of the list they are from."""

    name: str
    codes: tuple[str, ...]
    code_list: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """A release without its figures."""

    id: int
    campaign_slug: str
    campaign_name: str
    cube: str
    period: str
    version: int
    policy: dict[str, Any]
    quality: dict[str, Any]
    topics: dict[str, dict[str, str]]  # names by code and language
    code_version: str
    created_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None  # for the public

    @property
    def is_withdrawn(self) -> bool:
        """Whether the release was withdrawn: its figures can no longer be read."""
        return self.withdrawn_at is not None

    @property
    def is_provisional(self) -> bool:
        """Whether the release was made before its period was over, as was possible once."""
        return bool(self.policy.get("provisional"))

    @property
    def is_generated(self) -> bool:
        """Whether reports in it are generated, as in a demonstration."""
        return bool(self.policy.get("generated_months"))

    @property
    def threshold(self) -> int:
        """The number of people from which on a figure is shown."""
        return int(self.policy["threshold"])

    @property
    def has_noise(self) -> bool:
        """Whether the figures carry noise, add up and have totals; those of earlier releases do not."""
        return "dimensions" in self.policy

    @property
    def dimensions(self) -> tuple[DimensionInfo, ...]:
        """The dimensions in the order of a figure's codes."""
        if not self.has_noise:
            return (DimensionInfo(TOPIC, tuple(self.topics)),)
        return tuple(
            DimensionInfo(each["name"], tuple(each["codes"]), each["code_list"]) for each in self.policy["dimensions"]
        )

    @property
    def questions(self) -> dict[str, Any]:
        """The questions whose answers are counted, by `form.question`: `text`, and `choices` by code, by language."""
        return dict(self.policy.get("questions", {}))

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels of areas below the country, from the coarsest to the finest."""
        if not self.has_noise:
            return (int(self.policy.get("area_level", _LEVEL_ONCE)),)
        return tuple(self.policy["area_levels"])

    @property
    def deepest_level(self) -> int:
        """The finest level of areas; 0 where only the country is counted."""
        return max((_COUNTRY, *self.levels))

    @property
    def is_weekly(self) -> bool:
        """Whether the cube is counted by the week and not by the month."""
        return bool(self.policy.get("period") == WEEK)

    @property
    def measures(self) -> tuple[str, ...]:
        """What is counted in each cell."""
        return tuple(self.policy["measures"])

    @property
    def is_capped(self) -> bool:
        """Whether the best guess holds over all cubes of the campaign; of earlier releases it is that of one cube."""
        return CAPS in self.policy

    @property
    def best_guess(self) -> int | None:
        """How often of 100 times a guess about who reports in a month is right at most, rounded up; None without noise.

        It is a promise over everything that the campaign has published and will publish (see `is_capped`).
        """
        guess = self.policy.get("best_guess_of_100")
        return None if guess is None else max(ceil(guess), _COIN)

    @property
    def years(self) -> tuple[str, ...]:
        """The years of its months, in order."""
        return tuple(sorted({month[:4] for month in self.policy.get("months", ())}))

    @property
    def best_guess_of_all_months(self) -> int | None:
        """The same of a person who reports in every month of the years of the release."""
        guess = self.policy.get("best_guess_all_of_100")
        return None if guess is None else max(ceil(guess), _COIN)

    def is_counted(self, level: int, crossed: Collection[str]) -> bool:
        """Return whether there are figures by these dimensions together at a level of areas."""
        if not self.has_noise:
            return level == self.deepest_level and set(crossed) == {TOPIC}
        depth = (_COUNTRY, *self.levels).index(level)
        for name in self.policy["tables"]:
            table_depth, *dimensions = name.split("/")
            if int(table_depth) >= depth and set(crossed) <= set(dimensions):
                return True
        return False


class Cell(NamedTuple):
    """One figure of a release. `value` is None where it is too small to be shown; `estimate` is in thousandths.

    It is a tuple, since a million are made for a file.
    """

    area_code: str
    area_level: int
    area_name: str
    month: str
    codes: tuple[str, ...]  # in the order of the release's dimensions
    measure: str
    value: int | None
    estimate: int | None
    standard_error: float | None
    status: str
    confidentiality: str

    @property
    def crossed(self) -> int:
        """Count the dimensions in which the figure is of one category and not of all."""
        return sum(code != TOTAL for code in self.codes)

"""Compares who reports with who lives there: representation ratios and the map of silence.

Pure statistics over counts of people; no database. A ratio is a group's share of the reporters divided by its share of
the population: 1 is a fair share, 0.5 half of one. The universe is the same on both sides: for sex, disability, urban
and area it is the people of 15 and older, and of the reporters those whose answer is known.

Counts may be estimates with a standard error, as the noised counts of a release are: the variance of the noise widens
each interval, so that a group is named for what the figures show and never for their noise. Phone ownership is shown
beside a ratio because it explains some of it; no ratio is corrected by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import hypot, sqrt
from typing import Final

Z: Final = 1.96  # two-sided 95 per cent: a group on the limit is named by error at most 25 times in 1,000
LEFT_OUT_BELOW: Final = 0.8
OVER_ABOVE: Final = 1 / LEFT_OUT_BELOW
_LEAST_FOR_OVER: Final = 10  # reporters: with a few, the lower bound of Wilson's interval is too high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count of people with the standard error of the noise in it, 0 for an exact count."""

    value: float
    standard_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the population and its reporters; `phone_owners` is None where no source tells them."""

    code: str
    reporters: Estimate
    people: int
    phone_owners: int | None = None


class Verdict(StrEnum):
    """What the interval of a ratio shows."""

    LEFT_OUT = "left_out"  # surely: even the upper bound is below 0.8
    OVER = "over"  # surely: even the lower bound is above 1.25
    NEAR = "near"  # the whole interval is between the two
    UNCLEAR = "unclear"  # too few reporters to tell


@dataclass(frozen=True, slots=True)
class RepresentationRatio:
    """One group's ratio with its interval; `ratio` is None where nobody reported.

    `phone_ratio` is the ratio that the group would have if each owner of a phone were equally likely to report; None
    where ownership is not known.
    """

    code: str
    people: int
    reporters: Estimate
    expected: float  # reporters of a fair share
    ratio: float | None
    low: float
    high: float
    verdict: Verdict
    phone_ratio: float | None


class Silence(StrEnum):
    """How silent an area is."""

    NONE = "none"  # no reporter that the figures can tell from none
    FEWER = "fewer"  # reporters, but surely fewer than a fair share


@dataclass(frozen=True, slots=True)
class SilentArea:
    """An area of the map of silence with the people who live there.

    `is_sure` says that the silence is no chance: in a small area none may be as many as can be expected.
    """

    code: str
    people: int
    phone_owners: int | None
    reporters: Estimate
    expected: float
    silence: Silence
    is_sure: bool


def share_interval(part: Estimate, whole: Estimate, z: float = Z) -> tuple[float, float]:
    """Return the interval of a share of two estimates: all p that a score test with both variances would not reject.

    Solves (k - np)^2 <= z^2 (np(1 - p) + s_k^2 + p^2 s_n^2) for p. Without noise this is Wilson's interval; with noise
    alone it is Fieller's for a ratio. The errors of part and whole are taken as independent: where the whole contains
    the part they rise together and the true interval is narrower, so that this one errs on the safe side. (0, 1) where
    the whole cannot be told from nothing.
    """
    k, n = max(part.value, 0.0), max(whole.value, 0.0)
    a = n * n + z * z * (n - whole.standard_error**2)
    if n == 0 or n <= z * whole.standard_error:
        return 0.0, 1.0
    b = 2 * k * n + z * z * n
    c = k * k - (z * part.standard_error) ** 2
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return min(max((b - root) / (2 * a), 0.0), 1.0), min(max((b + root) / (2 * a), 0.0), 1.0)


def compare_groups(
    groups: Sequence[Group], *, whole: Estimate | None = None, z: float = Z
) -> list[RepresentationRatio]:
    """Compare the groups of one dimension, in their order; a group of no people has no ratio and is not listed.

    `whole` is the count of all reporters whose answer is known; by default the sum of the groups.
    """
    whole = whole or _add([group.reporters for group in groups])
    people = sum(group.people for group in groups)
    owners = _sum_owners(groups)
    return [_compare(group, whole, people, owners, z) for group in groups if group.people > 0]


def map_of_silence(areas: Sequence[Group], *, whole: Estimate | None = None, z: float = Z) -> list[SilentArea]:
    """List the areas without reporters, or with surely fewer than a fair share, those with most people first."""
    found = []
    phones = {area.code: area.phone_owners for area in areas}
    for ratio in compare_groups(areas, whole=whole, z=z):
        is_none = ratio.reporters.value <= z * ratio.reporters.standard_error
        is_sure = ratio.high < 1
        if is_none or is_sure:
            found.append(
                SilentArea(
                    ratio.code, ratio.people, phones[ratio.code], ratio.reporters, ratio.expected,
                    Silence.NONE if is_none else Silence.FEWER, is_sure,
                )
            )  # fmt: skip
    return sorted(found, key=lambda area: (-area.people, area.code))


def _compare(group: Group, whole: Estimate, people: int, owners: int | None, z: float) -> RepresentationRatio:
    share = group.people / people
    low, high = (bound / share for bound in share_interval(group.reporters, whole, z))
    ratio = group.reporters.value / whole.value / share if whole.value > 0 else None
    phone_ratio = None if not owners or group.phone_owners is None else group.phone_owners / owners / share
    return RepresentationRatio(
        group.code, group.people, group.reporters, max(whole.value, 0.0) * share, ratio, low, high,
        _judge(group.reporters.value, low, high), phone_ratio,
    )  # fmt: skip


def _judge(reporters: float, low: float, high: float) -> Verdict:
    if high < LEFT_OUT_BELOW:
        return Verdict.LEFT_OUT
    if low > OVER_ABOVE and reporters >= _LEAST_FOR_OVER:
        return Verdict.OVER
    return Verdict.NEAR if low >= LEFT_OUT_BELOW and high <= OVER_ABOVE else Verdict.UNCLEAR


def _add(estimates: Sequence[Estimate]) -> Estimate:
    """Add counts with independent errors."""
    error = hypot(*(each.standard_error for each in estimates))
    return Estimate(sum(each.value for each in estimates), error)


def _sum_owners(groups: Sequence[Group]) -> int | None:
    known = [group.phone_owners for group in groups if group.phone_owners is not None]
    return sum(known) if groups and len(known) == len(groups) else None

"""Representation ratios: intervals against known values, groups named for what is there, noise never named."""

from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.population.representation import (
    Estimate,
    Group,
    Silence,
    Verdict,
    compare_groups,
    map_of_silence,
    share_interval,
)

_COUNTS = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


# The examples of Newcombe (1998), method 3, and of R: prop.test(k, n, correct = FALSE)$conf.int.
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (10, 100, 0.0552291, 0.1743657),
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilsons_interval_is_that_of_the_tables(k: int, n: int, low: float, high: float) -> None:
    found = share_interval(Estimate(k), Estimate(n), z=1.959964)
    assert found == pytest.approx((low, high), abs=5e-5)


def test_nobody_tells_nothing() -> None:
    assert share_interval(Estimate(0), Estimate(0)) == (0.0, 1.0)


@given(_COUNTS)
def test_the_interval_holds_the_share_and_turns_with_it(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = share_interval(Estimate(k), Estimate(n))
    assert 0 <= low <= k / n + 1e-9
    assert k / n - 1e-9 <= high <= 1
    other_low, other_high = share_interval(Estimate(n - k), Estimate(n))
    assert isclose(low, 1 - other_high, abs_tol=1e-9)
    assert isclose(high, 1 - other_low, abs_tol=1e-9)


@given(_COUNTS, st.floats(0, 50), st.floats(0, 50))
def test_noise_only_widens(counts: tuple[int, int], part_error: float, whole_error: float) -> None:
    k, n = counts
    low, high = share_interval(Estimate(k), Estimate(n))
    noised_low, noised_high = share_interval(Estimate(k, part_error), Estimate(n, whole_error))
    assert noised_low <= low + 1e-9
    assert high - 1e-9 <= noised_high


def test_the_interval_of_noised_counts_covers_the_share_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(4_000):
        told = random.binomial(2_000, 0.03)
        part, rest = told + random.normal(0, 4.9), 2_000 - told + random.normal(0, 4.9)
        low, high = share_interval(Estimate(part, 4.9), Estimate(part + rest, 4.9 * 2**0.5))
        covered += low <= 0.03 <= high
    assert 0.94 <= covered / 4_000 <= 0.97
    without = np.mean([_covers_without_its_noise(random) for _ in range(4_000)])
    assert without < 0.92  # an interval that knows nothing of the noise fails here


def _covers_without_its_noise(random: np.random.Generator) -> bool:
    told = max(random.binomial(2_000, 0.03) + random.normal(0, 4.9), 0)
    low, high = share_interval(Estimate(told), Estimate(2_000))
    return low <= 0.03 <= high


def test_a_whole_that_may_be_nothing_tells_nothing() -> None:
    assert share_interval(Estimate(3, 5), Estimate(8, 5)) == (0.0, 1.0)


def test_a_group_is_named_when_the_whole_interval_is_below() -> None:
    women, men = compare_groups([_group("F", 700, 5_050), _group("M", 1_300, 4_950)])
    assert (women.verdict, men.verdict) == (Verdict.LEFT_OUT, Verdict.OVER)
    assert women.ratio == pytest.approx(0.35 / 0.505)
    assert women.low < 0.35 / 0.505 < women.high < 0.8
    assert women.expected == pytest.approx(1_010)


def test_the_same_shares_of_few_reporters_name_nobody() -> None:
    women, men = compare_groups([_group("F", 8, 5_050), _group("M", 12, 4_950)])
    assert (women.verdict, men.verdict) == (Verdict.UNCLEAR, Verdict.UNCLEAR)


def test_a_fair_share_of_many_is_near() -> None:
    assert {each.verdict for each in compare_groups([_group("F", 5_000, 50), _group("M", 5_000, 50)])} == {Verdict.NEAR}


def test_a_single_reporter_of_a_tiny_group_is_not_over() -> None:
    tiny, _ = compare_groups([_group("a", 1, 10), _group("b", 999, 99_990)])
    assert tiny.low > 1.25
    assert tiny.verdict is Verdict.UNCLEAR


def test_the_noise_of_a_count_can_keep_a_group_from_being_named() -> None:
    counts = ("a", 35, 1_000), ("b", 965, 14_000)
    exact, _ = compare_groups([_group(*each) for each in counts])
    noised, _ = compare_groups([_group(*each, error=10.0) for each in counts])
    assert (exact.verdict, noised.verdict) == (Verdict.LEFT_OUT, Verdict.UNCLEAR)
    assert exact.ratio == noised.ratio


def test_groups_without_people_and_dimensions_without_reporters() -> None:
    [found] = compare_groups([_group("U", 0, 0), _group("R", 0, 10)])
    assert (found.code, found.ratio, found.verdict) == ("R", None, Verdict.UNCLEAR)
    assert compare_groups([]) == []


def test_phone_ownership_stands_beside_a_ratio_and_changes_nothing() -> None:
    plain = compare_groups([_group("F", 300, 500), _group("M", 700, 500)])
    beside = compare_groups([_group("F", 300, 500, owners=100), _group("M", 700, 500, owners=300)])
    assert [each.phone_ratio for each in beside] == [0.5, 1.5]
    assert [each.phone_ratio for each in plain] == [None, None]
    assert [(each.ratio, each.high) for each in plain] == [(each.ratio, each.high) for each in beside]


def test_ownership_that_is_known_of_some_groups_only_is_not_compared() -> None:
    found = compare_groups([_group("F", 300, 500, owners=100), _group("M", 700, 500)])
    assert [each.phone_ratio for each in found] == [None, None]


def test_the_map_of_silence_lists_the_empty_and_the_surely_few_by_their_people() -> None:
    areas = [_group("full", 900, 9_000), _group("few", 10, 1_000), _group("none", 0, 2_000), _group("hamlet", 0, 3)]
    found = {area.code: (area.silence, area.is_sure) for area in map_of_silence(areas)}
    assert found == {
        "none": (Silence.NONE, True),
        "few": (Silence.FEWER, True),
        "hamlet": (Silence.NONE, False),  # not one reporter could be expected
    }
    assert list(found) == ["none", "few", "hamlet"]


def test_a_noised_count_that_may_be_nobody_is_none() -> None:
    areas = [_group("full", 900, 9_000, error=4.9), _group("quiet", 6, 1_000, error=4.9)]
    [quiet] = map_of_silence(areas)
    assert (quiet.code, quiet.silence, quiet.is_sure) == ("quiet", Silence.NONE, True)


def test_false_names_are_as_rare_as_the_interval_says_even_on_the_limit() -> None:
    """20 groups whose true ratio is 0.8 exactly: each is named by error in at most 25 of 1,000 worlds, noise or not."""
    random = np.random.default_rng(2)
    people = np.array([300] * 20 + [4_000])
    share = np.append(np.full(20, 0.8 * 300), 10_000 - 20 * 240) / 10_000
    for error in (0.0, 4.9):
        false = 0
        for _ in range(300):
            told = random.multinomial(5_000, share) + random.normal(0, error, 21)
            groups = [_group(str(place), float(told[place]), int(people[place]), error=error) for place in range(21)]
            false += sum(each.verdict is Verdict.LEFT_OUT for each in compare_groups(groups)[:20])
        assert false / (300 * 20) < 0.03


def _group(code: str, reporters: float, people: int, owners: int | None = None, error: float = 0.0) -> Group:
    return Group(code, Estimate(reporters, error), people, owners)

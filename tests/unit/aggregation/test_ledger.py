"""The account of protection: what draws spend of months and years, whatever the cube is called, and what is left."""

import random

import pytest

from reporting.aggregation.ledger import Draw, Ledger, list_remarks, list_spans
from reporting.campaigns.best_guess import BestGuess
from reporting.disclosure.budget import STRENGTHS, combine, compute_best_guess, compute_cost

_MODERATE, _HIGH, _STRONG = 0.7**2, 0.35**2, 1.0
_MONTHS = [f"2026-{month:02}" for month in range(1, 13)]


def test_a_year_of_a_monthly_cube_and_a_sensitive_one_with_all_revisions_has_room() -> None:
    ledger = Ledger([], BestGuess())
    for month in _MONTHS:
        for cost in (_MODERATE, _HIGH) * 2:
            assert not ledger.list_full(month, cost)
            ledger = Ledger([*ledger.draws, Draw("a cube", month, cost)], BestGuess())
    assert [account.span for account in ledger.list_full("2026-12", _MODERATE)] == ["2026-12"]


def test_the_month_is_full_before_a_third_cube_of_moderate_sensitivity() -> None:
    draws = [Draw(name, "2026-11", _MODERATE) for name in ("one", "two")]
    full = Ledger(draws, BestGuess()).list_full("2026-11", _MODERATE)
    assert [account.span for account in full] == ["2026-11"]
    assert full[0].spent_by == {"one": _MODERATE, "two": _MODERATE}
    assert Ledger(draws, BestGuess()).find_room("2026-11", _MODERATE) == "2026-12"


def test_a_week_counts_in_each_month_and_year_that_has_a_day_of_it() -> None:
    assert list_spans("2026-W44") == {"2026-10", "2026-11", "2026"}
    assert list_spans("2026-W46") == {"2026-11", "2026"}
    assert list_spans("2026-W53") == {"2026-12", "2027-01", "2026", "2027"}
    ledger = Ledger([Draw("flood", week, _MODERATE) for week in ("2026-W44", "2026-W45")], BestGuess())
    assert ledger.open_account("2026-10").spent == pytest.approx(_MODERATE)
    assert ledger.open_account("2026-11").spent == pytest.approx(2 * _MODERATE)
    assert ledger.list_full("2026-W46", _MODERATE)
    assert ledger.find_room("2026-W46", _MODERATE) == "2026-W50"  # W49 has the last day of November
    assert not ledger.list_full("2026-10", _MODERATE)


def test_a_full_year_has_room_in_the_next_one() -> None:
    caps = BestGuess(month=85, year=85)
    ledger = Ledger([Draw("one", month, _STRONG) for month in _MONTHS[:4]], caps)
    assert [account.span for account in ledger.list_full("2026-09", _STRONG)] == ["2026"]
    assert ledger.find_room("2026-09", _STRONG) == "2027-01"


def test_a_cube_that_is_too_strong_for_the_cap_never_has_room() -> None:
    ledger = Ledger([], BestGuess(month=60))
    assert ledger.list_full("2026-11", _MODERATE)
    assert ledger.find_room("2026-11", _MODERATE) is None
    assert ledger.find_room("2026-W46", _MODERATE) is None


def test_what_a_release_promised_holds_when_the_setting_is_raised() -> None:
    drawn = Draw("one", "2026-11", _MODERATE, of_month=65, of_year=90)
    ledger = Ledger([drawn], BestGuess(month=85, year=99))
    assert ledger.list_full("2026-11", _MODERATE)
    assert ledger.open_account("2026").guess_most == 90
    assert not ledger.list_full("2026-12", _MODERATE)
    lowered = Ledger([drawn], BestGuess(month=64, year=64))
    assert lowered.open_account("2026-11").guess_most == 64
    assert lowered.list_full("2026-12", _MODERATE)


def test_draws_from_before_there_was_a_cap_count_and_the_promise_says_what_they_gave_away() -> None:
    account = Ledger([Draw("one", "2026-11", _STRONG)] * 4, BestGuess()).open_account("2026-11")
    assert account.left == 0
    assert account.guess_promised == 85


@pytest.mark.parametrize("seed", range(20))
def test_no_sequence_of_draws_exceeds_the_promise(seed: int) -> None:
    """Cubes, names, weeks and revisions by chance: whoever is in all of a month's draws is guessed as promised."""
    chance = random.Random(seed)
    caps = BestGuess(month=chance.randint(60, 85), year=chance.randint(86, 99))
    ledger = Ledger([], caps)
    for number in range(300):
        period = chance.choice([*_MONTHS, *(f"2026-W{week:02}" for week in range(1, 54))])
        cost = chance.choice([_STRONG, _MODERATE, _HIGH])
        if not ledger.list_full(period, cost):
            ledger = Ledger([*ledger.draws, Draw(f"cube {number}", period, cost)], caps)
    assert len(ledger.draws) > 5
    for span, most in (*((month, caps.month) for month in _MONTHS), ("2026", caps.year), ("2027", caps.year)):
        strengths = [draw.cost**0.5 for draw in ledger.draws if span in list_spans(draw.period)]
        assert compute_best_guess(combine(strengths)) <= most + 1e-9
        assert ledger.open_account(span).guess_promised == most


def test_a_cost_is_that_of_its_guess() -> None:
    assert compute_best_guess(compute_cost(72) ** 0.5) == pytest.approx(72)
    assert compute_cost(64) >= _MODERATE


def test_a_definition_whose_cubes_spend_more_than_it_allows_is_remarked() -> None:
    assert list_remarks({}) == []
    weekly = {"cubes": {"flood": {"period": "week"}}}
    assert len(list_remarks(weekly)) == 2
    assert "some draws will be refused" in list_remarks(weekly)[0]
    assert list_remarks({"cubes": {"flood": {"period": "week", "sensitivity": "high"}}}) == []


@pytest.mark.parametrize("sensitivity", STRENGTHS)
def test_a_year_of_a_cube_of_any_sensitivity_has_room_for_all_its_revisions(sensitivity: str) -> None:
    ledger, cost = Ledger([], BestGuess()), STRENGTHS[sensitivity] ** 2
    for month in _MONTHS * 2:
        assert not ledger.list_full(month, cost)
        ledger = Ledger([*ledger.draws, Draw("a cube", month, cost)], BestGuess())

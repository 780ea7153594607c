"""The account of a campaign's protection: what draws spent of each month and year, and what is left.

Each draw spends the square of its strength of everybody who is in it, and squares add up. The account counts all rows
of `cube_month`: every cube of the campaign, also one that was renamed or is declared no more, every revision, waiting
and withdrawn releases. A week counts in full in each month and year in which it has a day. The caps are those of the
campaign's setting `best_guess`; a cap that a release has promised holds for good, so that a later setting lowers the
caps of a month that was drawn, and never raises them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import floor, sqrt
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from reporting.aggregation.cube import Cube, read_strengths
from reporting.aggregation.errors import BudgetSpent
from reporting.aggregation.period import WEEK
from reporting.campaigns.best_guess import BEST_GUESS, BestGuess, read_best_guess
from reporting.disclosure.budget import compute_best_guess, compute_cost, round_up_guess
from reporting.models.release import CubeMonth

CAPS: Final = "best_guess_caps"  # in the policy of a release: what it has promised
_SLACK: Final = 1e-9  # of rounding in sums of squares
_MOST_AHEAD: Final = 110  # periods: two years of weeks, in which a full year ends
_WEEKS_OF_MONTH: Final = 6  # at most, with a day in one month
_WEEKS_OF_YEAR: Final = 54
_MONTHS_OF_YEAR: Final = 12

_DRAWS = text(
    f"""
    SELECT month.cube, month.month, month.strength, CAST(release.policy -> '{CAPS}' ->> 'month' AS integer) AS of_month,
           CAST(release.policy -> '{CAPS}' ->> 'year' AS integer) AS of_year
      FROM cube_month AS month JOIN release ON release.id = month.release_id
     WHERE month.campaign_id = :campaign_id
    """
)
_SETTINGS = text("SELECT settings FROM campaign WHERE id = :campaign_id")


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: what it spent (squared strength), and the caps that its release has promised (of 100, None: none)."""

    cube: str
    period: str
    cost: float
    of_month: int | None = None
    of_year: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What was spent on everybody who reports in a month (`2026-11`), or in every month of a year (`2026`)."""

    span: str
    guess_most: int  # of 100: the cap
    spent_by: Mapping[str, float]  # squared strength, by cube

    @property
    def is_year(self) -> bool:
        """Whether it is of a year."""
        return "-" not in self.span

    @property
    def cap(self) -> float:
        """The squared strength that may be spent."""
        return compute_cost(self.guess_most)

    @property
    def spent(self) -> float:
        """The squared strength that is spent."""
        return sum(self.spent_by.values())

    @property
    def left(self) -> float:
        """The squared strength that is left."""
        return max(self.cap - self.spent, 0.0)

    @property
    def share_left(self) -> float:
        """The share of the cap that is left, from 0 to 1."""
        return self.left / self.cap

    @property
    def guess_drawn(self) -> int:
        """How often of 100 times a guess is right at most, by what is drawn so far."""
        return round_up_guess(sqrt(self.spent))

    @property
    def guess_promised(self) -> int:
        """How often of 100 a guess will ever be right at most; draws from before there was a cap may exceed the cap."""
        return max(self.guess_most, self.guess_drawn)

    def add(self, cube: str, cost: float) -> "Account":
        """Return the account with a further draw in it."""
        return replace(
            self, spent_by={**self.spent_by, cube: self.spent_by.get(cube, 0.0) + cost} if cost else self.spent_by
        )

    def has_room(self, cost: float) -> bool:
        """Whether so much more may be spent."""
        return self.spent + cost <= self.cap + _SLACK


@dataclass(frozen=True, slots=True)
class Ledger:
    """All draws of a campaign, and the caps of its definition."""

    draws: Sequence[Draw]
    caps: BestGuess

    def open_account(self, span: str) -> Account:
        """Open the account of a month (`2026-11`) or a year (`2026`)."""
        is_month = "-" in span
        spent: dict[str, float] = defaultdict(float)
        guess = self.caps.month if is_month else self.caps.year
        for draw in self.draws:
            if span in list_spans(draw.period):
                spent[draw.cube] += draw.cost
                guess = min(guess, (draw.of_month if is_month else draw.of_year) or guess)
        return Account(span, guess, dict(spent))

    def open_accounts(self, periods: Iterable[str]) -> list[Account]:
        """Open the accounts of the months and years that periods have a day in: months first."""
        spans = {span for period in periods for span in list_spans(period)}
        return [self.open_account(span) for span in sorted(spans, key=lambda span: ("-" not in span, span))]

    def list_full(self, period: str, cost: float) -> list[Account]:
        """List the accounts in which a draw of the period has no room."""
        return [account for account in self.open_accounts([period]) if not account.has_room(cost)]

    def find_room(self, period: str, cost: float) -> str | None:
        """Find the next period after one that has room; None where no later one has."""
        return next((later for later in _list_later(period) if not self.list_full(later, cost)), None)


def read_ledger(connection: Connection, campaign_id: int) -> Ledger:
    """Read the ledger of a campaign."""
    settings = connection.execute(_SETTINGS, {"campaign_id": campaign_id}).scalar_one()
    rows = connection.execute(_DRAWS, {"campaign_id": campaign_id})
    draws = [Draw(row.cube, row.month, row.strength**2, row.of_month, row.of_year) for row in rows]
    return Ledger(draws, read_best_guess(settings))


def find_refusal(ledger: Ledger, cube: Cube, period: str) -> BudgetSpent | None:
    """Find why a draw has no room: in which account, what is left, by whom it is spent, and from when there is room."""
    full = ledger.list_full(period, cube.cost)
    if not full:
        return None
    account, room = full[0], ledger.find_room(period, cube.cost)
    spent = ", ".join(f"{name} {write_cost(cost)}" for name, cost in sorted(account.spent_by.items()))
    later = (
        f"there is room from {room} on"
        if room
        else f"no later {cube.period} has room for it: lower its sensitivity, or raise settings.{BEST_GUESS}"
    )
    return BudgetSpent(
        f"cube {cube.name!r} has no room in {period}: a draw of it spends {write_cost(cube.cost)} of protection, and of"
        f" {account.span} {write_cost(account.left)} of {write_cost(account.cap)} is left"
        f" ({f'spent by: {spent}' if spent else 'nothing is spent'}; all cubes together keep a guess about one person"
        f" to {account.guess_most} of 100). What was spent does not come back, under no name; {later}",
        account.span,
        room,
    )


def lock_releases(connection: Connection, campaign_id: int) -> None:
    """Take the advisory lock of a campaign's releases: each is made after the other, and sees what that one spent."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('release'), CAST(:id AS integer))"), {"id": campaign_id}
    )


def record_draw(
    connection: Connection, campaign_id: int, cube: Cube, period: str, revision: int, release_id: int, digest: str,
    at: datetime,
) -> None:  # fmt: skip
    """Record a draw in the ledger: over what, and how much it spent. Raises BudgetSpent where there is no room for it.

    Nothing else writes to the ledger, so that no caller can exceed a cap, whatever it checked before.
    """
    lock_releases(connection, campaign_id)
    refusal = find_refusal(read_ledger(connection, campaign_id), cube, period)
    if refusal is not None:
        raise refusal
    connection.execute(
        insert(CubeMonth).values(
            campaign_id=campaign_id, cube=cube.name, month=period, revision=revision, release_id=release_id,
            counted_sha256=digest, strength=cube.strength, frozen_at=at,
        )
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def list_spans(period: str) -> frozenset[str]:
    """List the months and years in which a period that is drawn has a day; of a year, the year."""
    if "W" not in period:
        return frozenset({period, period[:4]})
    year, week = int(period[:4]), int(period[-2:])
    monday = date.fromisocalendar(year, week, 1)
    days = [monday, monday + timedelta(days=6)]
    return frozenset({f"{day:%Y-%m}" for day in days} | {f"{day:%Y}" for day in days})


def promise_months(accounts: Iterable[Account]) -> int:
    """Compute the promise about a person who reports in one month: that of the month with the weakest."""
    return max(account.guess_promised for account in accounts if not account.is_year)


def promise_years(accounts: Iterable[Account]) -> int:
    """Compute the promise about a person who reports in every month of the years together."""
    years = [account for account in accounts if account.is_year]
    if len(years) == 1:
        return years[0].guess_promised
    return round_up_guess(sqrt(sum(max(account.cap, account.spent) for account in years)))


def describe_promise(accounts: Sequence[Account]) -> dict[str, Any]:
    """Describe, for the policy of a release, what is promised about one person, and the caps that bind from now on.

    `accounts` are those of all months of the release and of their years, with the draw of the release itself.
    """
    months = [account for account in accounts if not account.is_year]
    return {
        "best_guess_of_100": promise_months(accounts),
        "best_guess_all_of_100": promise_years(accounts),
        "best_guess_drawn_of_100": round(max(compute_best_guess(sqrt(account.spent)) for account in months), 1),
        CAPS: {
            "month": max(account.guess_most for account in months),
            "year": max(account.guess_most for account in accounts if account.is_year),
        },
    }


def list_prices(connection: Connection, campaign_id: int) -> list[str]:
    """List, a line each, what the declared cubes spend together in a month and in a year, and what is allowed."""
    settings = connection.execute(_SETTINGS, {"campaign_id": campaign_id}).scalar_one()
    return [line for line, _ in _compare_declared(settings)]


def list_remarks(settings: Mapping[str, Any]) -> list[str]:
    """List the lines of `list_prices` for a definition in which the declared cubes spend more than is allowed."""
    return [line for line, is_over in _compare_declared(settings) if is_over]


def _compare_declared(settings: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Compare what the declared cubes spend, without revisions, with the caps; yield lines, and whether it is more."""
    caps = read_best_guess(settings)
    month = year = 0.0
    for strength, period in read_strengths(settings).values():
        month += strength**2 * (_WEEKS_OF_MONTH if period == WEEK else 1)
        year += strength**2 * (_WEEKS_OF_YEAR if period == WEEK else _MONTHS_OF_YEAR)
    for span, cost, guess in (("month", month, caps.month), ("year", year, caps.year)):
        is_over = cost > compute_cost(guess) + _SLACK
        refused = "some draws will be refused" if is_over else "the rest is for revisions"
        yield (
            f"the cubes of the campaign together spend up to {write_cost(cost)} of protection in a {span}, and"
            f" {write_cost(compute_cost(guess))} is allowed (settings.{BEST_GUESS}.{span}: {guess} of 100): {refused}",
            is_over,
        )


def write_cost(cost: float) -> str:
    """Write a squared strength for operators, rounded down to thousandths."""
    return f"{floor(cost * 1_000 + _SLACK) / 1_000:g}"


def _list_later(period: str) -> Iterator[str]:
    if "W" in period:
        monday = date.fromisocalendar(int(period[:4]), int(period[-2:]), 1)
        for number in range(1, _MOST_AHEAD):
            year, week, _ = (monday + timedelta(weeks=number)).isocalendar()
            yield f"{year}-W{week:02}"
        return
    months = int(period[:4]) * 12 + int(period[5:7]) - 1
    for number in range(months + 1, months + _MOST_AHEAD):
        yield f"{number // 12}-{number % 12 + 1:02}"

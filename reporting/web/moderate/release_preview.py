"""Preview of a release for supervisors: what would be shown, what it costs, and why it cannot be published now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext

from reporting.aggregation.cube import PEOPLE
from reporting.aggregation.cube_month import MonthState
from reporting.aggregation.dimension import TOTAL
from reporting.aggregation.draft import Draft
from reporting.aggregation.errors import (
    BudgetSpent,
    EmptyRelease,
    FiguresChanged,
    NoReason,
    NothingPublished,
    NotWaiting,
    ReleaseError,
    ReleaseWithdrawn,
    SamePerson,
)
from reporting.aggregation.estimate import Figure
from reporting.aggregation.publication import REASON_LONGEST
from reporting.publishing.release_page import round_error
from reporting.web.data.formatting import name_month, write_day

_COUNTRY: Final = 0


@dataclass(frozen=True, slots=True)
class LevelSummary:
    """How many figures of a level of areas would be shown, and how many would stay too small."""

    level: int
    shown: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class AccountAfter:
    """The budget of a month or year once the draft is published: the best guess over all cubes, and its cap."""

    span: str
    best_guess: int  # of 100
    most: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a supervisor sees first: the people of the whole country, figures by level, and what the draw spends."""

    people: int | None  # None where it would be too small to be shown
    error: int | None
    levels: Sequence[LevelSummary]
    accounts: Sequence[AccountAfter]
    spends: bool  # whether publishing draws the month, which spends protection


def summarise(draft: Draft) -> Summary:
    """Summarise a draft by level of areas."""
    people = next((each for each in draft.figures if _is_total(each)), None)
    levels = [_count(draft.figures, level) for level in (_COUNTRY, *draft.cube.levels)]
    return Summary(
        people=people.value if people else None,
        error=round_error(people.error) if people else None,
        levels=levels,
        accounts=[
            AccountAfter(before.span, before.add(draft.cube.name, draft.cost).guess_drawn, before.guess_most)
            for before in draft.accounts
        ],
        spends=draft.cost > 0,
    )


def word_refusal(draft: Draft) -> str | None:
    """Say why a draft cannot be published now, and from which day on; None where it can be."""
    turn = draft.turn
    if draft.refusal is None or turn is None:
        return None
    if isinstance(draft.refusal, BudgetSpent):
        return word_error(draft.refusal)
    values = {"month": name_month(draft.period.name), "date": write_day(turn.due_at) if turn.due_at else ""}
    if turn.state in (MonthState.OPEN, MonthState.SETTLING):
        return str(
            gettext(
                "Late reports of %(month)s still come in: it can be published from %(date)s on. This is what would be"
                " published with the reports of today.",
                **values,
            )
        )
    if turn.state is MonthState.FROZEN:
        return str(gettext("%(month)s is published. It can be revised once, from %(date)s on.", **values))
    return str(gettext("%(month)s was revised. It is not counted again.", **values))


def word_error(error: ReleaseError) -> str:
    """Word an error in the language of the page. Errors that only operators meet keep their English text."""
    if isinstance(error, BudgetSpent):
        return _word_spent(error)
    words = {
        EmptyRelease: gettext("Not one figure could be shown of this period, so there is nothing to publish."),
        FiguresChanged: gettext("The figures are not those that you looked at any more. Look again, then publish."),
        SamePerson: gettext("You prepared this release: somebody else must look at it and publish it."),
        NotWaiting: gettext("This release does not wait any more: somebody was faster."),
        ReleaseWithdrawn: gettext("This release was withdrawn before."),
        NothingPublished: gettext("No month of this is published yet. Publish months: a year is their sum."),
        NoReason: gettext(
            "Say why the release is withdrawn, in up to %(number)s characters. Everybody can read it.",
            number=REASON_LONGEST,
        ),
    }
    return str(words.get(type(error), str(error)))


def _word_spent(error: BudgetSpent) -> str:
    values = {"span": name_month(error.span), "room": name_month(error.room) if error.room else ""}
    if error.room is None:
        return str(
            gettext(
                "The protection of %(span)s has no room for this count, and no later period has: it spends more than"
                " the campaign allows.",
                **values,
            )
        )
    return str(
        gettext(
            "Too little protection of %(span)s is left for this count: all figures of the campaign share it, and what"
            " is spent does not come back. There is room from %(room)s on.",
            **values,
        )
    )


def _is_total(figure: Figure) -> bool:
    is_of_all = all(code == TOTAL for code in figure.codes)
    return figure.level == _COUNTRY and figure.measure == PEOPLE and is_of_all


def _count(figures: Sequence[Figure], level: int) -> LevelSummary:
    of_level = [figure for figure in figures if figure.level == level]
    shown = sum(figure.value is not None for figure in of_level)
    return LevelSummary(level, shown, len(of_level) - shown)

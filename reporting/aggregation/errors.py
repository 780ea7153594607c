"""Errors of releases. Each message is one line for the person who asked."""

from config.errors import UserError


class ReleaseError(UserError):
    """A release cannot be made, found or exported; the message gives the reason in one line."""


class UnknownCube(ReleaseError):
    """No cube has that name."""


class BadPeriod(ReleaseError):
    """A period is neither a month, a year nor `all`, or it has not begun."""


class NoAreas(ReleaseError):
    """No boundaries are loaded for the area level of the count."""


class NoSuchRelease(ReleaseError):
    """No release, or no campaign, has that id."""


class EmptyRelease(ReleaseError):
    """The release has no figure to publish: all cells are suppressed."""


class FiguresChanged(ReleaseError):
    """The figures have changed since a person read the draft."""


class NotWaiting(ReleaseError):
    """The release does not wait for approval: it is published or withdrawn."""


class SamePerson(ReleaseError):
    """The account that prepared a release cannot approve it."""


class NoReason(ReleaseError):
    """The public reason for withdrawing a release is missing or too long."""


class ReleaseWithdrawn(ReleaseError):
    """The release was withdrawn; its figures cannot be read any more."""


class UnknownDimension(ReleaseError):
    """No dimension has that name, or the campaign has no question of that name."""


class CubeError(ReleaseError):
    """The definition of a cube contradicts itself or the rules of protection."""


class MonthOpen(ReleaseError):
    """The month is not over or still settles: reports of it come in and are decided."""


class MonthFrozen(ReleaseError):
    """The month is frozen: its figures were drawn, and a second draw over other reports would undo the protection."""


class BudgetSpent(ReleaseError):
    """A draw has no room in the campaign's budget of protection.

    `span` is the month or year that is full, `room` the next period of the cube that has room, None where none has.
    """

    def __init__(self, message: str, span: str, room: str | None) -> None:
        """Take the line for operators, and what a page needs to word it."""
        super().__init__(message)
        self.span = span
        self.room = room


class NothingPublished(ReleaseError):
    """No month of the year is published, so there is nothing to add up."""

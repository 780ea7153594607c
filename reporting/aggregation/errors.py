"""What can be wrong with the wish for a release. Each message is one line for the person who asked."""

from config.errors import UserError


class ReleaseError(UserError):
    """A release cannot be made, found or exported; the message says why in one line."""


class UnknownCube(ReleaseError):
    """There is no cube of that name."""


class BadPeriod(ReleaseError):
    """A period is neither a month, a year nor `all`, or it has not begun."""


class LevelConflict(ReleaseError):
    """Figures at another area level are out already: together the two would give small groups away."""


class NoAreas(ReleaseError):
    """No boundaries are loaded at the level to be counted at."""


class NoSuchRelease(ReleaseError):
    """There is no release, or no campaign, with that id."""


class EmptyRelease(ReleaseError):
    """Not one figure could be shown."""


class FiguresChanged(ReleaseError):
    """What would be published is not what was looked at any more."""


class NotWaiting(ReleaseError):
    """The release waits for nobody: it is published or withdrawn."""


class SamePerson(ReleaseError):
    """Who prepared a release may not be the second person."""


class ReleaseOutdated(ReleaseError):
    """Another release was published since this one was prepared."""


class NoReason(ReleaseError):
    """A release is withdrawn for a reason, which the public reads."""


class ReleaseWithdrawn(ReleaseError):
    """The figures of the release can be read no more."""

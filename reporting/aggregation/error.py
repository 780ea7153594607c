"""What can be wrong with the wish for a release. Each message is one line for the person who asked."""


class ReleaseError(Exception):
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

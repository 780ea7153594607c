"""Errors of population tables. Each message is one line that says what and where."""

from config.errors import UserError


class PopulationError(UserError):
    """A population table, a mapping or a list of aliases that cannot be used; nothing of it is loaded."""


class BadMapping(PopulationError):
    """A mapping that is no mapping; the message names the file and the key."""


class UnmatchedAreas(PopulationError):
    """Names match no area, and the load is strict; or none at all does."""


class AnotherTable(PopulationError):
    """Another table is stored under the name of the source; loading would replace it."""

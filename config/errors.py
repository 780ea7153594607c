"""The roots of our errors: what an edge (command, page, webhook, job) needs to know of any of them.

They stand in `config`, below everything else, so that channels, geo and reporting derive from the same ones.
"""


class BarazaError(Exception):
    """Root of all errors of this project."""


class UserError(BarazaError):
    """Something that an operator gave cannot be used; the message is one line that says what and where."""


class Unavailable(BarazaError):
    """Something else is away for now: the same act may go well later."""


class RequestRefused(BarazaError):
    """A request cannot be answered as it is asked; it is answered with a status and a reason."""


class SettingsError(UserError):
    """A setting is missing or cannot be read; the message names it and says what it takes."""

"""The root of all errors: what an edge (command, page, webhook, job) needs to know of any of them; and SettingsError.

The root is in `config`, below everything else, so that channels, geo and reporting derive from the same classes.
"""


class BarazaError(Exception):
    """Root of all errors of this project."""


class UserError(BarazaError):
    """Input of an operator that cannot be used; the message is one line that says what and where."""


class Unavailable(BarazaError):
    """Something else is unavailable at present; a retry may succeed later."""


class RequestRefused(BarazaError):
    """A request that is refused; it is answered with a status and a reason."""


class SettingsError(UserError):
    """A setting that is missing or invalid; the message names it and says what it accepts."""

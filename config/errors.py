"""The error of settings, apart from them so that what checks a single one can raise it."""


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message names it and says what it takes."""

"""The error of backups and restores."""

from config.errors import UserError


class BackupError(UserError):
    """A backup that cannot be saved or restored; the message is one line for the operator."""

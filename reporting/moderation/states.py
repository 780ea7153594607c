"""The workflow of a report in moderation: its states and the allowed changes between them, as one table."""

from collections.abc import Mapping
from typing import Final

from reporting.models.states import ReportState
from reporting.moderation.errors import ChangeRefused

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    ReportState.QUEUED: frozenset({ReportState.APPROVED, ReportState.REJECTED}),
    ReportState.APPROVED: frozenset({ReportState.REJECTED, ReportState.QUEUED}),
    ReportState.REJECTED: frozenset({ReportState.APPROVED, ReportState.QUEUED}),
}


def check_change(before: str, after: str) -> None:
    """Check that the table allows the change.

    Raises ChangeRefused where it does not, also for a state that stays the same.
    """
    if after not in ALLOWED.get(before, frozenset()):
        raise ChangeRefused(f"{before} to {after}")

"""The states of a report in moderation and the changes between them, as one table."""

from collections.abc import Mapping
from typing import Final

from reporting.models.report import APPROVED, QUEUED, REJECTED
from reporting.moderation.errors import ChangeRefused

ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    QUEUED: frozenset({APPROVED, REJECTED}),
    APPROVED: frozenset({REJECTED, QUEUED}),
    REJECTED: frozenset({APPROVED, QUEUED}),
}


def check_change(before: str, after: str) -> None:
    """Raises ChangeRefused unless the table has the change. A state is no change of itself."""
    if after not in ALLOWED.get(before, frozenset()):
        raise ChangeRefused(f"{before} to {after}")

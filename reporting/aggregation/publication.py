"""Publishing decisions on releases: publish, approve by a second person, withdraw with a reason.

A person looks at the draft and confirms it; a delicate topic needs a second person. A withdrawn release stays listed.
Each decision is a new row; none is edited.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, text

from reporting.aggregation.draft import CellChange, list_changes
from reporting.aggregation.errors import (
    EmptyRelease,
    FiguresChanged,
    NoReason,
    NoSuchRelease,
    NotWaiting,
    ReleaseWithdrawn,
    SamePerson,
)
from reporting.aggregation.estimate import Figure
from reporting.aggregation.ledger import lock_releases
from reporting.aggregation.release import Built, draft_release, write_release
from reporting.models.release import Release, ReleaseApproval, ReleaseCell, ReleaseHold, ReleaseWithdrawal

REASON_LONGEST: Final = 500  # characters

_STANDING = text(
    """
    SELECT release.id, release.campaign_id, release.cube, release.period, release.version, state.is_waiting,
           state.withdrawn_at, state.withdrawn_reason, hold.prepared_by, hold.prepared_at,
           account.name AS prepared_name
      FROM release JOIN release_state AS state ON state.release_id = release.id
      LEFT JOIN release_hold AS hold ON hold.release_id = release.id
      LEFT JOIN account ON account.id = hold.prepared_by
     WHERE release.id = :release_id AND (CAST(:campaign_id AS bigint) IS NULL OR release.campaign_id = :campaign_id)
    """
)
_ALL = text(
    """
    SELECT release.id, release.period, release.version, release.created_at, state.is_waiting, state.withdrawn_at,
           state.withdrawn_reason, coalesce(preparer.name, holder.name) AS prepared_name, hold.prepared_at,
           approver.name AS approved_name, approval.approved_at, withdrawer.name AS withdrawn_name
      FROM release JOIN release_state AS state ON state.release_id = release.id
      LEFT JOIN release_hold AS hold ON hold.release_id = release.id
      LEFT JOIN release_approval AS approval ON approval.release_id = release.id
      LEFT JOIN release_withdrawal AS withdrawal ON withdrawal.release_id = release.id
      LEFT JOIN account AS holder ON holder.id = hold.prepared_by
      LEFT JOIN account AS preparer ON preparer.id = approval.prepared_by
      LEFT JOIN account AS approver ON approver.id = approval.approved_by
      LEFT JOIN account AS withdrawer ON withdrawer.id = withdrawal.withdrawn_by
     WHERE release.campaign_id = :campaign_id ORDER BY release.id DESC
    """
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A release that waits for a second person, and what it changes."""

    row: Row[Any]  # of _STANDING
    shown: int
    suppressed: int
    changes: list[CellChange]


def publish(
    connection: Connection,
    campaign_id: int,
    cube: str,
    period: str,
    secret: bytes,
    *,
    account_id: int | None = None,
    digest: str | None = None,
    is_approved: bool = False,
    at: datetime | None = None,
) -> Built:
    """Make a release and publish it; with a delicate topic it waits for a second person.

    `secret` keys the noise; `digest` is that of the draft which was looked at; `is_approved` says that a second person
    has approved already (an operator by command). Raises EmptyRelease, FiguresChanged and what
    `draft_release` raises.
    """
    draft = draft_release(connection, campaign_id, cube, period, secret, at=at, is_rehearsal=False)
    if not draft.shown:
        raise EmptyRelease("no figure could be shown of this period, so there is nothing to publish")
    if digest is not None and digest != draft.digest:
        raise FiguresChanged("the figures are not those that you looked at any more: look again")
    must_wait = bool(draft.delicate) and not is_approved
    built = write_release(connection, draft, is_waiting=must_wait)
    if must_wait:
        connection.execute(insert(ReleaseHold).values(release_id=built.release_id, prepared_by=account_id))
    else:
        _record_approval(connection, built.release_id, prepared_by=account_id, approved_by=account_id)
    return built


def get_waiting(connection: Connection, campaign_id: int, release_id: int) -> Waiting:
    """Get a release that waits, as the second person looks at it. Raises NoSuchRelease, NotWaiting."""
    row = _get_published(connection, release_id, campaign_id)
    if not row.is_waiting or row.withdrawn_at is not None:
        raise NotWaiting(f"release {release_id} does not wait for anybody")
    figures = _read_figures(connection, release_id)
    changes = list_changes(connection, row.campaign_id, row.cube, row.period, figures, before_id=release_id)
    shown = sum(figure.value is not None for figure in figures)
    return Waiting(row, shown, len(figures) - shown, changes)


def approve_release(
    connection: Connection, release_id: int, account_id: int | None, *, campaign_id: int | None = None
) -> None:
    """Publish a release that waits, as the second person `account_id`; None for an operator by command.

    Other releases that were published since do not matter: each month is a draw of its own. Raises NoSuchRelease,
    NotWaiting, SamePerson.
    """
    row = _get_published(connection, release_id, campaign_id)
    lock_releases(connection, row.campaign_id)
    row = _get_published(connection, release_id, campaign_id)
    if not row.is_waiting or row.withdrawn_at is not None:
        raise NotWaiting(f"release {release_id} does not wait for anybody")
    if account_id is not None and account_id == row.prepared_by:
        raise SamePerson("somebody else than who prepared the release publishes it")
    _record_approval(connection, release_id, prepared_by=row.prepared_by, approved_by=account_id)


def withdraw_release(
    connection: Connection,
    release_id: int,
    reason: str,
    account_id: int | None = None,
    *,
    campaign_id: int | None = None,
) -> None:
    """Withdraw a release for good: it stays listed with the reason, its figures cannot be read any more.

    Raises NoSuchRelease, NoReason, and ReleaseWithdrawn when it was withdrawn before.
    """
    words = " ".join(reason.split())
    if not words or len(words) > REASON_LONGEST:
        raise NoReason(f"say why the release is withdrawn, in up to {REASON_LONGEST} characters")
    row = _get_published(connection, release_id, campaign_id)
    lock_releases(connection, row.campaign_id)
    row = _get_published(connection, release_id, campaign_id)
    if row.withdrawn_at is not None:
        raise ReleaseWithdrawn(f"release {release_id} was withdrawn before: {row.withdrawn_reason}")
    values = {"release_id": release_id, "withdrawn_by": account_id, "reason": words}
    connection.execute(insert(ReleaseWithdrawal).values(values))


def list_all_releases(connection: Connection, campaign_id: int) -> list[Row[Any]]:
    """List every release of a campaign with its decisions, including waiting and withdrawn ones, newest first."""
    return list(connection.execute(_ALL, {"campaign_id": campaign_id}))


def _get_published(connection: Connection, release_id: int, campaign_id: int | None) -> Row[Any]:
    found = None
    if 0 < release_id < 2**63:
        values = {"release_id": release_id, "campaign_id": campaign_id}
        found = connection.execute(_STANDING, values).one_or_none()
    if found is None:
        raise NoSuchRelease(f"there is no release {release_id}")
    return found


def _record_approval(
    connection: Connection, release_id: int, *, prepared_by: int | None, approved_by: int | None
) -> None:
    values = {"release_id": release_id, "prepared_by": prepared_by, "approved_by": approved_by}
    connection.execute(insert(ReleaseApproval).values(values))


def _read_figures(connection: Connection, release_id: int) -> list[Figure]:
    """Read the written cells of a release."""
    rows = connection.execute(select(ReleaseCell.__table__).where(ReleaseCell.release_id == release_id))
    return [
        Figure(
            row.area_level, row.area_code, row.month, tuple(row.codes), row.measure, row.estimate, row.standard_error,
            row.value,
        )
        for row in rows
    ]  # fmt: skip


def get_period(connection: Connection, release_id: int) -> str:
    """Get the period of a release, which people type to confirm a decision. Raises NoSuchRelease."""
    found = connection.execute(select(Release.period).where(Release.id == release_id)).scalar()
    if found is None:
        raise NoSuchRelease(f"there is no release {release_id}")
    return found

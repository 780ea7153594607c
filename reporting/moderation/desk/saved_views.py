"""Saved views of an account: a name for filters that it looks through again and again."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from reporting.models.desk import SavedView
from reporting.moderation.errors import InputRefused

NAME_LONGEST: Final = 60
ADDRESS_LONGEST: Final = 2_000
VIEWS_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class View:
    """A saved view; `address` is the query string of the desk."""

    id: int
    name: str
    address: str


def list_views(connection: Connection, campaign_id: int, account_id: int) -> list[View]:
    """List the views of an account by name."""
    query = (
        select(SavedView.id, SavedView.name, SavedView.address)
        .where(SavedView.campaign_id == campaign_id, SavedView.account_id == account_id)
        .order_by(SavedView.name)
        .limit(VIEWS_MOST)
    )
    return [View(*row) for row in connection.execute(query)]


def add_view(connection: Connection, campaign_id: int, account_id: int, *, name: str, address: str) -> None:
    """Save a view; a name that is there already stays as it is.

    Raises InputRefused without a name, with one that is too long, and when there are VIEWS_MOST already.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_LONGEST or len(address) > ADDRESS_LONGEST:
        raise InputRefused("name")
    mine = select(func.count()).where(SavedView.campaign_id == campaign_id, SavedView.account_id == account_id)
    if connection.execute(mine).scalar_one() >= VIEWS_MOST:
        raise InputRefused("name")
    values = {"campaign_id": campaign_id, "account_id": account_id, "name": name, "address": address}
    connection.execute(insert(SavedView).values(values).on_conflict_do_nothing())


def delete_view(connection: Connection, account_id: int, view_id: int) -> None:
    """Delete a view of this account; that of another account, and one that is gone, stays as it is."""
    connection.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.account_id == account_id))

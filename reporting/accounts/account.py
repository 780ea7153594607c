"""Accounts and what they may do: made, given and taken roles and campaigns, closed; one-time links for passwords."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_security import hash_password
from flask_security.recoverable import generate_reset_password_token, reset_password_token_status
from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from config.errors import UserError
from reporting.accounts.role import DESCRIPTIONS, PERMISSIONS
from reporting.accounts.session import end_all_sessions
from reporting.models.account import PASSWORD_LONGEST, UserAccount, account_campaign

PASSWORD_SHORTEST: Final = 8  # characters


class AccountError(UserError):
    """Something about an account cannot be done; the message says what in one line."""


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account as an operator sees it. `campaigns` are slugs; None where it is bound to none and may see all."""

    email: str
    name: str
    roles: Sequence[str]
    campaigns: Sequence[str] | None
    is_active: bool
    has_password: bool


_LIST = text(
    """
    SELECT account.email, account.name,
           ARRAY(SELECT role.name FROM role JOIN account_role ON account_role.role_id = role.id
                  WHERE account_role.account_id = account.id ORDER BY role.name) AS roles,
           CASE WHEN account.is_campaign_limited THEN
               ARRAY(SELECT campaign.slug FROM campaign
                       JOIN account_campaign ON account_campaign.campaign_id = campaign.id
                      WHERE account_campaign.account_id = account.id ORDER BY campaign.slug) END AS campaigns,
           account.active AS is_active, account.password IS NOT NULL AS has_password
      FROM account ORDER BY account.email
    """
)


def list_accounts(connection: Connection) -> list[AccountInfo]:
    """Every account, by address."""
    return [AccountInfo(*row) for row in connection.execute(_LIST)]


def set_up_roles(store: Any) -> None:
    """Make the roles, or give them what they may do in this version."""
    for role, permissions in PERMISSIONS.items():
        found = store.find_or_create_role(role, description=DESCRIPTIONS[role], permissions=permissions)
        found.permissions = permissions
    store.commit()


def create_account(store: Any, email: str, name: str | None, roles: Sequence[str]) -> UserAccount:
    """An account without a password: nobody can sign in to it yet. Raises AccountError."""
    address = read_address(email)
    if store.find_user(email=address) is not None:
        raise AccountError(f"{address}: there is such an account; see `users list`")
    set_up_roles(store)
    person: UserAccount = store.create_user(
        email=address,
        name=(name or "").strip() or address.partition("@")[0],
        password=None,
        active=True,
        roles=[store.find_role(role) for role in dict.fromkeys(roles)],
    )
    store.commit()
    return person


def get_account(store: Any, email: str) -> UserAccount:
    """The account of an address. Raises AccountError."""
    found = store.find_user(email=read_address(email))
    if found is None:
        raise AccountError(f"{email}: there is no such account; see `users list`")
    person: UserAccount = found
    return person


def read_address(email: str) -> str:
    """An e-mail address as accounts keep it. Raises AccountError for what is none."""
    rules = current_app.config["SECURITY_EMAIL_VALIDATOR_ARGS"]
    try:
        return validate_email(email.strip(), **rules).normalized
    except EmailNotValidError:
        raise AccountError(f"{email}: no e-mail address") from None


def grant_roles(store: Any, person: UserAccount, roles: Sequence[str]) -> None:
    """Let the person do what these roles may, besides what they may already."""
    set_up_roles(store)
    for role in roles:
        store.add_role_to_user(person, role)
    store.commit()


def revoke_roles(store: Any, person: UserAccount, roles: Sequence[str]) -> None:
    """Take these roles away; a page that is open hears of it with its next click."""
    for role in roles:
        store.remove_role_from_user(person, role)
    store.commit()


def set_active(store: Any, person: UserAccount, *, is_active: bool) -> None:
    """Close an account, which ends its sessions and its links at once, or open it again."""
    person.active = is_active
    if not is_active:
        store.set_uniquifier(person)
        end_all_sessions(store.db.session.connection(), person.id)
    store.commit()


def bind_to_campaigns(connection: Connection, account_id: int, campaign_ids: Sequence[int]) -> None:
    """Let the person see these campaigns besides those they are bound to already, and no others from now on."""
    values = [{"account_id": account_id, "campaign_id": campaign_id} for campaign_id in campaign_ids]
    connection.execute(text("UPDATE account SET is_campaign_limited = true WHERE id = :id"), {"id": account_id})
    connection.execute(insert(account_campaign).values(values).on_conflict_do_nothing())


def unbind_from_campaigns(connection: Connection, account_id: int, campaign_ids: Sequence[int]) -> None:
    """Take these campaigns away. Somebody bound to none any more sees none."""
    connection.execute(text("UPDATE account SET is_campaign_limited = true WHERE id = :id"), {"id": account_id})
    of_person = account_campaign.c.account_id == account_id
    connection.execute(delete(account_campaign).where(of_person, account_campaign.c.campaign_id.in_(campaign_ids)))


def list_bound_campaigns(connection: Connection, account_id: int) -> frozenset[int] | None:
    """The ids of the campaigns that the person may see; None for all of them."""
    is_campaign_limited = connection.execute(
        select(UserAccount.is_campaign_limited).where(UserAccount.id == account_id)
    ).scalar()
    if is_campaign_limited is False:
        return None
    query = select(account_campaign.c.campaign_id).where(account_campaign.c.account_id == account_id)
    return frozenset(connection.execute(query).scalars())


def make_password_path(person: UserAccount) -> str:
    """The path of a page on which the person sets a password: good once, and for a day."""
    token = generate_reset_password_token(person)  # type: ignore[no-untyped-call]
    return f"/account/password/{token}"


def find_by_link(token: str) -> UserAccount | None:
    """Whose link this is; None for one that was used, is too old, or of an account that is closed."""
    expired, invalid, person = reset_password_token_status(token)  # type: ignore[no-untyped-call]
    return person if not (expired or invalid) and person is not None and person.active else None


def is_too_short(password: str) -> bool:
    """Whether a new password has fewer than PASSWORD_SHORTEST characters."""
    return len(password) < PASSWORD_SHORTEST


def is_too_long(password: str) -> bool:
    """Whether a new password has more than PASSWORD_LONGEST characters."""
    return len(password) > PASSWORD_LONGEST


def set_password(store: Any, person: UserAccount, password: str) -> None:
    """Give the account this password; sessions and links of before end."""
    person.password = hash_password(current_app.extensions["security"].password_util.normalize(password))
    store.set_uniquifier(person)
    end_all_sessions(store.db.session.connection(), person.id)
    store.commit()

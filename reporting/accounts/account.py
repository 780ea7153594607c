"""User accounts: create, grant and revoke roles and campaigns, close; one-time links for setting a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
    """An account operation that cannot be done; the message gives the reason in one line."""


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account as an operator sees it. `campaigns` are slugs; None if the account is not limited and sees all."""

    email: str
    name: str
    roles: Sequence[str]
    campaigns: Sequence[str] | None
    is_active: bool
    has_password: bool
    accredited_on: date | None


_LIST = text(
    """
    SELECT account.email, account.name,
           ARRAY(SELECT role.name FROM role JOIN account_role ON account_role.role_id = role.id
                  WHERE account_role.account_id = account.id ORDER BY role.name) AS roles,
           CASE WHEN account.is_campaign_limited THEN
               ARRAY(SELECT campaign.slug FROM campaign
                       JOIN account_campaign ON account_campaign.campaign_id = campaign.id
                      WHERE account_campaign.account_id = account.id ORDER BY campaign.slug) END AS campaigns,
           account.active AS is_active, account.password IS NOT NULL AS has_password,
           account.accredited_on
      FROM account ORDER BY account.email
    """
)


def list_accounts(connection: Connection) -> list[AccountInfo]:
    """List every account, ordered by e-mail address."""
    return [AccountInfo(*row) for row in connection.execute(_LIST)]


def set_up_roles(store: Any) -> None:
    """Create the roles, or update their permissions to those of this version."""
    for role, permissions in PERMISSIONS.items():
        found = store.find_or_create_role(role, description=DESCRIPTIONS[role], permissions=permissions)
        found.permissions = permissions
    store.commit()


def create_account(store: Any, email: str, name: str | None, roles: Sequence[str]) -> UserAccount:
    """Create an account without a password, so that nobody can sign in to it yet.

    Raises AccountError for an invalid e-mail address and for one that has an account.
    """
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
    """Get the account of an e-mail address. Raises AccountError if there is none."""
    found = store.find_user(email=read_address(email))
    if found is None:
        raise AccountError(f"{email}: there is no such account; see `users list`")
    person: UserAccount = found
    return person


def read_address(email: str) -> str:
    """Normalise an e-mail address to the form that accounts store. Raises AccountError for an invalid one."""
    rules = current_app.config["SECURITY_EMAIL_VALIDATOR_ARGS"]
    try:
        return validate_email(email.strip(), **rules).normalized
    except EmailNotValidError:
        raise AccountError(f"{email}: no e-mail address") from None


def grant_roles(store: Any, person: UserAccount, roles: Sequence[str]) -> None:
    """Grant an account these roles, in addition to those it has."""
    set_up_roles(store)
    for role in roles:
        store.add_role_to_user(person, role)
    store.commit()


def revoke_roles(store: Any, person: UserAccount, roles: Sequence[str]) -> None:
    """Revoke these roles of an account. Effective with the next request, also for pages that are open."""
    for role in roles:
        store.remove_role_from_user(person, role)
    store.commit()


def set_active(store: Any, person: UserAccount, *, is_active: bool) -> None:
    """Close an account, or open it again. Closing ends its sessions and its one-time links at once."""
    person.active = is_active
    if not is_active:
        store.set_uniquifier(person)
        end_all_sessions(store.db.session.connection(), person.id)
    store.commit()


def accredit(store: Any, person: UserAccount, agreed_on: date, today: date) -> None:
    """Accredit a volunteer, who agreed on a day that their own activity is not protected in figures.

    From that day (UTC) on whoever a report of theirs is about counts as a person. Raises AccountError for a day that is
    still to come.
    """
    if agreed_on > today:
        raise AccountError(f"{agreed_on.isoformat()} is still to come: give the day on which they agreed")
    person.accredited_on = agreed_on
    store.commit()


def end_accreditation(store: Any, person: UserAccount) -> None:
    """End an accreditation: in every month drawn from now on this volunteer is one person again, with all reports."""
    person.accredited_on = None
    store.commit()


def set_own_phone(store: Any, person: UserAccount, phone_hash: bytes | None) -> None:
    """Note the keyed hash of a volunteer's own phone, or forget it: what comes from it counts as theirs in figures.

    Raises AccountError where it is another account's.
    """
    owner = store.db.session.execute(select(UserAccount.email).where(UserAccount.phone_hash == phone_hash)).scalar()
    if phone_hash is not None and owner not in (None, person.email):
        raise AccountError(f"{owner} has this phone")
    person.phone_hash = phone_hash
    store.commit()


def bind_to_campaigns(connection: Connection, account_id: int, campaign_ids: Sequence[int]) -> None:
    """Limit an account to these campaigns and those it is limited to already; from now on it sees no others."""
    values = [{"account_id": account_id, "campaign_id": campaign_id} for campaign_id in campaign_ids]
    connection.execute(text("UPDATE account SET is_campaign_limited = true WHERE id = :id"), {"id": account_id})
    connection.execute(insert(account_campaign).values(values).on_conflict_do_nothing())


def unbind_from_campaigns(connection: Connection, account_id: int, campaign_ids: Sequence[int]) -> None:
    """Remove these campaigns from an account. An account with none left sees no campaign at all."""
    connection.execute(text("UPDATE account SET is_campaign_limited = true WHERE id = :id"), {"id": account_id})
    of_person = account_campaign.c.account_id == account_id
    connection.execute(delete(account_campaign).where(of_person, account_campaign.c.campaign_id.in_(campaign_ids)))


def list_bound_campaigns(connection: Connection, account_id: int) -> frozenset[int] | None:
    """List the ids of the campaigns that an account may see; None means all."""
    is_campaign_limited = connection.execute(
        select(UserAccount.is_campaign_limited).where(UserAccount.id == account_id)
    ).scalar()
    if is_campaign_limited is False:
        return None
    query = select(account_campaign.c.campaign_id).where(account_campaign.c.account_id == account_id)
    return frozenset(connection.execute(query).scalars())


def make_password_path(person: UserAccount) -> str:
    """Make the URL path of a one-time link for setting a password, which is valid for one day."""
    token = generate_reset_password_token(person)  # type: ignore[no-untyped-call]
    return f"/account/password/{token}"


def find_by_link(token: str) -> UserAccount | None:
    """Find the account of a one-time link; None if the link is used, expired or invalid, or the account is closed."""
    expired, invalid, person = reset_password_token_status(token)  # type: ignore[no-untyped-call]
    return person if not (expired or invalid) and person is not None and person.active else None


def is_too_short(password: str) -> bool:
    """Return whether a new password has fewer than PASSWORD_SHORTEST characters."""
    return len(password) < PASSWORD_SHORTEST


def is_too_long(password: str) -> bool:
    """Return whether a new password has more than PASSWORD_LONGEST characters."""
    return len(password) > PASSWORD_LONGEST


def set_password(store: Any, person: UserAccount, password: str) -> None:
    """Set the password of an account. Earlier sessions and one-time links end."""
    person.password = hash_password(current_app.extensions["security"].password_util.normalize(password))
    store.set_uniquifier(person)
    end_all_sessions(store.db.session.connection(), person.id)
    store.commit()

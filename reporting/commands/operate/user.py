"""Commands `flask users`: user accounts. A password is never an argument."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import Connection

from channels.phone_number import spell_international
from reporting.accounts.account import (
    PASSWORD_SHORTEST,
    accredit,
    bind_to_campaigns,
    create_account,
    end_accreditation,
    get_account,
    grant_roles,
    is_too_long,
    is_too_short,
    list_accounts,
    make_password_path,
    revoke_roles,
    set_active,
    set_own_phone,
    set_password,
    unbind_from_campaigns,
)
from reporting.accounts.role import DESCRIPTIONS
from reporting.accounts.second_factor import SecondFactor
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import one_line_errors
from reporting.models.account import PASSWORD_LONGEST, UserAccount
from reporting.models.base import now

_ROLES = click.Choice(sorted(DESCRIPTIONS))
_roles_option = click.option(
    "--role", "roles", multiple=True, type=_ROLES, help="May be repeated; see docs/install.md for what each may do."
)
_campaigns_option = click.option(
    "--campaign", "campaigns", multiple=True, metavar="SLUG", help="May be repeated. Without any: all campaigns."
)
_password_option = click.option(
    "--password", "asks_password", is_flag=True, help="Ask for the password here instead of printing a link."
)


def make_users_group(program: Program) -> AppGroup:
    """Make `flask users`."""
    group = AppGroup("users", help="Accounts of people who work with the reports (docs/install.md).")
    _add_making(group, program)
    _add_rights(group, program)
    _add_accreditation(group)
    _add_own_phone(group, program)
    _add_closing(group, program)
    return group


def _add_making(group: AppGroup, program: Program) -> None:
    @group.command("create")
    @click.argument("email")
    @click.option("--name", help="As colleagues know them; else what stands before the @.")
    @_roles_option
    @_campaigns_option
    @_password_option
    @one_line_errors
    def create(
        email: str, name: str | None, roles: tuple[str, ...], campaigns: tuple[str, ...], asks_password: bool
    ) -> None:
        """Make an account and print a link, valid once and for a day, with which its owner sets a password."""
        if not roles:
            raise click.ClickException(f"say with --role what they may do: {', '.join(sorted(DESCRIPTIONS))}")
        campaign_ids = _find_campaigns(program, campaigns)
        account = create_account(_get_store(), email, name, roles)
        _change_campaigns(program, bind_to_campaigns, account, campaign_ids)
        click.echo(f"made: {account.email} ({', '.join(roles)})", err=True)
        _give_access(program, account, asks_password=asks_password)

    @group.command("list")
    @one_line_errors
    def list_() -> None:
        """List the accounts: address, name, roles, campaigns, and whether they can sign in."""
        with program.owner.begin() as connection:
            accounts = list_accounts(connection)
        for account in accounts:
            state = "disabled" if not account.is_active else "active" if account.has_password else "no password yet"
            campaigns = "all campaigns" if account.campaigns is None else ",".join(account.campaigns) or "no campaign"
            line = [account.email, account.name, ",".join(account.roles) or "-", campaigns, state]
            if account.accredited_on is not None:
                line.append(f"accredited since {account.accredited_on.isoformat()}")
            click.echo("\t".join(line))

    @group.command("reset-link")
    @click.argument("email")
    @one_line_errors
    def reset_link(email: str) -> None:
        """Print a link with which the owner of EMAIL sets a new password. Until then the old one stays valid."""
        _give_access(program, _get_open(email), asks_password=False)

    @group.command("password")
    @click.argument("email")
    @one_line_errors
    def password(email: str) -> None:
        """Ask for a new password of EMAIL; open sessions end."""
        _give_access(program, _get_open(email), asks_password=True)


def _add_rights(group: AppGroup, program: Program) -> None:
    @group.command("grant")
    @click.argument("email")
    @_roles_option
    @_campaigns_option
    @one_line_errors
    def grant(email: str, roles: tuple[str, ...], campaigns: tuple[str, ...]) -> None:
        """Give EMAIL roles, or campaigns: with the first campaign the account is limited to the given ones."""
        _check_any(roles, campaigns)
        campaign_ids = _find_campaigns(program, campaigns)
        account = get_account(_get_store(), email)
        grant_roles(_get_store(), account, roles)
        _change_campaigns(program, bind_to_campaigns, account, campaign_ids)
        click.echo(f"granted: {account.email}")

    @group.command("revoke")
    @click.argument("email")
    @_roles_option
    @_campaigns_option
    @one_line_errors
    def revoke(email: str, roles: tuple[str, ...], campaigns: tuple[str, ...]) -> None:
        """Take roles or campaigns away from EMAIL, effective from the next click on."""
        _check_any(roles, campaigns)
        campaign_ids = _find_campaigns(program, campaigns)
        account = get_account(_get_store(), email)
        revoke_roles(_get_store(), account, roles)
        _change_campaigns(program, unbind_from_campaigns, account, campaign_ids)
        click.echo(f"revoked: {account.email}")


def _add_accreditation(group: AppGroup) -> None:
    @group.command("accredit")
    @click.argument("email")
    @click.option(
        "--agreed-on", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
        help="When they agreed that their own activity is not protected, such as 2026-11-02.",
    )  # fmt: skip
    @one_line_errors
    def accredit_(email: str, agreed_on: datetime) -> None:
        """Accredit the volunteer EMAIL: in figures whoever a report of theirs is about counts as a person.

        Ask them first, in writing: what they do themselves is then protected by no figure (docs/protection.md).
        """
        account = get_account(_get_store(), email)
        accredit(_get_store(), account, agreed_on.date(), now().date())
        click.echo(f"accredited since {agreed_on.date().isoformat()}: {account.email}")

    @group.command("end-accreditation")
    @click.argument("email")
    @one_line_errors
    def end(email: str) -> None:
        """End the accreditation of EMAIL: in months that are not drawn yet they are one person with all reports."""
        account = get_account(_get_store(), email)
        end_accreditation(_get_store(), account)
        click.echo(f"no longer accredited: {account.email}")


def _add_own_phone(group: AppGroup, program: Program) -> None:
    @group.command("phone")
    @click.argument("email")
    @click.argument("number", required=False)
    @click.option("--forget", is_flag=True, help="Forget the phone instead.")
    @one_line_errors
    def phone(email: str, number: str | None, forget: bool) -> None:
        """Note that NUMBER (such as +9779800000001) is the own phone of EMAIL: in figures both are one person.

        Ask them first. Only a keyed hash is kept, and nothing tells which messages came from it.
        """
        if forget == (number is not None):
            raise click.ClickException("give a NUMBER, or --forget")
        account = get_account(_get_store(), email)
        if number is None:
            set_own_phone(_get_store(), account, None)
            click.echo(f"no phone: {account.email}")
            return
        spelt = spell_international(number, None)
        if not spelt.startswith("+"):
            raise click.ClickException("NUMBER is international, such as +9779800000001")
        set_own_phone(_get_store(), account, program.pseudonyms.hash_address(spelt))
        click.echo(f"phone noted: {account.email}")


def _add_closing(group: AppGroup, program: Program) -> None:
    @group.command("reset-second-factor")
    @click.argument("email")
    @one_line_errors
    def reset_second_factor(email: str) -> None:
        """Remove the second factor of EMAIL and sign them out: at the next sign-in they set up a new one."""
        account = get_account(_get_store(), email)
        SecondFactor(program.settings).reset(_get_store(), account)
        click.echo(f"the second factor of {account.email} is reset")

    @group.command("disable")
    @click.argument("email")
    @one_line_errors
    def disable(email: str) -> None:
        """Disable the account of EMAIL: its sessions, links and phones with ODK Collect lose access at once."""
        _switch(email, is_active=False)

    @group.command("enable")
    @click.argument("email")
    @one_line_errors
    def enable(email: str) -> None:
        """Enable the account of EMAIL again, with the password it had."""
        _switch(email, is_active=True)


def _get_store() -> Any:
    return current_app.extensions["security"].datastore


def _get_open(email: str) -> UserAccount:
    account = get_account(_get_store(), email)
    if not account.active:
        raise click.ClickException(f"{account.email} is disabled; `users enable` opens it again")
    return account


def _find_campaigns(program: Program, slugs: tuple[str, ...]) -> list[int]:
    """Find the ids of the campaigns, before anything is changed. Raises CampaignError."""
    with program.owner.begin() as connection:
        return [get_campaign_id(connection, slug) for slug in slugs]


def _check_any(roles: tuple[str, ...], campaigns: tuple[str, ...]) -> None:
    if not roles and not campaigns:
        raise click.ClickException("say which with --role or --campaign")


def _change_campaigns(
    program: Program,
    change: Callable[[Connection, int, Sequence[int]], None],
    account: UserAccount,
    campaign_ids: Sequence[int],
) -> None:
    """Limit the account to the campaigns, or take them from it; without any nothing changes."""
    if campaign_ids:
        with program.owner.begin() as connection:
            change(connection, account.id, campaign_ids)


def _switch(email: str, *, is_active: bool) -> None:
    account = get_account(_get_store(), email)
    set_active(_get_store(), account, is_active=is_active)
    click.echo(f"{'enabled' if is_active else 'disabled'}: {account.email}")


def _give_access(program: Program, account: UserAccount, *, asks_password: bool) -> None:
    """Set a password that is typed here, or print a link for the owner. Only the link goes to standard output."""
    if not asks_password:
        click.echo("Hand this link to its owner alone. It is good once, and for a day.", err=True)
        click.echo(program.settings.public_url.rstrip("/") + make_password_path(account))
        return
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    if is_too_short(typed) or "\x00" in typed:
        raise click.ClickException(f"a password has at least {PASSWORD_SHORTEST} characters")
    if is_too_long(typed):
        raise click.ClickException(f"a password has at most {PASSWORD_LONGEST} characters")
    set_password(_get_store(), account, typed)
    click.echo(f"the password of {account.email} is set", err=True)

"""Commands `flask demo`: the demonstration campaign and its accounts."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import text

from reporting.accounts.role import ADMIN, MODERATOR
from reporting.bootstrap import Program
from reporting.commands.edge import one_line_errors
from reporting.demo.account import close_accounts, make_accounts, read_accounts
from reporting.demo.load import DEMO_SLUG, load_demo


def make_demo_group(program: Program) -> AppGroup:
    """Make `flask demo`."""
    group = AppGroup("demo", help="The demonstration campaign, to see the program live.")

    @group.command("load")
    @one_line_errors
    def load() -> None:
        """Load the demonstration campaign and make its accounts; loading again changes nothing."""
        store = current_app.extensions["security"].datastore
        make_accounts(store, program.settings.var)
        moderator, publisher = (store.find_user(email=f"{role}@example.org") for role in (MODERATOR, ADMIN))
        load_demo(program, moderator.id, publisher.id, lambda step: click.echo(f"demonstration: {step}"))

    @group.command("accounts")
    @one_line_errors
    def accounts() -> None:
        """Print the accounts of the demonstration and their passwords."""
        for email, password in read_accounts(program.settings.var).items():
            click.echo(f"{email:28} {password}")

    @group.command("close")
    @one_line_errors
    def close() -> None:
        """Close the accounts of the demonstration.

        A start in production does this, because their passwords were printed.
        """
        closed = close_accounts(current_app.extensions["security"].datastore, program.settings.var)
        if closed:
            click.echo(f"closed the demonstration's accounts: {', '.join(closed)}")
        with program.owner.begin() as connection:
            if connection.execute(text("SELECT FROM campaign WHERE slug = :slug"), {"slug": DEMO_SLUG}).first():
                click.echo(f"the demonstration is still here: flask campaign delete {DEMO_SLUG} --confirm {DEMO_SLUG}")

    return group

"""Preparation before web and worker start: the schema at head and, in development, the demonstration campaign.

`python -m reporting.startup.prepare` prints the demonstration's accounts on standard output and all else on standard
error. One process runs all steps, because importing the program takes longer than the steps do.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config.local.embedded_servers import PrivateServerError
from config.logging import configure_log
from config.settings import SettingsError, load_settings
from geo.search.search_index import has_unindexed, index_names
from reporting.app import create_app
from reporting.bootstrap import Program, bootstrap
from reporting.demo.load import DEMO_SLUG


def main() -> int:
    """Run the steps and return the exit code. An error is printed in one line."""
    configure_log()
    try:
        program = bootstrap(load_settings())
        try:
            prepare(create_app(program), program)
        finally:
            program.close()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (SettingsError, PrivateServerError) as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"the database does not answer: {str(error.orig).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


def prepare(app: Flask, program: Program) -> None:
    """Bring the schema to head.

    In development load the demonstration and print its accounts, else close these accounts. Raises ClickException where
    development would open a campaign of real people to everybody.
    """
    with redirect_stdout(sys.stderr):
        run_command(app, "db", "upgrade")
        index_older_names(program)
        slugs = list_campaigns(program)
        if program.settings.is_development:
            check_demonstration(slugs)
            run_command(app, "demo", "load")  # again, in case an earlier load was interrupted
        else:
            run_command(app, "demo", "close")
    if program.settings.is_development:
        run_command(app, "demo", "accounts")


def list_campaigns(program: Program) -> list[str]:
    """List the slugs of the campaigns."""
    with program.owner.begin() as connection:
        return list(connection.execute(text("SELECT slug FROM campaign ORDER BY slug")).scalars())


def check_demonstration(slugs: Sequence[str]) -> None:
    """Check that the demonstration is the only campaign, because development protects nothing.

    Raises ClickException.
    """
    own = [slug for slug in slugs if slug != DEMO_SLUG]
    if own:
        raise click.ClickException(
            f"the database has a campaign that is no demonstration ({own[0]}), and development would show it to all;"
            " write BARAZA_ENV=production into .env, or set BARAZA_VAR to another folder"
        )


def index_older_names(program: Program) -> None:
    """Index the names of places that were loaded before there was an index of names."""
    with program.owner.begin() as connection:
        for campaign_id in connection.execute(text("SELECT id FROM campaign ORDER BY id")).scalars().all():
            if has_unindexed(connection, campaign_id):
                index_names(connection, campaign_id)


def run_command(app: Flask, *arguments: str) -> None:
    """Run `flask ARGUMENTS` in this process. Raises ClickException."""
    app.cli.main(list(arguments), prog_name="flask", standalone_mode=False, obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    sys.exit(main())

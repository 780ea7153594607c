"""What must be true before web and worker start: the schema at head and, in development, the demonstration campaign.

`python -m reporting.start` prints the demonstration's accounts; what else it has to say goes to standard error. One
process runs all the steps, because importing the program takes longer than they do.
"""

import sys
from contextlib import redirect_stdout

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config.log import configure_log
from config.private_server import PrivateServerError
from config.settings import SettingsError, load_settings
from geo.search_index import has_unindexed, index_names
from reporting.app import create_app
from reporting.bootstrap import Program, bootstrap

DEMO_SLUG = "nepal-demo"


def main() -> int:
    """Run the steps and return the exit code; what is wrong is said in one line."""
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
    """Bring the schema to head; in development load the demonstration into an empty database and name its accounts."""
    with redirect_stdout(sys.stderr):
        run_command(app, "db", "upgrade")
        index_older_names(program)
        if program.settings.is_development and not has_own_campaign(program):
            run_command(app, "demo", "load")
    if program.settings.is_development:
        run_command(app, "demo", "accounts")


def has_own_campaign(program: Program) -> bool:
    """Whether there is a campaign other than the demonstration. That one is loaded again, in case it was cut off."""
    with program.owner.begin() as connection:
        query = text("SELECT EXISTS (SELECT FROM campaign WHERE slug <> :demo)")
        return bool(connection.execute(query, {"demo": DEMO_SLUG}).scalar_one())


def index_older_names(program: Program) -> None:
    """Make places findable by name that were loaded before there was an index of names."""
    with program.owner.begin() as connection:
        for campaign_id in connection.execute(text("SELECT id FROM campaign ORDER BY id")).scalars().all():
            if has_unindexed(connection, campaign_id):
                index_names(connection, campaign_id)


def run_command(app: Flask, *arguments: str) -> None:
    """Run `flask ARGUMENTS` in this process. Raises ClickException."""
    app.cli.main(list(arguments), prog_name="flask", standalone_mode=False, obj=ScriptInfo(create_app=lambda: app))


if __name__ == "__main__":
    sys.exit(main())

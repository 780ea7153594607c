"""Command `flask db`: the schema of the database."""

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.commands.edge import one_line_errors
from reporting.schema import upgrade_schema, write_migration


def make_schema_group(program: Program) -> AppGroup:
    """Make `flask db`."""
    group = AppGroup("db", help="The schema of the database.")

    @group.command("upgrade")
    @one_line_errors
    def upgrade() -> None:
        """Bring the schema to head; make missing database roles of web and public, and their missing rights."""
        with program.owner.begin() as connection:
            upgrade_schema(connection)
        program.secure_accounts()
        click.echo("schema at head")

    @group.command("revision")
    @click.option("-m", "--message", required=True, metavar="TEXT", help='What it does, for example "add a colour".')
    @click.option("--empty", "is_empty", is_flag=True, help="Without what the models say: for a change of data alone.")
    @one_line_errors
    def revision(message: str, is_empty: bool) -> None:
        """Write the next migration from the models, for developers (docs/adding-a-migration.md)."""
        with program.owner.begin() as connection:
            click.echo(write_migration(connection, message, is_empty=is_empty))

    return group

"""The commands of `flask --app wsgi`, each a thin edge over a use case: open, call, print, or one clear line."""

import click
from flask import Flask
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.schema import upgrade_schema


def register_commands(app: Flask, program: Program) -> None:
    """Add every command to the app."""
    database = AppGroup("db", help="The schema of the database.")

    @database.command("upgrade")
    def upgrade() -> None:
        """Bring the schema to head."""
        with program.owner.begin() as connection:
            upgrade_schema(connection)
        click.echo("schema at head")

    app.cli.add_command(database)

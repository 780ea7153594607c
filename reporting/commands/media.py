"""Commands `flask media`: the states of received pictures and recordings, and a retry of failed ones."""

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.commands.edge import one_line_errors
from reporting.media.attachments import count_media, retry_failed


def make_media_group(program: Program) -> AppGroup:
    """Make `flask media`."""
    group = AppGroup("media", help="Pictures and recordings.")

    @group.command("status")
    @one_line_errors
    def status() -> None:
        """Count files by state, with the reasons."""
        with program.owner.begin() as connection:
            counts = count_media(connection)
        for state, reason, count in counts:
            click.echo(f"{state:<10}{reason or '':<24}{count:>8}")

    @group.command("retry")
    @one_line_errors
    def retry() -> None:
        """Let a worker retry failed files, once the cause is gone: a wrong password, a store that was unavailable."""
        with program.owner.begin() as connection:
            count = retry_failed(connection)
        click.echo(f"{count} files will be tried again")

    return group

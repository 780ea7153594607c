"""Command `flask audit`: whether the decision log and the access log are what they were."""

import re
from typing import Final

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.commands.edge import one_line_errors
from reporting.moderation.audit_chain import ChainHead, append_to_chain, verify_chain

_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def make_audit_group(program: Program) -> AppGroup:
    """Make `flask audit`."""
    group = AppGroup("audit", help="The logs of what moderators decided and read.")

    @group.command("verify")
    @click.option(
        "--head", "noted", metavar="POSITION:DIGEST", help="An end of the chain that was noted before, as printed here."
    )
    @one_line_errors
    def verify(noted: str | None) -> None:
        """Check that no row of the logs was changed or deleted since it was chained; exit 1 with the first that was.

        Rows that were written since the last minute are chained first.
        """
        head = _read_head(noted)
        with program.app.begin() as connection:
            append_to_chain(connection, program.audit_key)
        with program.app.begin() as connection:
            report = verify_chain(connection, program.audit_key, head)
        for log, rows in report.rows.items():
            click.echo(f"{log}: {rows}")
        click.echo(f"reduced with their reports: {report.reduced}")
        click.echo(f"of deleted campaigns: {report.deleted}")
        click.echo(f"head: {report.head.position}:{report.head.digest.hex()}" if report.head else "head: none")

    return group


def _read_head(noted: str | None) -> ChainHead | None:
    """Read an end of the chain. Raises UsageError."""
    if noted is None:
        return None
    found = _HEAD.fullmatch(noted)
    if found is None:
        raise click.BadParameter("a position and a digest, such as 120:9f3a... (64 digits)", param_hint="--head")
    return ChainHead(int(found[1]), bytes.fromhex(found[2]))

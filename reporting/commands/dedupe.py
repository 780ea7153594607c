"""Command `flask dedupe`: find the rows of a spreadsheet that are of one incident. Reads and writes files only."""

from collections.abc import Callable
from pathlib import Path

import click

from config.table_file.reader import count_rows
from reporting.bootstrap import Program
from reporting.commands.edge import echo_counts, echo_remarks, one_line_errors, progress
from reporting.dedupe.dedupe import dedupe_csv

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


def make_dedupe_command(_program: Program) -> click.Command:
    """Make `flask dedupe`."""

    @click.command("dedupe")
    @click.argument("file", type=_FILE)
    @click.option("-o", "--output", type=_OUT, required=True, help="CSV `id,incident`, a line for every row of FILE.")
    @click.option("--pairs", type=_OUT, help="CSV of up to 10 candidates a row with score, decision and reasons.")
    @click.option(
        "--explain", multiple=True, metavar="ID", help="Say of a row what speaks for and against each candidate."
    )
    @one_line_errors
    def dedupe(file: Path, output: Path, pairs: Path | None, explain: tuple[str, ...]) -> None:
        """Find the rows of a CSV FILE that report the same incident.

        FILE has the columns id,reported_at,lat,lon and, where there are any, text, topic, location, sender, source
        and language.
        """
        with progress("rows", count_rows(file)) as tick:
            counts = dedupe_csv(file, output, pairs, _ticking(tick), frozenset(explain))
        echo_remarks(counts.problems)
        for line in counts.explained:
            click.echo(line)
        echo_counts(
            rows=counts.rows, incidents=counts.incidents, linked=counts.linked, suggested=counts.suggested,
            problems=counts.problems.total,
        )  # fmt: skip

    return dedupe


def _ticking(tick: Callable[[int], None]) -> Callable[[int, int], None]:
    return lambda done, _all: tick(done)

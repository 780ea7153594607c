"""Commands `flask safeguarding`: find sensitive texts in a file. Without --campaign no database is needed."""

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from config.table_file.errors import Remarks
from config.table_file.reader import count_rows
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.campaigns.definition import read_conversation
from reporting.commands.edge import echo_counts, echo_remarks, one_line_errors, progress
from reporting.csv_annotation import Added, annotate
from reporting.extraction.sensitivity import SensitiveReader
from reporting.models.campaign import Campaign

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


def make_safeguarding_group(program: Program) -> AppGroup:
    """Make `flask safeguarding`."""
    group = AppGroup("safeguarding", help="Reports that are kept from the ordinary queue.")

    @group.command("check")
    @click.argument("file", type=_FILE)
    @click.option("--text-column", "column", required=True, metavar="C", help="The column of texts.")
    @click.option("-o", "--output", type=_OUT, required=True, help="The CSV to write.")
    @click.option("--campaign", metavar="SLUG", help="Use this campaign's own words, too (needs the database).")
    @one_line_errors
    def check(file: Path, column: str, output: Path, campaign: str | None) -> None:
        """Check for each row of a CSV FILE whether a report of its text would be restricted as sensitive, and why.

        The output has the same rows in the same order with two more columns, `restricted` (true, false) and `reason`.
        Without --campaign only the built-in words are used: words that an organisation added apply in its campaign.
        """
        reader = _make_reader(program, campaign)
        restricted = 0

        def read(text: str) -> tuple[str, str]:
            nonlocal restricted
            reason = reader.read(text)
            restricted += reason is not None
            return ("true", reason) if reason else ("false", "")

        remarks = Remarks()
        with progress("rows", count_rows(file)) as tick:
            rows = annotate(
                file, output, Added(column, ("restricted", "reason"), "safeguarding_"), read, tick, remarks.append
            )
        echo_remarks(remarks)
        echo_counts(rows=rows, restricted=restricted)

    return group


def _make_reader(program: Program, slug: str | None) -> SensitiveReader:
    if slug is None:
        return SensitiveReader({})
    with program.owner.begin() as connection:
        campaign_id = get_campaign_id(connection, slug)
        query = select(Campaign.conversation).where(Campaign.id == campaign_id)
        values = connection.execute(query).scalar_one()
    return SensitiveReader(read_conversation(values).sensitive_words)

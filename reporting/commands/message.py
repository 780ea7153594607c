"""Commands `flask messages` and `flask reports`: import from files, export without people's words, replay."""

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from config.csv_cell import CsvWriter
from config.queues import INBOX
from config.table_file.reader import count_rows
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, echo_refusals, echo_remarks, one_line_errors, progress
from reporting.commands.report import add_minimise_command
from reporting.inbox.csv_import import ImportCounts, MessageImport
from reporting.inbox.work_queue import replay
from reporting.models.message import Message
from reporting.models.report import Report
from reporting.reports.csv_import import ReportImport

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def make_messages_group(program: Program) -> AppGroup:
    """Make `flask messages`."""
    group = AppGroup("messages", help="Messages in and out of the database.")

    @group.command("import")
    @click.argument("file", type=_FILE)
    @click.option("--channel", required=True, metavar="C", help="The channel they came by; ids are unique to it.")
    @click.option(
        "--text-column", "columns", multiple=True, metavar="C", default=("text",), show_default=True,
        help="May be given several times: the first that is not empty counts.",
    )  # fmt: skip
    @campaign_option
    @one_line_errors
    def import_(file: Path, channel: str, columns: tuple[str, ...], campaign: str | None) -> None:
        """Import a CSV FILE with id and text, and sender and received_at where known."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
        with progress("messages", count_rows(file)) as tick:
            counts = MessageImport(program.owner, program.pseudonyms, campaign_id, channel).run(file, columns, tick)
        _echo_import(counts)
        program.waker.wake(INBOX)

    @group.command("export")
    @click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
    @campaign_option
    @one_line_errors
    def export(output: Path, campaign: str | None) -> None:
        """Write the state of every message, without numbers or text."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            query = (
                select(
                    Message.external_id, Message.channel, Message.direction, Message.received_at, Message.state,
                    Report.reference,
                )
                .outerjoin(Report, Report.id == Message.report_id)
                .where(Message.campaign_id == campaign_id)
                .order_by(Message.id)
            )  # fmt: skip
            rows = connection.execution_options(yield_per=1000).execute(query)
            with output.open("w", encoding="utf-8", newline="") as file:
                writer = CsvWriter(file)
                writer.write(("external_id", "channel", "direction", "received_at", "state", "report"))
                for row in rows:
                    moment = row.received_at.isoformat()
                    writer.write((row.external_id, row.channel, row.direction, moment, row.state, row.reference))

    @group.command("replay")
    @click.argument("ids", type=int, nargs=-1)
    @campaign_option
    @one_line_errors
    def replay_(ids: tuple[int, ...], campaign: str | None) -> None:
        """Replay messages that were set aside (dead letters): all, or those with the given ids."""
        with program.owner.begin() as connection:
            count = replay(connection, get_campaign_id(connection, campaign), list(ids) or None)
        program.waker.wake(INBOX)
        echo_counts(replayed=count)

    return group


def make_reports_group(program: Program) -> AppGroup:
    """Make `flask reports`."""
    group = AppGroup("reports", help="Reports in by file, and out when their time is over.")
    add_minimise_command(group, program)

    @group.command("import")
    @click.argument("file", type=_FILE)
    @click.option("--approved", is_flag=True, help="They were checked: they count, and they teach the geocoder.")
    @campaign_option
    @one_line_errors
    def import_(file: Path, approved: bool, campaign: str | None) -> None:
        """Import a CSV FILE with id, text, lat, lon, and location, reported_at, topic and sender where known.

        What senders told about themselves may stand in sex, age and difficulty, whom a report is about in affected.
        """
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
        with progress("reports", count_rows(file)) as tick:
            counts = ReportImport(
                program.owner, program.pipeline.readers, campaign_id, approved, program.pseudonyms
            ).run(file, tick)
        _echo_import(counts)

    return group


def _echo_import(counts: ImportCounts) -> None:
    echo_remarks(counts.table)
    echo_refusals(counts.refusals)
    echo_refusals(counts.remarks)
    echo_counts(read=counts.read, added=counts.added, known=counts.known, refused=len(counts.refusals))

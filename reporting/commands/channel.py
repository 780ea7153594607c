"""Commands `flask channels`: list the channels, and bring in messages that a gateway's webhooks did not deliver."""

import re
from datetime import UTC, date, datetime, time, timedelta

import click
from flask.cli import AppGroup

from channels.base.errors import LogUnreadable
from channels.base.gateway import Gateway, MessageLog
from channels.options import ChannelSettingsError
from channels.registry import ADAPTERS
from config.queues import INBOX
from reporting.bootstrap import Program
from reporting.commands.edge import echo_counts, one_line_errors, progress
from reporting.inbox.reconciliation import OVERLAP, find_unread_since, list_campaign_addresses
from reporting.inbox.store import StoreUnavailable
from reporting.models.base import now

_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)
_AGE = re.compile(r"(\d{1,4})([dh])")
_FORMS = "a date (2026-11-20), a time (2026-11-20T08:30), or an age (3d, 12h)"


def make_channels_group(program: Program) -> AppGroup:
    """Make `flask channels`."""
    group = AppGroup("channels", help="The ways in and out.")

    @group.command("list")
    @one_line_errors
    def list_() -> None:
        """Show every channel: its adapter, its directions, and the addresses to enter at its gateway."""
        for name, gateway in _list_gateways(program).items():
            adapter = str(program.settings.channels.get(name, {}).get("adapter", name))
            click.echo(f"{name}  {adapter}  {_describe_directions(gateway)}")
            for call in ADAPTERS[adapter].calls if adapter in ADAPTERS else ():
                click.echo(f"  {program.settings.public_url}/channels/{name}/{call}")

    @group.command("reconcile")
    @click.argument("name")
    @click.option("--since", metavar="WHEN", help=f"From when (UTC): {_FORMS}. Without it: from where the last ended.")
    @click.option("--until", metavar="WHEN", help="Until when, in the same forms; a date is meant to its end.")
    @one_line_errors
    def reconcile(name: str, since: str | None, until: str | None) -> None:
        """Bring in the messages in the log of the channel NAME that are not stored yet.

        Safe to repeat and to interrupt.
        """
        log = _get_log(program, name)
        moment = now()
        last = moment if until is None else min(read_occurrence_time("--until", until, moment, is_end=True), moment)
        with program.owner.begin() as connection:
            if not list_campaign_addresses(connection, name):
                raise click.ClickException(f"no campaign has a line on the channel {name}")
            unread_since = find_unread_since(connection, name)
        first = (unread_since or moment) - OVERLAP if since is None else read_occurrence_time("--since", since, moment)
        if first >= last:
            raise click.ClickException(f"--since ({first:%Y-%m-%d %H:%M}) is not before {last:%Y-%m-%d %H:%M} UTC")
        reconciliation = program.make_reconciliation(rest=lambda: program.waker.wake(INBOX))
        try:
            with progress("messages") as tick:
                counts = reconciliation.run(name, log, first, last, tick)
        except LogUnreadable as error:
            what = "its gateway refuses our credentials" if error.is_refused else "its log cannot be read now"
            raise click.ClickException(f"channel {name}: {what} ({error.code})") from error
        except StoreUnavailable as error:
            raise click.ClickException("the database does not answer") from error
        echo_counts(
            listed=counts.listed, known=counts.known, brought_in=counts.brought_in, texts_updated=counts.updated
        )  # fmt: skip

    return group


def read_occurrence_time(option: str, value: str, moment: datetime, *, is_end: bool = False) -> datetime:
    """Read a time (UTC) from a date, a time, or an age before `moment`. With `is_end` a date means the end of its day.

    Raises click's ClickException with one line that names the option.
    """
    if age := _AGE.fullmatch(value.strip()):
        return moment - timedelta(**{"days" if age[2] == "d" else "hours": int(age[1])})
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        raise click.ClickException(f"{option}: {value} is not {_FORMS}") from None
    if not _EARLIEST <= read.date() <= _LATEST:
        raise click.ClickException(f"{option}: {value} is not between {_EARLIEST} and {_LATEST}")
    if is_end and read.time() == time.min and len(value.strip()) <= len("2026-11-20"):
        read += timedelta(days=1)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def _list_gateways(program: Program) -> dict[str, Gateway]:
    try:
        return program.gateways
    except ChannelSettingsError as error:
        raise click.ClickException(str(error)) from error


def _get_log(program: Program, name: str) -> MessageLog:
    gateways = _list_gateways(program)
    if name not in gateways:
        raise click.ClickException(f"no channel is called {name}; there are: {', '.join(sorted(gateways))}")
    log = gateways[name].log
    if log is None:
        raise click.ClickException(f"channel {name} has no log to read: its gateway keeps none, or no account is set")
    return log


def _describe_directions(gateway: Gateway) -> str:
    is_out = gateway.sender is not None or gateway.is_polling
    ways = [way for way, is_there in (("in", gateway.channel), ("out", is_out), ("log", gateway.log)) if is_there]
    return ", ".join(ways)

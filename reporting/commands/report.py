"""Command `flask reports minimise`: delete what is older than the campaign's retention, or count it."""

from dataclasses import asdict

import click
from flask.cli import AppGroup

from config.queues import MEDIA
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, one_line_errors, progress
from reporting.privacy.retention import count_due, minimise


def add_minimise_command(group: AppGroup, program: Program) -> None:
    """Add `minimise` to the group `flask reports`."""

    @group.command("minimise")
    @click.option("--dry-run", is_flag=True, help="Count what would go, and change nothing.")
    @campaign_option
    @one_line_errors
    def minimise_(dry_run: bool, campaign: str | None) -> None:
        """Delete numbers, raw calls, words, pictures and rows that are older than the campaign's `retention`.

        The scheduler does the same once a day. Nothing is deleted that waits for a decision or is not yet processed.
        """
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
        with progress("messages") as tick:
            counts = (count_due if dry_run else minimise)(program.owner, program.pseudonyms, campaign_id, tick)
        if counts.pictures and not dry_run:
            program.waker.wake(MEDIA)
        echo_counts(**asdict(counts))
        if dry_run:
            click.echo("nothing was changed", err=True)

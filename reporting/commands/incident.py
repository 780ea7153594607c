"""Commands `flask incidents`: rescore links when their evidence has changed."""

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, one_line_errors, progress
from reporting.incidents.rescore_queue import count_rescores, mark_all
from reporting.moderation.incident.rescore import RescoreCounts, rescore


def make_incidents_group(program: Program) -> AppGroup:
    """Make `flask incidents`."""
    group = AppGroup("incidents", help="Which reports are of one incident.")

    @group.command("rescore")
    @click.option("--all", "is_all", is_flag=True, help="Mark every report of the campaign first.")
    @campaign_option
    @one_line_errors
    def rescore_(is_all: bool, campaign: str | None) -> None:
        """Rescore the links of reports in the rescore queue: near a corrected place, or after new weights were learned.

        A worker does the same by itself. May be interrupted and repeated. Links that people decided stay as they are.
        """
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            if is_all:
                mark_all(connection, campaign_id)
            total = count_rescores(connection, campaign_id)

        def tell(counts: RescoreCounts) -> bool:
            tick(counts.looked_at)
            return True

        with progress("reports", total) as tick:
            counts = rescore(program.app, campaign_id, may_go_on=tell)
        with program.owner.begin() as connection:
            left = count_rescores(connection, campaign_id)
        echo_counts(
            looked_at=counts.looked_at, moved=counts.moved, left_to_people=counts.left_to_people, still_marked=left
        )

    return group

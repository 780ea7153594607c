"""Commands `flask outbox`: messages that wait to be sent and why, and the estimated cost of those that were sent."""

from datetime import UTC, datetime
from decimal import Decimal

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, one_line_errors
from reporting.outbox.cost import Spending, estimate_cost, list_outbox

_DATE = click.DateTime(["%Y-%m-%d"])


def make_outbox_group(program: Program) -> AppGroup:
    """Make `flask outbox`."""
    group = AppGroup("outbox", help="Texts on their way out.")

    @group.command("cost")
    @click.option("--since", type=_DATE, metavar="DATE", help="Only what left since that day (UTC), as 2026-11-01.")
    @campaign_option
    @one_line_errors
    def cost(since: datetime | None, campaign: str | None) -> None:
        """Estimate the cost of the messages that were sent, by channel and purpose."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            moment = since.replace(tzinfo=UTC) if since is not None else None
            spendings, currency = estimate_cost(connection, campaign_id, moment)
        click.echo(f"{'channel':<16}{'purpose':<18}{'texts':>8}{'segments':>10}{'price':>12}")
        for each in spendings:
            click.echo(_format_line(each, currency))
        click.echo(_format_line(_sum_up(spendings), currency))
        unpriced = sorted({each.channel for each in spendings if each.price is None})
        if unpriced:
            click.echo(f"no price is stated for {', '.join(unpriced)}: prices in the conversation", err=True)

    @group.command("status")
    @campaign_option
    @one_line_errors
    def status(campaign: str | None) -> None:
        """Show the messages that wait to be sent, and those that failed within the last day, with the reasons."""
        with program.owner.begin() as connection:
            lines = list_outbox(connection, get_campaign_id(connection, campaign))
        click.echo(f"{'channel':<16}{'state':<10}{'reason':<24}{'texts':>8}  oldest")
        for line in lines:
            oldest = line.oldest_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
            click.echo(f"{line.channel:<16}{line.state:<10}{line.error or '-':<24}{line.texts:>8}  {oldest}")

    return group


def _sum_up(spendings: list[Spending]) -> Spending:
    priced = [each.price for each in spendings if each.price is not None]
    total = sum(priced, Decimal(0)) if priced else None
    return Spending("all", "", sum(each.texts for each in spendings), sum(each.segments for each in spendings), total)


def _format_line(each: Spending, currency: str | None) -> str:
    price = "-" if each.price is None else f"{each.price:.2f} {currency or ''}".rstrip()
    return f"{each.channel:<16}{each.purpose:<18}{each.texts:>8}{each.segments:>10}{price:>12}"

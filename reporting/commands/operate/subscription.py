"""Commands `flask webhook`: programs elsewhere to which public events are posted, and what could not be delivered."""

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, one_line_errors
from reporting.subscriptions.post import Poster
from reporting.subscriptions.subscription import (
    KINDS,
    add_subscription,
    end_subscription,
    list_set_aside,
    list_subscriptions,
    replay,
)


def make_subscription_group(program: Program) -> AppGroup:
    """Make `flask webhook`."""
    group = AppGroup("webhook", help="Public events that are posted to other programs (docs/webhooks.md).")

    @group.command("add")
    @click.argument("url")
    @click.option("--events", type=click.Choice(KINDS), multiple=True, help="Only these; else all.")
    @campaign_option
    @one_line_errors
    def add(url: str, events: tuple[str, ...], campaign: str | None) -> None:
        """Post the public events of a campaign to URL, and print the secret that signs them. It is shown only once."""
        poster = Poster(private_hosts=program.settings.webhook_private_hosts)
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            secret = add_subscription(connection, program.pseudonyms, poster, campaign_id, url, events)
        click.echo("Keep it safe; it cannot be shown again.", err=True)
        click.echo(secret)

    @group.command("list")
    @campaign_option
    @one_line_errors
    def list_(campaign: str | None) -> None:
        """List the subscriptions: number, address, events and state."""
        with program.owner.begin() as connection:
            found = list_subscriptions(connection, get_campaign_id(connection, campaign))
        for each in found:
            state = f"ended {each.ended_at:%Y-%m-%d}" if each.ended_at else "active"
            click.echo(f"{each.id}\t{each.url}\t{','.join(each.kinds) or 'all'}\t{state}")

    @group.command("end")
    @click.argument("number", type=int)
    @campaign_option
    @one_line_errors
    def end(number: int, campaign: str | None) -> None:
        """End the subscription NUMBER (see `webhook list`): nothing more is posted to it."""
        with program.owner.begin() as connection:
            if not end_subscription(connection, get_campaign_id(connection, campaign), number):
                raise click.ClickException(f"the campaign has no subscription {number}")
        click.echo(f"ended: {number}")

    @group.command("set-aside")
    @campaign_option
    @one_line_errors
    def set_aside(campaign: str | None) -> None:
        """List what could not be delivered: number, subscription, event, attempts and why."""
        with program.owner.begin() as connection:
            for row in list_set_aside(connection, get_campaign_id(connection, campaign)):
                click.echo(f"{row.id}\t{row.subscription_id}\t{row.kind} {row.subject}\t{row.attempts}\t{row.error}")

    @group.command("replay")
    @click.argument("numbers", type=int, nargs=-1)
    @campaign_option
    @one_line_errors
    def replay_(numbers: tuple[int, ...], campaign: str | None) -> None:
        """Deliver the set-aside NUMBERS again, all where none is given. Their ids stay the same."""
        with program.owner.begin() as connection:
            count = replay(connection, get_campaign_id(connection, campaign), numbers or None)
        click.echo(f"replayed: {count}")

    return group

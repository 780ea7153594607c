"""Commands `flask api-key`: keys with which partners' programs send messages."""

import re

import click
from flask.cli import AppGroup

from reporting.accounts.api_key import ReadingScope, add_key, list_keys, revoke_key
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, one_line_errors

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,40}\Z")


def make_api_key_group(program: Program) -> AppGroup:
    """Make `flask api-key`."""
    group = AppGroup("api-key", help="Keys of partners' programs (docs/api.md).")

    @group.command("create")
    @click.argument("name")
    @click.option("--reads-incidents", is_flag=True, help="It also reads single incidents, redacted.")
    @click.option("--purpose", help="What they are read for, in a sentence; needed to read.")
    @click.option("--area", "areas", multiple=True, help="Code of an area that it reads; all without one.")
    @click.option("--topic", "topics", multiple=True, help="Code of a topic that it reads; all that are not sensitive.")
    @campaign_option
    @one_line_errors
    def create(
        name: str, campaign: str | None, purpose: str | None, areas: tuple[str, ...], topics: tuple[str, ...],
        *, reads_incidents: bool,
    ) -> None:  # fmt: skip
        """Make a key for the partner NAME and print it. The key is shown only this once.

        A second key of the same NAME is the same partner, so that a key can be changed without a gap.
        """
        if not _NAME.match(name):
            raise click.ClickException(f"{name}: small letters, digits and hyphens only, up to 41")
        if not reads_incidents and (purpose or areas or topics):
            raise click.ClickException("a purpose, areas and topics are of a key with --reads-incidents")
        reading = ReadingScope(purpose or "", areas, topics) if reads_incidents else None
        with program.owner.begin() as connection:
            key = add_key(connection, get_campaign_id(connection, campaign), name, reading)
        click.echo("Keep it safe; it cannot be shown again.", err=True)
        click.echo(key)

    @group.command("list")
    @campaign_option
    @one_line_errors
    def list_(campaign: str | None) -> None:
        """List the keys: number, name, when made and when revoked; of those that read incidents scope and purpose."""
        with program.owner.begin() as connection:
            keys = list_keys(connection, get_campaign_id(connection, campaign))
        for key in keys:
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
            reads = f"\t{','.join((*key.areas, *key.topics)) or 'all'}\t{key.purpose}" if key.purpose else ""
            click.echo(f"{key.id}\t{key.name}\t{key.created_at:%Y-%m-%d}\t{state}{reads}")

    @group.command("revoke")
    @click.argument("number", type=int)
    @campaign_option
    @one_line_errors
    def revoke(number: int, campaign: str | None) -> None:
        """Revoke the key NUMBER (see `api-key list`): it gives no access any more."""
        with program.owner.begin() as connection:
            if not revoke_key(connection, get_campaign_id(connection, campaign), number):
                raise click.ClickException(f"the campaign has no key {number}")
        click.echo(f"revoked: {number}")

    return group

"""Commands `flask learned-places`: list the learned placements of pins and imports, and delete them."""

import click
from flask.cli import AppGroup

from geo.learned_placements import count_placements, delete_placements, delete_placements_by_id, list_placements
from geo.types import PlacementRecord
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, one_line_errors

_SHOWN = 120  # characters of the words that are shown
_source_option = click.option("--source", help="Who taught them: `moderator` for pins, or an import's name.")


def make_learned_places_group(program: Program) -> AppGroup:
    """Make `flask learned-places`."""
    group = AppGroup("learned-places", help="What the geocoder was taught (docs/places.md). Shows what people wrote.")
    _add_list(group, program)
    _add_forget(group, program)
    return group


def _add_list(group: AppGroup, program: Program) -> None:
    @group.command("list")
    @click.option("--words", default="", help="Only those with these words in them.")
    @_source_option
    @click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
    @campaign_option
    @one_line_errors
    def list_(words: str, source: str | None, limit: int, campaign: str | None) -> None:
        """List learned placements, newest first: id, point, radius, source and its id, words."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            placements = list_placements(connection, campaign_id, words=words, source=source, limit=limit)
            count = count_placements(connection, campaign_id, words=words, source=source)
        for placement_id, placement in placements.items():
            click.echo(_describe(placement_id, placement))
        echo_counts(learned=count)
        if count > len(placements):
            click.echo(f"listed: {len(placements)}, --limit lists more")


def _add_forget(group: AppGroup, program: Program) -> None:
    @group.command("forget")
    @click.argument("ids", metavar="[ID]...", nargs=-1, type=click.IntRange(1))
    @_source_option
    @campaign_option
    @one_line_errors
    def forget_(ids: tuple[int, ...], source: str | None, campaign: str | None) -> None:
        """Delete the learned placements of these ids, or all of a source, at once."""
        if bool(ids) == (source is not None):
            raise click.UsageError("give ids or a --source, one of the two")
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            if source is not None:
                count = delete_placements(connection, campaign_id, source)
                unknown: list[int] = []
            else:
                forgotten = delete_placements_by_id(connection, campaign_id, ids)
                count, unknown = len(forgotten), sorted(set(ids) - set(forgotten))
        echo_counts(forgotten=count)
        if unknown or not count:
            raise click.ClickException(f"no such lesson: {', '.join(map(str, unknown)) or f'none of {source}'}")


def _describe(placement_id: int, placement: PlacementRecord) -> str:
    words = " | ".join(part for part in placement.words.splitlines() if part.strip())
    words = "".join(char if char.isprintable() else " " for char in words)
    said = words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
    point = f"{placement.lat:.5f},{placement.lon:.5f}"
    return f"{placement_id}\t{point}\t{placement.radius_m:.0f} m\t{placement.source} {placement.source_id}\t{said}"

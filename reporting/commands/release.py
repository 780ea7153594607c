"""Commands `flask release` and `flask quality`: figures are rehearsed, built, published, withdrawn and exported."""

import json
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from config.csv_cell import CsvWriter
from reporting.aggregation.draft import Draft
from reporting.aggregation.publication import approve_release, publish, withdraw_release
from reporting.aggregation.release import draft_release
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, one_line_errors
from reporting.publishing.export import export_release
from reporting.publishing.release_queries import get_open_release

_cube_option = click.option("--cube", required=True, metavar="NAME", help="What is counted: `incidents`.")
_period_option = click.option("--period", required=True, metavar="P", help="A month (2026-11), a year (2026) or `all`.")
_REHEARSED = ("change", "area_code", "topic", "month", "measure", "before", "value", "obs_status")


def make_release_group(program: Program) -> AppGroup:
    """Make `flask release`."""
    group = AppGroup("release", help="Protected figures: the only thing that the public sees.")

    @group.command("build")
    @_cube_option
    @_period_option
    @click.option("--approve", is_flag=True, help="A second person has looked at `release rehearse` and agrees.")
    @campaign_option
    @one_line_errors
    def build(cube: str, period: str, approve: bool, campaign: str | None) -> None:
        """Publish a release and print its id; with a delicate topic it waits for a second person, or --approve."""
        with program.app.begin() as connection:
            built = publish(connection, get_campaign_id(connection, campaign), cube, period, is_approved=approve)
        click.echo(built.release_id)
        click.echo(f"{built.shown} figures shown, {built.suppressed} suppressed, {built.kept} kept as before", err=True)
        if built.is_waiting:
            click.echo(
                "a topic is delicate: it waits for a second person, at /moderate/releases"
                f" or by: flask --app wsgi release approve {built.release_id}",
                err=True,
            )

    @group.command("rehearse")
    @_cube_option
    @_period_option
    @campaign_option
    @one_line_errors
    def rehearse(cube: str, period: str, campaign: str | None) -> None:
        """Print as CSV the figures that would be shown and what changes; nothing is written."""
        with program.app.begin() as connection:
            draft = draft_release(connection, get_campaign_id(connection, campaign), cube, period)
            _print_draft(draft)

    @group.command("approve")
    @click.argument("release_id", type=int, metavar="ID")
    @one_line_errors
    def approve_waiting(release_id: int) -> None:
        """Publish a release that waits for a second person: you are that person."""
        with program.app.begin() as connection:
            approve_release(connection, release_id, None)

    @group.command("withdraw")
    @click.argument("release_id", type=int, metavar="ID")
    @click.option("--why", required=True, metavar="W", help="The reason, which everybody can read.")
    @one_line_errors
    def withdraw(release_id: int, why: str) -> None:
        """Withdraw a release for good: it stays listed with the reason, but its figures can no longer be read."""
        with program.app.begin() as connection:
            withdraw_release(connection, release_id, why)

    @group.command("export")
    @click.argument("release_id", type=int, metavar="ID")
    @click.option("--format", "form", required=True, metavar="F", help="csv or geojson.")
    @click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR")
    @one_line_errors
    def export(release_id: int, form: str, output: Path) -> None:
        """Write the files of a release into a folder and print their names."""
        with program.public.begin() as connection:
            for path in export_release(connection, release_id, form, output):
                click.echo(path)

    return group


def make_quality_command(program: Program) -> click.Command:
    """Make `flask quality`."""

    @click.command("quality")
    @click.argument("release_id", type=int, metavar="ID")
    @click.option("--json", "as_json", is_flag=True, help="As one JSON object; else a line a number.")
    @one_line_errors
    def quality(release_id: int, as_json: bool) -> None:
        """Print the quality report of a release; a number that would disclose a small group is null."""
        with program.public.begin() as connection:
            release = get_open_release(connection, release_id)
        if as_json:
            click.echo(json.dumps({"release": release.id, **release.quality}, ensure_ascii=False))
            return
        for name, value in release.quality.items():
            click.echo(f"{name.replace('_', ' ')}: {'not shown' if value is None else value}")

    return quality


def _print_draft(draft: Draft) -> None:
    """Print a line for each figure, including removed ones, on standard output, and the sums on standard error."""
    changed = {change.key: change for change in draft.changes}
    writer = CsvWriter(sys.stdout, line_end="\n")
    writer.write(_REHEARSED)
    for figure in draft.written:
        key = (figure.area_code, figure.topic, figure.month)
        change = changed.pop(key, None)
        for measure, value in sorted(figure.values.items()):
            was = (change.before or {}).get(measure) if change else value
            kind = change.kind.value if change else "same"
            writer.write((kind, *key, measure, *_blank(was, value), figure.status))
    for key, change in sorted(changed.items()):
        for measure, was in sorted((change.before or {}).items()):
            writer.write((change.kind.value, *key, measure, was, "", ""))
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(draft.counts.items())) or "nothing changes"
    click.echo(f"{draft.shown} cells would show figures, {draft.suppressed} would not; {counts}", err=True)
    if not draft.shown:
        click.echo("no figure could be shown of this period: it would not be published", err=True)
    if draft.delicate:
        click.echo(f"a second person is needed, because of: {', '.join(draft.delicate)}", err=True)


def _blank(*values: int | None) -> list[int | str]:
    return ["" if value is None else value for value in values]

"""Commands `flask release` and `flask quality`: figures are rehearsed, built, published, withdrawn and exported."""

import json
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from config.csv_cell import CsvWriter
from reporting.aggregation.cube import NORMAL, SUPPRESSED
from reporting.aggregation.draft import Draft, get_key
from reporting.aggregation.expectation import ExpectedLevel, advise, expect
from reporting.aggregation.ledger import list_prices, write_cost
from reporting.aggregation.publication import approve_release, publish, withdraw_release
from reporting.aggregation.release import draft_release
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, one_line_errors
from reporting.disclosure.non_negative import UNITS
from reporting.publishing.ckan import open_portal, push_release
from reporting.publishing.export import export_release
from reporting.publishing.formats import FORMATS
from reporting.publishing.release_queries import get_open_release
from reporting.publishing.written_files import open_files

_cube_option = click.option(
    "--cube", required=True, metavar="NAME", help="A cube of the campaign, such as `incidents`."
)
_period_option = click.option(
    "--period", required=True, metavar="P", help="A month (2026-11), a week (2026-W44), a year (2026) or `all`."
)
_REHEARSED = ("change", "area_level", "area_code", "month")
_REHEARSED_FIGURES = ("measure", "before", "value", "estimate", "standard_error", "obs_status")


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
            built = publish(
                connection, get_campaign_id(connection, campaign), cube, period, program.noise_key, is_approved=approve
            )
        click.echo(built.release_id)
        click.echo(f"{built.shown} figures shown, {built.suppressed} too small to be shown", err=True)
        if built.is_waiting:
            click.echo(
                "a topic is delicate: it waits for a second person, at /moderate/releases"
                f" or by: flask --app wsgi release approve {built.release_id}",
                err=True,
            )

    @group.command("rehearse")
    @_cube_option
    @click.option("--period", metavar="P", help="A month (2026-11), a week (2026-W44), a year (2026) or `all`.")
    @click.option(
        "--expected", type=click.IntRange(1, 10_000_000), metavar="N", help="Instead: people of a month to come."
    )
    @campaign_option
    @one_line_errors
    def rehearse(cube: str, period: str | None, expected: int | None, campaign: str | None) -> None:
        """Print as CSV the figures that would be shown and what changes; nothing is written.

        With --expected, before there are reports: how many figures so many people in a month would show; see
        docs/guidance/en/minimum-numbers.md.
        """
        _rehearse(program, cube, period, expected, campaign)

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
    @click.option("--format", "form", required=True, metavar="F", help=f"One of: {', '.join(FORMATS)}.")
    @click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR")
    @one_line_errors
    def export(release_id: int, form: str, output: Path) -> None:
        """Write the files of a release into a folder, the same bytes as are served, and print their names."""
        with program.exports.begin() as connection:
            for path in export_release(connection, release_id, form, output, open_files(program.settings)):
                click.echo(path)

    @group.command("push")
    @click.argument("release_id", type=int, metavar="ID")
    @click.option(
        "--ckan", "address", required=True, metavar="URL", help="The data portal, such as https://data.humdata.org."
    )
    @click.option("--organisation", required=True, metavar="O", help="The organisation there that owns the dataset.")
    @click.option("--group", default="", metavar="G", help="A group there; on HDX the country, such as `npl`.")
    @one_line_errors
    def push(release_id: int, address: str, organisation: str, group: str) -> None:
        """Register the files of a release in a CKAN data portal as links; repeating it changes nothing.

        The API token is the setting CKAN_API_TOKEN.
        """
        settings = program.settings
        with program.exports.begin() as connection:
            release = get_open_release(connection, release_id)
        portal = open_portal(address, settings.ckan_api_token)
        pushed = push_release(portal, release, settings.public_url, organisation, group)
        click.echo(pushed.dataset)
        click.echo(f"{pushed.added} resources added, {pushed.changed} changed", err=True)

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


def _rehearse(program: Program, cube: str, period: str | None, expected: int | None, campaign: str | None) -> None:
    if (period is None) == (expected is None):
        raise click.UsageError("give either --period or --expected")
    with program.app.begin() as connection:
        campaign_id = get_campaign_id(connection, campaign)
        if expected is not None:
            _print_expectation(expect(connection, campaign_id, cube, expected), expected)
            for line in list_prices(connection, campaign_id):
                click.echo(line, err=True)
        elif period is not None:
            _print_draft(draft_release(connection, campaign_id, cube, period, program.noise_key))


def _print_expectation(levels: list[ExpectedLevel], people: int) -> None:
    for each in levels:
        where = f"areas of level {each.level}" if each.level else "the country"
        click.echo(f"{where}: about {each.shown} of {each.figures} figures would be shown")
    if advice := advise(levels, people):
        click.echo(advice, err=True)


def _print_draft(draft: Draft) -> None:
    """Print a line for each figure, including removed ones, on standard output, and the sums on standard error."""
    changed = {change.key: change for change in draft.changes}
    writer = CsvWriter(sys.stdout, line_end="\n")
    writer.write((*_REHEARSED, *(dimension.name for dimension in draft.cube.dimensions), *_REHEARSED_FIGURES))
    for figure in draft.figures:
        change = changed.get(get_key(figure))
        was = (change.before or {}).get(figure.measure) if change else figure.value
        status = NORMAL if figure.value is not None else SUPPRESSED
        writer.write(
            (
                change.kind.value if change else "same", figure.level, figure.area_code, figure.month, *figure.codes,
                figure.measure, *_blank(was, figure.value), figure.estimate / UNITS, figure.error, status,
            )
        )  # fmt: skip
    _print_sums(draft)


def _print_sums(draft: Draft) -> None:
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(draft.counts.items())) or "nothing changes"
    lines = [f"{draft.shown} figures would be shown, {draft.suppressed} would not; {counts}"]
    if draft.cost:
        lines += _list_prices(draft)
    if not draft.shown:
        lines.append("no figure could be shown of this period: it would not be published")
    if draft.advice:
        lines.append(draft.advice)
    if draft.delicate:
        lines.append(f"a second person is needed, because of: {', '.join(draft.delicate)}")
    if draft.missing_months:
        lines.append(f"months that are not in it, because they are not published: {', '.join(draft.missing_months)}")
    if draft.refusal is not None:
        lines.append(f"it cannot be published now: {draft.refusal}")
    for line in lines:
        click.echo(line, err=True)


def _list_prices(draft: Draft) -> list[str]:
    """List what the draw would spend of each month and year, over all cubes of the campaign."""
    strength, cost = draft.cube.strength, write_cost(draft.cost)
    lines = [f"it would spend {cost} of protection (the square of its strength, {strength:g})"]
    for before in draft.accounts:
        after = before.add(draft.cube.name, draft.cost)
        where = "every month of it" if before.is_year else "it"
        lines.append(
            f"{before.span}: {write_cost(before.left)} of {write_cost(before.cap)} is left, {write_cost(after.left)}"
            " after it; by all that is published then, somebody who knows everything else guesses right at most"
            f" {after.guess_drawn} of 100 times whether a person reported in {where}; {before.guess_most} are allowed"
        )
    return lines


def _blank(*values: int | None) -> list[int | str]:
    return ["" if value is None else value for value in values]

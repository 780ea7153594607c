"""`flask release`: figures made, figures written."""

from pathlib import Path

import click
from flask.cli import AppGroup

from reporting.aggregation.release import make_release
from reporting.bootstrap import Program
from reporting.commands.edge import campaign_option, one_line_errors
from reporting.intake.campaign import get_campaign_id
from reporting.publishing.export import export_release


def make_release_group(program: Program) -> AppGroup:
    """`flask release`."""
    group = AppGroup("release", help="Protected figures: the only thing that the public sees.")

    @group.command("build")
    @click.option("--cube", required=True, metavar="NAME", help="What is counted: `incidents`.")
    @click.option("--period", required=True, metavar="P", help="A month (2026-11), a year (2026) or `all`.")
    @campaign_option
    @one_line_errors
    def build(cube: str, period: str, campaign: str | None) -> None:
        """Make a release and print its id."""
        with program.app.begin() as connection:
            built = make_release(connection, get_campaign_id(connection, campaign), cube, period)
        click.echo(built.release_id)
        click.echo(f"{built.shown} figures shown, {built.suppressed} suppressed, {built.kept} kept as before", err=True)

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

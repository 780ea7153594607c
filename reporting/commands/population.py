"""Commands `flask population`: load the population, which reporters are compared with."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from config.table_file.errors import Remarks
from reporting.bootstrap import Program
from reporting.campaigns.campaign import get_campaign_id
from reporting.commands.edge import campaign_option, echo_counts, echo_remarks, one_line_errors
from reporting.population.code_lists import DIMENSIONS
from reporting.population.load import LoadOptions, LoadReport, load_population
from reporting.population.match import How
from reporting.population.tables import list_tables, remove_table

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 50  # lines of a kind
# How an area was matched: for people.
_MATCHED = {
    How.ALIAS: "matched by alias",
    How.CODE: "matched by code",
    How.NAME: "matched by name",
    How.CORE: "matched by name without its kind",
    How.SPELLING: "matched by close spelling",
}


def make_population_group(program: Program) -> AppGroup:
    """Make `flask population`."""
    group = AppGroup("population", help="Who lives where: censuses that reporters are compared with.")

    @group.command("load")
    @click.argument("file", type=_FILE)
    @click.option("--level", type=click.IntRange(1, 6), help="Of the areas; told from the names by default.")
    @click.option("--year", type=click.IntRange(1900, 2200), help="Where the table does not say it, or has several.")
    @click.option("--source", metavar="S", help="Name of the table: loading under a name replaces what it had.")
    @click.option("--method", metavar="M", help="census, survey, model ...")
    @click.option("--mapping", type=_FILE, help="YAML that says which columns are areas, codes and values.")
    @click.option("--aliases", type=_FILE, help="CSV name,area_code[,parent] for names that match no area.")
    @click.option("--strict", "is_strict", is_flag=True, help="Load nothing where any name matches no area.")
    @click.option("--replace", "is_replacing", is_flag=True, help="Replace a table that is broken down otherwise.")
    @click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
    @campaign_option
    @one_line_errors
    def load(file: Path, as_json: bool, campaign: str | None, **options: Any) -> None:
        """Load the people of one level's areas from FILE: a tidy CSV, a known census table, or one with a mapping.

        A tidy table has the columns area_code or area, and value, and any of sex, age, disability, phone, urban, year.
        """
        remarks = Remarks()
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            report = load_population(connection, campaign_id, file, LoadOptions(**options), remarks.append)
        if as_json:
            click.echo(json.dumps(_to_json(report, remarks), ensure_ascii=False))
        else:
            echo_remarks(remarks)
            _echo_report(report)

    @group.command("list")
    @click.option("--json", "as_json", is_flag=True, help="Print the tables as JSON.")
    @campaign_option
    @one_line_errors
    def list_(as_json: bool, campaign: str | None) -> None:
        """List the tables that are loaded: source, year, level, and what they are broken down by."""
        with program.owner.begin() as connection:
            tables = list_tables(connection, get_campaign_id(connection, campaign))
        if as_json:
            click.echo(json.dumps([dict(table._mapping) for table in tables], ensure_ascii=False))
            return
        for table in tables:
            broken_down = [name for name in DIMENSIONS if getattr(table, name)] or ["people"]
            click.echo(
                f"{table.source}, {table.year}, level {table.level}: {table.areas} areas, {table.figures} figures by"
                f" {', '.join(broken_down)}"
            )

    @group.command("remove")
    @click.option("--source", required=True, metavar="S", help="The table, as `population list` calls it.")
    @click.option("--level", type=click.IntRange(1, 6), help="Only its figures of this level.")
    @click.option("--year", type=click.IntRange(1900, 2200), help="Only its figures of this year.")
    @campaign_option
    @one_line_errors
    def remove(source: str, level: int | None, year: int | None, campaign: str | None) -> None:
        """Remove a table."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            removed = remove_table(connection, campaign_id, source, level, year)
        echo_counts(removed=removed)

    return group


def _echo_report(report: LoadReport) -> None:
    """Print the matches, what does not add up, and the counts."""
    echo_counts(layout=report.layout, level=report.level, source=report.source)
    for how, words in _MATCHED.items():
        pairs = report.matches.list_by(how)
        click.echo(f"{words}: {len(pairs)}")
        if how in (How.SPELLING, How.ALIAS):
            _echo_lines([f"{told} -> {area}" for told, area in pairs])
    click.echo(f"not matched: {len(report.matches.missing)}")
    _echo_lines(
        [
            f"{told}: {'nearest ' + ', '.join(map(str, nearest)) if nearest else 'nothing like it'}"
            for told, nearest in report.matches.missing.items()
        ]
    )
    click.echo(f"of other levels, compared and not loaded: {len(report.other_levels)}")
    click.echo(f"areas without a figure: {len(report.without_figure)}")
    _echo_lines([str(area) for area in report.without_figure])
    click.echo(f"sums that differ: {len(report.differences)}")
    _echo_lines([str(each) for each in report.differences])
    echo_counts(**report.counts)


def _echo_lines(lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > _SHOWN:
        click.echo(f"  ... and {len(lines) - _SHOWN} more")


def _to_json(report: LoadReport, remarks: Remarks) -> dict[str, Any]:
    return {
        "layout": report.layout,
        "level": report.level,
        "source": report.source,
        "matched": {
            how: [{"name": str(told), "area_code": area.code} for told, area in report.matches.list_by(how)]
            for how in How
        },
        "not_matched": [
            {"name": str(told), "nearest": [area.code for area in nearest]}
            for told, nearest in report.matches.missing.items()
        ],
        "other_levels": [str(told) for told in report.other_levels],
        "areas_without_figure": [area.code for area in report.without_figure],
        "differences": [str(each) for each in report.differences],
        "remarks": remarks.list_all(),
        **report.counts,
    }

"""`flask db` and `flask campaign`: the schema and the campaigns."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from reporting.bootstrap import Program
from reporting.commands.edge import campaign_option, echo_counts, one_line_errors
from reporting.intake.campaign import check_definition, create_campaign, get_campaign_id, read_topics, read_values
from reporting.schema import upgrade_schema
from reporting.status import count_status

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def make_schema_group(program: Program) -> AppGroup:
    """`flask db`."""
    group = AppGroup("db", help="The schema of the database.")

    @group.command("upgrade")
    @one_line_errors
    def upgrade() -> None:
        """Bring the schema to head."""
        with program.owner.begin() as connection:
            upgrade_schema(connection)
        click.echo("schema at head")

    return group


def make_campaign_group(program: Program) -> AppGroup:
    """`flask campaign`."""
    group = AppGroup("campaign", help="Campaigns: whom we listen to, about what, where.")

    @group.command("create")
    @click.argument("slug", required=False)
    @click.option("--name", help="As people know it.")
    @click.option("--country", metavar="CC", help="ISO 3166-1 code of two letters.")
    @click.option("--language", "languages", multiple=True, metavar="L", help="May be repeated, the main one first.")
    @click.option("--timezone", metavar="ZONE", help="IANA name, for example America/Port-au-Prince.")
    @click.option("--number", metavar="N", help="The number people text to (channel twilio).")
    @click.option("--topics", type=_FILE, help="YAML list of topics.")
    @click.option("--from", "definition", type=_FILE, help="A whole definition in YAML; the other options override it.")
    @one_line_errors
    def create(
        slug: str | None,
        name: str | None,
        country: str | None,
        languages: tuple[str, ...],
        timezone: str | None,
        number: str | None,
        topics: Path | None,
        definition: Path | None,
    ) -> None:
        """Create a campaign, or bring the one of that slug up to what is given."""
        where = definition.name if definition else "campaign create"
        values = read_values(definition.read_text(encoding="utf-8"), where) if definition is not None else {}
        given = {
            "slug": slug, "name": name, "country": country.upper() if country else None,
            "languages": list(languages) or None, "timezone": timezone, "number": number,
            "topics": read_topics(topics) if topics else None,
        }  # fmt: skip
        values.update({key: value for key, value in given.items() if value is not None})
        values.setdefault("name", values.get("slug"))
        checked = check_definition(values, where)
        with program.owner.begin() as connection:
            create_campaign(connection, checked)
        click.echo(f"campaign {checked['slug']}: {len(checked['topics'])} topics, {len(checked['lines'])} lines")

    return group


def make_status_command(program: Program) -> click.Command:
    """`flask status`."""

    @click.command("status")
    @campaign_option
    @click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    @one_line_errors
    def status(campaign: str | None, as_json: bool) -> None:
        """How many messages came, and where they are now."""
        with program.owner.begin() as connection:
            counts = count_status(connection, get_campaign_id(connection, campaign))
        if as_json:
            click.echo(json.dumps(counts))
        else:
            echo_counts(**counts)

    return status

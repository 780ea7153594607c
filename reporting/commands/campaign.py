"""Commands `flask campaign` and `flask status`: the campaigns, and what each has."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from reporting.aggregation.ledger import list_remarks
from reporting.bootstrap import Program
from reporting.campaigns.campaign import check_definition, create_campaign, get_campaign_id, read_topics, read_values
from reporting.campaigns.cube_use import list_unasked
from reporting.campaigns.form_import import add_form, get_main_language
from reporting.campaigns.readiness import list_missing
from reporting.campaigns.xlsform import ImportedForm, XlsformError, read_xlsform
from reporting.commands.edge import campaign_option, echo_counts, one_line_errors, progress
from reporting.models.campaign import Campaign
from reporting.privacy.campaign_deletion import count_content, delete_campaign
from reporting.status import count_status

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def make_campaign_group(program: Program) -> AppGroup:
    """Make `flask campaign`."""
    group = AppGroup("campaign", help="Campaigns: whom we listen to, about what, where.")

    @group.command("create")
    @click.argument("slug", required=False)
    @click.option("--name", help="As people know it.")
    @click.option("--country", metavar="CC", help="ISO 3166-1 code of two letters.")
    @click.option("--language", "languages", multiple=True, metavar="L", help="May be repeated, the main one first.")
    @click.option("--timezone", metavar="ZONE", help="IANA name, for example America/Port-au-Prince.")
    @click.option("--number", metavar="N", help="The number people text to (channel twilio).")
    @click.option(
        "--organisation", metavar="N", help="Who receives the messages: it stands in the first answer and on pages."
    )
    @click.option("--contact", metavar="TEXT", help="How people reach the organisation: a number, an address.")
    @click.option("--privacy-notice", metavar="TEXT", help="In the main language; a definition holds others as well.")
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
        organisation: str | None,
        contact: str | None,
        privacy_notice: str | None,
        topics: Path | None,
        definition: Path | None,
    ) -> None:
        """Create a campaign, or update the one of that slug with the given values.

        Before a first campaign: docs/guidance/en/index.md (in French docs/guidance/fr/index.md) on choosing a question,
        consent, and how many people are enough. An installation shows it at /data/guidance/index.md.
        """
        where = definition.name if definition else "campaign create"
        values = read_values(definition.read_text(encoding="utf-8"), where) if definition is not None else {}
        given = {
            "slug": slug, "name": name, "country": country.upper() if country else None,
            "languages": list(languages) or None, "timezone": timezone, "number": number,
            "topics": read_topics(topics) if topics else None, "organisation": organisation, "contact": contact,
        }  # fmt: skip
        values.update({key: value for key, value in given.items() if value is not None})
        _put_notice(values, privacy_notice)
        values.setdefault("name", values.get("slug"))
        checked = check_definition(values, where)
        with program.owner.begin() as connection:
            create_campaign(connection, checked)
        settings = checked["settings"]
        for line in (*list_unasked(checked.get("conversation", {}), settings), *list_remarks(settings)):
            click.echo(f"{where}: {line}", err=True)
        if missing := _list_missing(program, checked["slug"]):
            click.echo(f"not live yet, its form stays closed to people: {', '.join(missing)} missing", err=True)
        click.echo(f"campaign {checked['slug']}: {len(checked['topics'])} topics, {len(checked['lines'])} lines")

    @group.command("import-form")
    @click.argument("file", type=_FILE)
    @campaign_option
    @one_line_errors
    def import_form(file: Path, campaign: str | None) -> None:
        """Add the form of an XLSForm workbook to what a campaign asks by SMS, or replace its form of the same code."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, campaign)
            form = _read_workbook(file, get_main_language(connection, campaign_id))
            is_replaced = add_form(connection, campaign_id, form)
        for remark in form.remarks:
            click.echo(remark)
        click.echo(_describe(form, "replaced" if is_replaced else "added"))

    @group.command("delete")
    @click.argument("slug")
    @click.option("--confirm", metavar="SLUG", help="The same again, without which it is only counted what would go.")
    @one_line_errors
    def delete(slug: str, confirm: str | None) -> None:
        """Delete the campaign SLUG with its messages, reports, pictures and figures. This cannot be undone."""
        with program.owner.begin() as connection:
            campaign_id = get_campaign_id(connection, slug)
            if confirm != slug:
                echo_counts(**asdict(count_content(connection, campaign_id)))
                raise click.ClickException(f"nothing was deleted; to delete it all: --confirm {slug}")
            with progress("files") as tick:
                content, files = delete_campaign(connection, campaign_id, program.media_store, tick)
        echo_counts(**asdict(content), files=files)

    return group


def _list_missing(program: Program, slug: str) -> list[str]:
    query = select(
        Campaign.organisation, Campaign.contact, Campaign.privacy_notice, Campaign.conversation
    ).where(Campaign.slug == slug)  # fmt: skip
    with program.owner.begin() as connection:
        return list_missing(*connection.execute(query).one())


def _put_notice(values: dict[str, Any], notice: str | None) -> None:
    """Set the privacy notice in the campaign's first language, and keep the other languages of the definition."""
    known, languages = values.get("privacy_notice", {}), values.get("languages")
    if notice is not None and languages and isinstance(known, dict):
        values["privacy_notice"] = known | {languages[0]: notice}


def _read_workbook(file: Path, language: str) -> ImportedForm:
    try:
        return read_xlsform(file, language)
    except XlsformError as error:
        for reason in error.reasons[:-1]:
            click.echo(f"{file.name}: {reason}", err=True)
        raise click.ClickException(f"{file.name}: {error.reasons[-1]}") from None


def _describe(form: ImportedForm, done: str) -> str:
    questions = ", ".join(f"{question['code']} ({question['kind']})" for question in form.values["questions"])
    keywords = ", ".join(word for spoken in form.values.get("keywords", {}).values() for word in spoken)
    begun = " or ".join(
        ([f"topic {form.values['topic']}"] if "topic" in form.values else []) + ([keywords] if keywords else [])
    )
    return f"form {form.values['code']} {done}; asked on {begun}; questions: {questions}"


def make_status_command(program: Program) -> click.Command:
    """Make `flask status`."""

    @click.command("status")
    @campaign_option
    @click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    @one_line_errors
    def status(campaign: str | None, as_json: bool) -> None:
        """Count the messages and reports of a campaign, by where they are now."""
        with program.owner.begin() as connection:
            counts = count_status(connection, get_campaign_id(connection, campaign))
        if as_json:
            click.echo(json.dumps(counts))
        else:
            echo_counts(**counts)

    return status

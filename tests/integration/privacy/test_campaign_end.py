"""The end of a campaign: all of it goes, its pictures from the store too, and nothing of any other."""

import base64
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from channels.base.items import InboundMessage, MediaReference
from reporting.bootstrap import Program
from reporting.models.all import Base
from reporting.processing.worker import drain
from tests.conftest import LINE
from tests.factories.picture import make_photo
from tests.factories.release import make_world

_OF_CAMPAIGN = [table.name for table in Base.metadata.sorted_tables if "campaign_id" in table.c]


def delete(app: Flask, *arguments: str) -> Result:
    """What the command did."""
    return app.test_cli_runner().invoke(args=["campaign", "delete", *arguments])


def read(program: Program, query: str, **values: Any) -> Any:
    """One value."""
    with program.owner.begin() as connection:
        return connection.execute(text(query), values).scalar()


def list_files(program: Program) -> list[Path]:
    """What lies in the store."""
    return [path for path in (program.settings.var / "media").rglob("*") if path.is_file()]


@pytest.fixture
def counted(program: Program, campaign: int) -> int:
    """Beside the small campaign, which has a message with a picture and a report, one with reports and a release."""
    assert campaign
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(60))
        world.release()
    picture = MediaReference("data:image/jpeg;base64," + base64.b64encode(make_photo((64, 48))).decode())
    message = InboundMessage("SM1", "+9779800000001", LINE, "No water from the tap", media=[picture])
    program.intake.accept("twilio", message)
    drain(program.app, program.pipeline)
    return world.campaign_id


def test_a_campaign_goes_with_all_that_belongs_to_it(app: Flask, program: Program, campaign: int, counted: int) -> None:
    program.media_work.work(60)
    assert len(list_files(program)) == 2
    refused = delete(app, "test")
    assert refused.exit_code == 1
    assert "reports: 1" in refused.output
    assert "--confirm test" in refused.output
    assert read(program, "SELECT count(*) FROM campaign") == 2
    done = delete(app, "test", "--confirm", "test")
    assert done.exit_code == 0, done.output
    assert "files: 2" in done.output
    assert list_files(program) == []
    for table in _OF_CAMPAIGN:
        assert read(program, f"SELECT count(*) FROM {table} WHERE campaign_id = :id", id=campaign) == 0, table
    assert read(program, "SELECT count(*) FROM media") == 0
    assert read(program, "SELECT count(*) FROM report WHERE campaign_id = :id", id=counted) == 60
    assert "there is no campaign 'test'" in delete(app, "test", "--confirm", "test").output


def test_a_campaign_with_decisions_and_releases_goes_too(app: Flask, program: Program, counted: int) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO decision (campaign_id, report_id, kind) SELECT campaign_id, id, 'approve' FROM report")
        )
    done = delete(app, "counted", "--confirm", "counted")
    assert done.exit_code == 0, done.output
    assert "releases: 1" in done.output
    for table in _OF_CAMPAIGN:
        assert read(program, f"SELECT count(*) FROM {table} WHERE campaign_id = :id", id=counted) == 0, table


@pytest.mark.usefixtures("counted")
def test_a_store_that_is_away_leaves_the_campaign_where_it_is(app: Flask, program: Program) -> None:
    program.media_work.work(60)
    for path in list_files(program):
        path.unlink()
        path.mkdir()
        (path / "in-the-way").touch()
    done = delete(app, "test", "--confirm", "test")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "the media store does not answer" in done.output
    assert read(program, "SELECT count(*) FROM campaign") == 2

"""All 9,447 real messages of Haiti 2010 by the way of the webhook's statement: none lost, none twice."""

from pathlib import Path

import pytest
from sqlalchemy import text

from geo.gazetteer.formats import read_places
from geo.gazetteer.load_areas import load_areas
from geo.gazetteer.load_places import load_places
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from reporting.inbox.csv_import import MessageImport
from reporting.processing.worker import drain
from reporting.status import count_status
from tests.conftest import ROOT, shared_data

MESSAGES = 9_447


@pytest.fixture
def haiti() -> Path:
    folder = shared_data()
    if folder is None:
        pytest.skip("no shared data here: set BARAZA_SHARED to the folder that has `data`")
    return folder / "haiti"


@pytest.mark.slow
def test_nine_thousand_real_messages_come_through_once(haiti: Path, program: Program) -> None:
    definition = read_definition((ROOT / "bench" / "haiti.yaml").read_text(encoding="utf-8"), "haiti.yaml")
    with program.owner.begin() as connection:
        campaign_id = create_campaign(connection, definition)
        for level in (1, 2):
            load_areas(
                connection, campaign_id, haiti / f"adm{level}.geojson", level=level,
                code_field=f"ADM{level}_PCODE", name_field=f"ADM{level}_EN",
            )  # fmt: skip
        load_places(connection, campaign_id, read_places(haiti / "places.csv"), "places")
    importer = MessageImport(program.owner, program.pseudonyms, campaign_id, "sms")
    columns = ["original", "english"]
    assert importer.run(haiti / "sms.csv", columns, lambda _: None).added == MESSAGES
    counts = drain(program.app, program.pipeline, is_patient=False)
    assert (counts.processed, counts.repeated, counts.set_aside) == (MESSAGES, 0, 0)
    assert importer.run(haiti / "sms.csv", columns, lambda _: None).added == 0
    assert drain(program.app, program.pipeline, is_patient=False).processed == 0
    with program.owner.begin() as connection:
        status = count_status(connection, campaign_id)
        per_message = connection.execute(text("SELECT count(*), count(DISTINCT message_id) FROM report")).one()
    reports = MESSAGES - 3  # two ask for no more messages, one what this service is; they say nothing else
    assert (status["messages"], status["reports"], status["unprocessed"]) == (MESSAGES, reports, 0)
    assert tuple(per_message) == (reports, reports)
    assert status["located"] > MESSAGES * 0.15

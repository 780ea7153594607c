"""The guide to adding a dimension is followed: its entry is added, and figures by it are published and exported."""

import csv
import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from reporting.aggregation import dimension
from reporting.aggregation.dimension import Dimension
from tests.conftest import ROOT
from tests.factories.release import export, make_world

_GUIDE = ROOT / "docs" / "adding-a-dimension.md"


def test_the_guide_is_followed(connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = re.search(r"```python\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert written is not None
    added = eval(written[1].strip(), {"Dimension": Dimension})  # noqa: S307 - what the guide says
    assert isinstance(added, Dimension)
    monkeypatch.setitem(dimension._BY_NAME, added.name, added)
    world = make_world(connection)
    for sender in range(400):
        world.add_report(sender)
    world.connection.execute(
        text("UPDATE report SET source = CASE WHEN id % 4 = 0 THEN 'web' WHEN id % 4 = 1 THEN 'fax' ELSE 'sms' END")
    )
    world.define_cubes({"by-channel": {"dimensions": ["topic", "channel"], "levels": [1]}})
    release_id = world.release(cube="by-channel").release_id
    [path] = export(connection, release_id, "csv", tmp_path)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    people = {
        row["channel"]: float(row["estimate"])
        for row in rows
        if row["area_level"] == "0" and row["topic"] == "_T" and row["measure"] == "people"
    }
    assert people["sms"] == pytest.approx(200, abs=30)
    assert people["web"] == pytest.approx(100, abs=30)
    assert people["_U"] == pytest.approx(100, abs=30)  # by fax, which is no listed code
    assert people["_T"] == pytest.approx(sum(people[code] for code in ("sms", "web", "email", "_U")), abs=1e-6)

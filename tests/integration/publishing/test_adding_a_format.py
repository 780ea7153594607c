"""The module of docs/adding-an-export-format.md, put beside the others, exports a release and changes nothing else."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import Connection

from reporting.publishing import formats
from tests.conftest import ROOT
from tests.factories.release import export, make_world


def test_one_module_adds_a_format(connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (ROOT / "docs" / "adding-an-export-format.md").read_text(encoding="utf-8")
    [name] = re.findall(r"`reporting/publishing/formats/(\w+)\.py`", guide)
    [module] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    before = set(formats.FORMATS)
    (tmp_path / f"{name}.py").write_text(module, encoding="utf-8")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    monkeypatch.setattr(formats, "FORMATS", formats.find_formats())
    assert set(formats.FORMATS) == {*before, "jsonl"}
    world = make_world(connection)
    world.add_reports(range(60))
    release_id = world.release().release_id
    [path] = export(connection, release_id, "jsonl", tmp_path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    figures = {(row["area_code"], row["codes"]["topic"]): row["value"] for row in rows if row["measure"] == "people"}
    assert figures == {(area, *codes): value for (area, *codes, _month), value in world.read_cells(release_id).items()}
    assert any(figures.values())

"""A process that starts collects no garbage before all is loaded, and afterwards does."""

import os
import sys
from pathlib import Path

import pytest

from tests.child import ROOT, run_child

_ASK = """
import gc, importlib, sys
began = []
gc.callbacks.append(lambda phase, _: began.append(phase))
importlib.import_module("config.loading")
early = len(began)
importlib.import_module(sys.argv[1])
print(len(began) - early, gc.isenabled(), gc.get_freeze_count() > 50_000)
"""


@pytest.mark.parametrize("module", ["wsgi", "reporting.jobs.worker", "reporting.jobs.scheduler"])
def test_nothing_is_collected_before_all_is_loaded(module: str, tmp_path: Path) -> None:
    environment = os.environ | {"BARAZA_ENV": "development", "BARAZA_VAR": str(tmp_path)}
    command = [sys.executable, "-c", _ASK, module]
    told = run_child(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    collections, is_on, is_frozen = told.stdout.split()
    assert (int(collections), is_on, is_frozen) == (0, "True", "True")

"""What every child of a worker needs is loaded once, before the first fork: a restarted child must not pay for it."""

import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from tests.child import run_child
from tests.conftest import ROOT

# Says at the first fork whether the words are loaded; afterwards what the children used, and what loading them takes.
BY_COMMAND = """
import os, resource, time
from reporting.extraction.sensitivity import load_grammar
at_fork = []
os.register_at_fork(before=lambda: at_fork.append(load_grammar.cache_info().currsize))
from wsgi import app
app.cli.main(["work", "--until-empty"], prog_name="flask", standalone_mode=False)
children_s = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
load_grammar.cache_clear()
start = time.process_time()
load_grammar()
print("at fork", at_fork[0], children_s < (time.process_time() - start) / 2)
"""
BY_WORKER = """
import os
from reporting.extraction.sensitivity import load_grammar
def tell():
    print("at fork", load_grammar.cache_info().currsize, flush=True)
    os._exit(0)
os.register_at_fork(before=tell)
from reporting.jobs.worker import run_worker
run_worker()
"""


def run(program: Program, script: str, var: Path) -> str:
    environment = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "BARAZA_VAR": str(var), "BARAZA_ENV": "development",
        "DATABASE_URL": program.database_url, "REDIS_URL": program.redis_url, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = run_child([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return str(done.stdout)


@pytest.mark.slow
def test_flask_work_loads_its_words_before_it_forks(program: Program, campaign: int, tmp_path: Path) -> None:
    statement = """
        INSERT INTO message (campaign_id, channel, direction, external_id, text, state)
        VALUES (:campaign, 'twilio', 'in', 'SM1', 'no water near Lalitpur', 'received')
    """
    with program.owner.begin() as connection:
        connection.execute(text(statement), {"campaign": campaign})
    said = run(program, BY_COMMAND, tmp_path)
    assert "processed" in said
    assert said.splitlines()[-1] == "at fork 1 True"  # a child that loads them itself needs more than half of it
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT state FROM message WHERE direction = 'in'")).scalar_one() == "processed"


def test_the_worker_loads_its_words_before_it_forks(program: Program, tmp_path: Path) -> None:
    assert run(program, BY_WORKER, tmp_path).splitlines()[-1] == "at fork 1"

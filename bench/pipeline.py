"""Messages per second from stored to queued for moderation, with one and with two workers, on the Haiti messages.

Twice: as imported (no senders, so nobody is answered), and as texted, which is what production does: people who text
more than once, over a day, whose questions, answers and acknowledgements are worked on and queued. Each round begins
with a copy of the same database. The cost by step is measured in a further round of its own.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from bench.haiti import Commands, set_up, write_reports
from bench.scratch import ROOT, connect, copied_database, parse_arguments, report, scratch_database, shared_data
from bench.steps import timed_steps
from bench.texted import bring, make_environment
from config.settings import load_settings
from reporting.bootstrap import bootstrap
from reporting.processing.worker import DrainCounts, drain

_GO: Final = "go"
_WORKERS: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class _Run:
    """One backlog worked off: messages per second, peak memory of each worker in MB, outcomes, cost by step."""

    per_second: float
    peaks_mb: list[int]
    counts: DrainCounts
    steps: dict[str, list[float]]


def work(ready: Path, *, is_timed: bool) -> None:
    """Run a worker process: load what it needs, wait for the start, drain, and print what came of it."""
    program = bootstrap(load_settings())
    with program.app.begin() as connection:
        program.pipeline.readers.get(connection, connection.execute(text("SELECT id FROM campaign")).scalar_one())
    ready.touch()
    while not (ready.parent / _GO).exists():
        time.sleep(0.005)
    started = time.time()
    if is_timed:
        with timed_steps() as steps:
            counts = drain(program.app, program.pipeline, is_patient=False)
    else:
        steps, counts = {}, drain(program.app, program.pipeline, is_patient=False)
    ended = time.time()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {name: getattr(counts, name) for name in counts.__slots__}
    print(
        json.dumps({"counts": figures, "started": started, "ended": ended, "peak_mb": round(peak_mb), "steps": steps})
    )


def measure(environment: Mapping[str, str], workers: int, *, is_timed: bool = False) -> _Run:
    """Work the backlog off that is there."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [Path(folder) / f"ready{number}" for number in range(workers)]
        processes = [
            subprocess.Popen(
                [
                    sys.executable, "-c", "from bench.pipeline import work; from pathlib import Path; "
                    f"work(Path({str(flag)!r}), is_timed={is_timed})",
                ],
                env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.PIPE, text=True,
            )
            for flag in flags
        ]  # fmt: skip
        while not all(flag.exists() for flag in flags):
            if any(process.poll() is not None for process in processes):
                sys.exit("a worker ended before the start")
            time.sleep(0.05)
        (Path(folder) / _GO).touch()
        results = [json.loads(process.communicate()[0]) for process in processes]
    counts = DrainCounts()
    for result in results:
        counts.merge(DrainCounts(**result["counts"]))
    elapsed = max(result["ended"] for result in results) - min(result["started"] for result in results)
    return _Run(counts.processed / elapsed, [result["peak_mb"] for result in results], counts, results[0]["steps"])


def measure_backlog(database_url: str, environment: Mapping[str, str], rounds: int) -> dict[str, Any]:
    """Work off copies of one backlog: the median rate by workers, the greatest memory, and the cost by step."""
    runs: dict[int, list[_Run]] = {workers: [] for workers in _WORKERS}
    for _ in range(rounds):
        for workers in _WORKERS:
            with copied_database(database_url) as copy:
                runs[workers].append(measure({**environment, "DATABASE_URL": copy}, workers))
    with copied_database(database_url) as copy:
        timed = measure({**environment, "DATABASE_URL": copy}, 1, is_timed=True)
    counts = runs[1][0].counts
    return {
        "became": {name: getattr(counts, name) for name in counts.__slots__},
        **{
            f"workers_{workers}": {
                "messages_per_second": round(statistics.median(run.per_second for run in seen)),
                "of_each_round": [round(run.per_second) for run in seen],
            }
            for workers, seen in runs.items()
        },
        "worker_peak_mb": max(peak for seen in runs.values() for run in seen for peak in run.peaks_mb),
        "step_ms_per_message": _spread_over(timed),
    }


def _spread_over(run: _Run) -> dict[str, dict[str, float]]:
    """Milliseconds of each step a message: passed, and of the worker's processor; the rest is the database's."""
    processed = max(1, run.counts.processed)
    steps = {
        step: {"passed": round(wall * 1000 / processed, 3), "processor": round(processor * 1000 / processed, 3)}
        for step, (wall, processor) in run.steps.items()
    }
    return {**steps, "all": {"passed": round(1000 / run.per_second, 3)}}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    rounds = 1 if arguments.quick else 3
    data = shared_data() / "haiti"
    with scratch_database("pipeline") as (database_url, redis_url), tempfile.TemporaryDirectory() as folder:
        environment = make_environment(database_url, redis_url)
        commands = Commands(database_url, redis_url)
        set_up(commands, data)
        commands.run(
            "reports", "reports", "import", str(write_reports(data / "reports.csv", Path(folder))), "--approved"
        )
        figures: dict[str, Any] = {"rounds": rounds}
        with copied_database(database_url) as imported:
            Commands(imported, redis_url).run(
                "import", "messages", "import", str(data / "sms.csv"), "--channel", "sms",
                "--text-column", "original", "--text-column", "english",
            )  # fmt: skip
            with connect(imported) as link:
                link.execute("VACUUM ANALYZE")
            figures["imported"] = measure_backlog(imported, environment, rounds)
        with copied_database(database_url) as texted:
            with connect(texted) as link:
                figures["accepted"] = bring({**environment, "DATABASE_URL": texted}, link, data / "sms.csv")
                link.execute("VACUUM ANALYZE")
            figures["texted"] = measure_backlog(texted, environment, rounds)
    report(figures, arguments.json)


if __name__ == "__main__":
    main()

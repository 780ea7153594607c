"""Messages per second from stored to queued for moderation, with one and with two workers, on the Haiti messages."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bench.haiti import Commands, set_up, write_reports
from bench.scratch import ROOT, parse_arguments, report, scratch_database, shared_data
from config.settings import load_settings
from reporting.bootstrap import bootstrap
from reporting.processing.worker import drain

_GO = "go"


def work(ready: Path) -> None:
    """Run a worker process: load what it needs, wait for the start, drain, and report its peak memory in MB."""
    program = bootstrap(load_settings())
    with program.app.begin() as connection:
        program.pipeline.readers.get(connection, connection.execute(text("SELECT id FROM campaign")).scalar_one())
    ready.touch()
    while not (ready.parent / _GO).exists():
        time.sleep(0.005)
    started = time.time()
    counts = drain(program.app, program.pipeline, is_patient=False)
    ended = time.time()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"processed": counts.processed, "started": started, "ended": ended, "peak_mb": round(peak_mb)}))


def measure(environment: dict[str, str], workers: int) -> tuple[float, list[int]]:
    """(messages per second, peak memory of each worker in MB) for the backlog that is there."""
    with tempfile.TemporaryDirectory() as folder:
        flags = [Path(folder) / f"ready{number}" for number in range(workers)]
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    f"from bench.pipeline import work; from pathlib import Path; work(Path({str(flag)!r}))",
                ],
                env=environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for flag in flags
        ]
        while not all(flag.exists() for flag in flags):
            if any(process.poll() is not None for process in processes):
                sys.exit("a worker ended before the start")
            time.sleep(0.05)
        (Path(folder) / _GO).touch()
        results = [json.loads(process.communicate()[0]) for process in processes]
    elapsed = max(result["ended"] for result in results) - min(result["started"] for result in results)
    return sum(result["processed"] for result in results) / elapsed, [result["peak_mb"] for result in results]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    rounds = 1 if arguments.quick else 3
    data = shared_data() / "haiti"
    rates: dict[int, list[float]] = {1: [], 2: []}
    memory: list[int] = []
    with scratch_database("pipeline") as (database_url, redis_url), tempfile.TemporaryDirectory() as folder:
        commands = Commands(database_url, redis_url)
        set_up(commands, data)
        commands.run(
            "reports", "reports", "import", str(write_reports(data / "reports.csv", Path(folder))), "--approved"
        )
        commands.run(
            "import", "messages", "import", str(data / "sms.csv"), "--channel", "sms",
            "--text-column", "original", "--text-column", "english",
        )  # fmt: skip
        environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        for _ in range(rounds):
            for workers, seen in rates.items():
                _start_over(database_url)
                rate, peaks = measure(environment, workers)
                seen.append(rate)
                memory.extend(peaks)
    figures: dict[str, Any] = {
        "messages": 9447,
        "rounds": rounds,
        **{
            f"workers_{workers}": {
                "messages_per_second": round(statistics.median(seen)),
                "of_each_round": [round(rate) for rate in seen],
            }
            for workers, seen in rates.items()
        },
        "worker_peak_mb": max(memory),
    }
    report(figures, arguments.json)


def _start_over(database_url: str) -> None:
    """Make the messages unprocessed again and forget their reports; what was imported as reports stays."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("UPDATE message SET state = 'received', report_id = NULL, contact_id = NULL")
        link.execute("DELETE FROM report WHERE message_id IS NOT NULL")
        link.execute("DELETE FROM incident WHERE NOT EXISTS (SELECT 1 FROM report WHERE incident_id = incident.id)")
        link.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(Path(sys.argv[2]))
    else:
        main()

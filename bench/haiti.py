"""The Haiti messages of 2010 from the files to the moderators' queue, by the commands that anybody would type.

Twice: imported by the command, and texted through the webhook by people who are answered (bench/texted.py).
Places: COD boundaries, GeoNames places, streets of OpenStreetMap, and the approved reports, which teach the geocoder.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.scratch import (
    ROOT,
    connect,
    copied_database,
    parse_arguments,
    report,
    scratch_database,
    shared_data,
)
from bench.texted import bring, make_environment


class Commands:
    """Runs `flask --app wsgi` and keeps how long each command took."""

    def __init__(self, database_url: str, redis_url: str, settings: Mapping[str, str] | None = None) -> None:
        self._environment = {**os.environ, **(settings or {}), "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        self.seconds: dict[str, float] = {}

    def run(self, label: str, *arguments: str) -> dict[str, int]:
        """Run one command; returns the counts that it printed. Exits with its output when it fails."""
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            env=self._environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            sys.exit(f"{label} failed: {done.stderr.strip()[-500:]}")
        self.seconds[label] = round(time.perf_counter() - started, 1)
        return {
            name.replace(" ", "_"): int(value) for name, value in re.findall(r"^([a-z ]+): (\d+)$", done.stdout, re.M)
        }

    def status(self) -> dict[str, int]:
        """`flask status --json`."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "status", "--json"],
            env=self._environment, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))


def set_up(commands: Commands, data: Path) -> None:
    """Campaign, boundaries, places, streets."""
    areas = ("--code-field", "ADM{}_PCODE", "--name-field", "ADM{}_EN")
    commands.run("campaign", "campaign", "create", "--from", "bench/haiti.yaml")
    for level in (1, 2):
        parent = ("--parent-field", "ADM1_PCODE") if level == 2 else ()
        fields = tuple(field.format(level) for field in areas)
        commands.run(
            f"areas_{level}",
            "areas",
            "load",
            str(data / f"adm{level}.geojson"),
            "--level",
            str(level),
            *fields,
            *parent,
        )
    commands.run("places", "gazetteer", "load", str(data / "places.csv"))
    commands.run("roads", "gazetteer", "load", str(data / "roads.geojson"))


def write_reports(source: Path, folder: Path) -> Path:
    """Write the reports in the columns that `reports import` reads; returns the path."""
    import_file = folder / "reports.csv"
    with source.open(encoding="utf-8", newline="") as file, import_file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "text", "lat", "lon", "location", "reported_at"])
        for row in csv.DictReader(file):
            text = row["description"] or row["title"]
            writer.writerow([row["serial"], text, row["lat"], row["lon"], row["location"], row["reported_at"]])
    return import_file


def main(argv: Sequence[str] | None = None) -> None:
    """Run, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    data = shared_data() / "haiti"
    with scratch_database("haiti") as (database_url, redis_url), tempfile.TemporaryDirectory() as folder:
        commands = Commands(database_url, redis_url)
        set_up(commands, data)
        reports = commands.run(
            "reports", "reports", "import", str(write_reports(data / "reports.csv", Path(folder))), "--approved"
        )
        figures = {"reports_imported": reports, "seconds": commands.seconds}
        with copied_database(database_url) as imported:
            figures["imported"] = import_messages(imported, redis_url, data / "sms.csv")
        with copied_database(database_url) as texted:
            figures["texted"] = bring_messages(texted, redis_url, data / "sms.csv")
    report(figures, arguments.json)


def import_messages(database_url: str, redis_url: str, source: Path) -> dict[str, Any]:
    """Import the messages by the command, work them off, and both again."""
    commands = Commands(database_url, redis_url)
    command = (
        "messages", "import", str(source), "--channel", "sms", "--text-column", "original", "--text-column", "english",
    )  # fmt: skip
    first = commands.run("import", *command)
    worked = commands.run("work", "work", "--until-empty")
    before = commands.status()
    again = commands.run("import_again", *command)
    commands.run("work_again", "work", "--until-empty")
    after = commands.status()
    return {
        "messages": first,
        "worked": worked,
        "status": after,
        "lost": first["read"] - after["messages"],
        "twice": _count_twice(database_url),
        "added_by_importing_again": again["added"],
        "unchanged_by_importing_again": before == after,
        "located_share_of_messages": round(worked["located"] / max(1, worked["reports"]), 3),
        "seconds": commands.seconds,
    }


def bring_messages(database_url: str, redis_url: str, source: Path) -> dict[str, Any]:
    """Send the messages through the webhook as people who text more than once, and work them off with their answers."""
    environment = make_environment(database_url, redis_url)
    commands = Commands(database_url, redis_url, environment)
    with connect(database_url) as link:
        accepted = bring(environment, link, source)
        worked = commands.run("work", "work", "--until-empty")
        answers = link.execute("SELECT count(*) FROM message WHERE direction = 'out'").fetchone()
    status = commands.status()
    return {
        "accepted": accepted,
        "worked": worked,
        "answers": answers[0] if answers else None,
        "status": status,
        "twice": _count_twice(database_url),
        "messages_per_second": round(worked["processed"] / commands.seconds["work"]),
        "seconds": commands.seconds,
    }


def _count_twice(database_url: str) -> int:
    with connect(database_url) as link:
        row = link.execute(
            "SELECT count(*) - count(DISTINCT message_id) FROM report WHERE message_id IS NOT NULL"
        ).fetchone()
    return int(row[0]) if row else -1


if __name__ == "__main__":
    main()

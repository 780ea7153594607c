"""Webhooks accepted per second, with signature check and commit, beside floors measured in the same run.

The web processes as the launcher runs them, a worker beside them, and a table of a million messages. The ratios are
compared with the last ones that were written down (`bench/last/intake.json`).
"""

import argparse
import itertools
import json
import os
import platform
import secrets
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.filled import fill
from bench.floor import TABLE
from bench.haiti import Commands
from bench.load import Outcome, offer, press
from bench.scratch import ROOT, free_port, parse_arguments, report, running, scratch_database, serve_floor
from bench.signed_calls import SignedCalls
from bench.site import web_site
from config.local.supervisord import BEHIND

_TOKEN = secrets.token_hex(16)
_CONNECTIONS = (1, 8, 32)
_HIGHEST_RATE = 6_000
_TEXTS = (
    "dlo a sal nan Delmas 33",
    "Nou bezwen manje ak dlo, Kafou fey",
    "pani aayena ward 5 Lalitpur",
    "धारामा पानी छैन",
)
_OFFERED_PER_S = 200
_MESSAGES, _MESSAGES_QUICK = 1_000_000, 2_000
_LAST = ROOT / "bench" / "last" / "intake.json"
_LOST = 0.9  # of the last ratio
_OWN_SERVER = "bare_insert_behind_our_server"


class Gateway:
    """Makes signed requests that no one has sent before. Beforehand: it must not take the server's processor."""

    def __init__(self, path: str, public_url: str) -> None:
        self._calls = SignedCalls(_TOKEN, public_url, path)
        self._serial = itertools.count()

    def prepare(self, duration_s: float) -> list[bytes]:
        """Enough for a time at the highest rate there is; a list that runs out would show as a refusal."""
        return [self._make(next(self._serial)) for _ in range(int(_HIGHEST_RATE * duration_s))]

    def _make(self, number: int) -> bytes:
        return self._calls.make(f"+509370{number % 5000:05d}", f"{_TEXTS[number % len(_TEXTS)]} {number}")[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, compare with the last figures, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "", _add_options)
    rounds, duration_s, offered_s = (1, 1.0, 2.0) if arguments.quick else (3, 5.0, 30.0)
    messages = _MESSAGES_QUICK if arguments.quick else _MESSAGES
    if arguments.messages is not None:
        messages = arguments.messages
    public_url = "http://bench.invalid"
    port, floor_port, own_floor_port = free_port(), free_port(), free_port()
    with scratch_database("intake") as (database_url, redis_url), ExitStack() as stack:
        Commands(database_url, redis_url).run("campaign", "campaign", "create", "--from", "bench/haiti.yaml")
        floor_url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(floor_url, autocommit=True) as link:
            link.execute(TABLE)
            fill(link, messages)
        environment = {
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PUBLIC_URL": public_url,
            "TWILIO_AUTH_TOKEN": _TOKEN, "SECRET_KEY": "bench", "CONTACT_PEPPER": "bench", "FLOOR_URL": floor_url,
        }  # fmt: skip
        targets = {
            "webhook": (port, Gateway("/channels/twilio/sms", public_url)),
            "signed_noop": (floor_port, Gateway("/noop", public_url)),
            "bare_insert": (floor_port, Gateway("/insert", public_url)),
            _OWN_SERVER: (own_floor_port, Gateway("/insert", public_url)),
        }
        stack.enter_context(web_site(port, environment))
        floor_ready = f"http://127.0.0.1:{floor_port}/noop"
        stack.enter_context(running(serve_floor("bench.floor:app", floor_port), environment, floor_ready))
        for _ in range(2):
            own_floor = [sys.executable, "-m", "bench.floor", str(own_floor_port)]
            stack.enter_context(running(own_floor, environment, f"http://127.0.0.1:{own_floor_port}/noop"))
        worker = [*BEHIND.split(), sys.executable, "-m", "reporting.jobs.worker", "--no-media"]
        stack.enter_context(running(worker, environment))
        accepted = 0
        for target_port, gateway in targets.values():
            warm = press(target_port, gateway.prepare(1.0), 8, 1.0)  # connections, caches, the first imports
            accepted += len(warm.latencies_s) if target_port == port else 0
        runs: dict[tuple[str, int], list[Outcome]] = {}
        for _ in range(rounds):
            for connections in _CONNECTIONS:
                for name, (target_port, gateway) in targets.items():
                    requests = gateway.prepare(duration_s * (2 if name == "signed_noop" else 1))
                    outcome = press(target_port, requests, connections, duration_s)
                    runs.setdefault((name, connections), []).append(outcome)
                    accepted += len(outcome.latencies_s) if name == "webhook" else 0
        waiting = targets["webhook"][1].prepare(offered_s * _OFFERED_PER_S / _HIGHEST_RATE + 1)
        offered = offer(port, waiting, _OFFERED_PER_S, 32, offered_s)
        accepted += len(offered.latencies_s)
        with psycopg.connect(floor_url) as link:
            counted = link.execute(
                "SELECT count(*) - %s, count(*) FILTER (WHERE state = 'received') FROM message WHERE direction = 'in'",
                (messages,),
            ).fetchone()
    stored, not_worked_on = counted or (None, None)
    figures = _figures(runs, offered, rounds, duration_s, offered_s)
    figures |= {"messages": messages, "accepted": accepted, "stored": stored, "not_worked_on": not_worked_on}
    report(figures, arguments.json)
    ratios = {str(number): figures[f"connections_{number}"]["webhook_to_bare_insert"] for number in _CONNECTIONS}
    print(compare(ratios, json.loads(_LAST.read_text(encoding="utf-8"))["webhook_to_bare_insert"]))
    if arguments.write:
        write_last(_LAST, ratios, messages)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, metavar="N", help=f"messages stored before (default {_MESSAGES:,})")
    parser.add_argument("--write", action="store_true", help="write the ratios down, for the next run to compare with")


def compare(ratios: Mapping[str, float], last: Mapping[str, float]) -> str:
    """One line: each ratio beside the last one, and which of them is lost."""
    parts = []
    for connections, ratio in ratios.items():
        before = last.get(connections)
        if before is None:
            parts.append(f"{connections}: {ratio:.2f} (new)")
            continue
        verdict = ", lost" if ratio < _LOST * before else ""
        parts.append(f"{connections}: {ratio:.2f} (last {before:.2f}{verdict})")
    return f"webhook to bare insert by connections: {'; '.join(parts)}"


def write_last(path: Path, ratios: Mapping[str, float], messages: int) -> None:
    """Write the ratios down with what they were measured on."""
    machine = f"{os.cpu_count()} processors, {platform.machine()}; {messages:,} messages stored, a worker beside"
    path.write_text(
        json.dumps({"machine": machine, "webhook_to_bare_insert": ratios}, indent=2) + "\n", encoding="utf-8"
    )


def _figures(
    runs: dict[tuple[str, int], list[Outcome]],
    offered: Outcome,
    rounds: int,
    duration_s: float,
    offered_s: float,
) -> dict[str, Any]:
    figures: dict[str, Any] = {"rounds": rounds, "seconds_a_round": duration_s}
    for connections in _CONNECTIONS:
        middle = {
            name: sorted(runs[name, connections], key=lambda outcome: outcome.rate)[rounds // 2]
            for name in ("webhook", "signed_noop", "bare_insert", _OWN_SERVER)
        }
        ratios = [
            webhook.rate / insert.rate
            for webhook, insert in zip(runs["webhook", connections], runs["bare_insert", connections], strict=True)
        ]
        figures[f"connections_{connections}"] = {
            **{name: outcome.summary() for name, outcome in middle.items()},
            "webhook_to_bare_insert": round(statistics.median(ratios), 3),
            f"webhook_to_{_OWN_SERVER}": round(middle["webhook"].rate / middle[_OWN_SERVER].rate, 3),
            "webhook_to_signed_noop": round(middle["webhook"].rate / middle["signed_noop"].rate, 3),
        }
    figures["offered"] = {"per_second": _OFFERED_PER_S, "seconds": offered_s, **offered.summary()}
    return figures


if __name__ == "__main__":
    main()

"""How long people wait for their acknowledgement while one sender floods us, beside the same people on an idle system.

The whole installation as the supervisor runs it: web, a worker, the sender beside it, the scheduler. A hundred people
text once each, one after the other at a steady pace; in the flood another number sends ten thousand messages as fast as
they are taken. The texts are those of Haiti, and their places are looked for in its gazetteer. A wait ends when the
text has been handed to its gateway, which here takes it at once.
"""

import asyncio
import csv
import secrets
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

from bench.haiti import Commands, set_up
from bench.load import exchange
from bench.scratch import free_port, parse_arguments, report, running, scratch_database, shared_data
from bench.signed_calls import SignedCalls
from bench.site import web_site
from config.local.supervisord import BEHIND

_TOKEN: Final = secrets.token_hex(16)
_PUBLIC_URL: Final = "http://127.0.0.1"  # development takes no other
_OTHERS: Final = 100
_FLOOD: Final = 10_000
_CONNECTIONS: Final = (1, 4)  # of the gateway that brings the flood; each sends again as soon as it has its answer
_ROUNDS: Final = 3  # a round takes some three minutes; a single one is good to some tenths
_PACE_S: Final = 0.15  # between two of the others
_HEAD_START_S: Final = 1.0  # of the flood
_PATIENCE_S: Final = 300

_WAITS = """
SELECT min(extract(epoch FROM answer.sent_at))::float8, message.external_id
  FROM message JOIN message AS answer ON answer.in_reply_to_id = message.id AND answer.sent_at IS NOT NULL
 WHERE message.external_id = ANY(%s) GROUP BY message.external_id
"""
# Each by an index of its own: the whole table read five times a second would be felt by what is measured.
_IS_BUSY = """
SELECT EXISTS (SELECT FROM message WHERE state = 'received') OR EXISTS (SELECT FROM message WHERE state = 'queued')
    OR EXISTS (SELECT FROM message WHERE state = 'sending')
"""


class Texts:
    """Signed webhook calls with real texts, each said once."""

    def __init__(self, source: Path) -> None:
        with source.open(encoding="utf-8", newline="") as file:
            self._texts = [row["original"] for row in csv.DictReader(file) if len(row["original"]) > 20]
        self._calls = SignedCalls(_TOKEN, _PUBLIC_URL)
        self._number = 0

    def make(self, sender: str) -> tuple[str, bytes]:
        """(message id, request) of the next text, from this number."""
        self._number += 1
        return self._calls.make(sender, f"{self._texts[self._number % len(self._texts)]} {self._number}")


async def _flood(port: int, requests: list[bytes], connections: int) -> float:
    """Bring all of them over some connections; seconds it took."""
    waiting = iter(requests)

    async def bring() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            assert await exchange(reader, writer, request), "the webhook refused a message"
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(bring() for _ in range(connections)))
    return time.perf_counter() - begun


async def _trickle(port: int, calls: list[tuple[str, bytes]]) -> dict[str, float]:
    """One call after the other at the pace; when each left, by message id."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    left: dict[str, float] = {}
    begun = time.perf_counter()
    for number, (sid, request) in enumerate(calls):
        await asyncio.sleep(max(0.0, begun + number * _PACE_S - time.perf_counter()))
        left[sid] = time.time()
        assert await exchange(reader, writer, request), "the webhook refused a message"
    writer.close()
    return left


async def _both(
    port: int, flood: list[bytes], connections: int, calls: list[tuple[str, bytes]]
) -> tuple[dict[str, float], float]:
    bringing = asyncio.create_task(_flood(port, flood, connections))
    await asyncio.sleep(_HEAD_START_S)
    left = await _trickle(port, calls)
    return left, await bringing


def _wait_for_answers(link: psycopg.Connection, left: dict[str, float]) -> list[float]:
    """Milliseconds from when each of the others sent until their answer left, in order of size."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        answered = {sid: at for at, sid in link.execute(_WAITS, (list(left),)).fetchall()}
        if len(answered) == len(left):
            return sorted((answered[sid] - at) * 1000 for sid, at in left.items())
        time.sleep(0.2)
    sys.exit("not everybody was answered")


def _wait_until_empty(link: psycopg.Connection) -> float:
    """Seconds until every stored message is worked on and every text has left."""
    begun = time.monotonic()
    while (link.execute(_IS_BUSY).fetchone() or (False,))[0]:
        if time.monotonic() - begun > _PATIENCE_S:
            sys.exit("the flood was not worked off")
        time.sleep(0.2)
    return time.monotonic() - begun


def _quantiles(waits: Sequence[float]) -> dict[str, float]:
    return {f"p{share}_ms": round(waits[int(share / 100 * (len(waits) - 1))], 1) for share in (50, 95, 100)}


def measure(port: int, link: psycopg.Connection, texts: Texts, flood: int, connections: int) -> dict[str, Any]:
    """One round: idle, then flooded."""
    calls = [texts.make(f"+50937{secrets.randbelow(10**6):06d}") for _ in range(_OTHERS)]
    idle = _wait_for_answers(link, asyncio.run(_trickle(port, calls)))
    calls = [texts.make(f"+50938{secrets.randbelow(10**6):06d}") for _ in range(_OTHERS)]
    requests = [texts.make(f"+50939{link.info.backend_pid:06d}")[1] for _ in range(flood)]
    left, bringing_s = asyncio.run(_both(port, requests, connections, calls))
    flooded = _wait_for_answers(link, left)
    return {
        "connections": connections,
        "idle": _quantiles(idle),
        "flooded": _quantiles(flooded),
        "p95_ratio": round(_quantiles(flooded)["p95_ms"] / _quantiles(idle)["p95_ms"], 2),
        "flood_taken_in_s": round(bringing_s, 1),
        "worked_off_after_s": round(_wait_until_empty(link), 1),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    rounds, flood = (1, 500) if arguments.quick else (_ROUNDS, _FLOOD)
    data, port = shared_data() / "haiti", free_port()
    with scratch_database("flood") as (database_url, redis_url), ExitStack() as stack:
        set_up(Commands(database_url, redis_url), data)
        environment = {
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PUBLIC_URL": _PUBLIC_URL,
            "TWILIO_AUTH_TOKEN": _TOKEN, "SECRET_KEY": "bench", "CONTACT_PEPPER": "bench", "BARAZA_ENV": "development",
        }  # fmt: skip
        url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        link = stack.enter_context(psycopg.connect(url, autocommit=True))
        stack.enter_context(web_site(port, environment))
        for option in ("--no-media", "--beside"):  # as the supervisor starts them, behind the web processes
            command = [*BEHIND.split(), sys.executable, "-m", "reporting.jobs.worker", option]
            stack.enter_context(running(command, environment))
        stack.enter_context(running([*BEHIND.split(), sys.executable, "-m", "reporting.jobs.scheduler"], environment))
        texts = Texts(data / "sms.csv")
        warm = asyncio.run(_trickle(port, [texts.make("+50936000000") for _ in range(5)]))
        _wait_for_answers(link, warm)
        measured = [
            measure(port, link, texts, flood, connections) for _ in range(rounds) for connections in _CONNECTIONS
        ]
        counts = link.execute("SELECT count(*) FROM message WHERE direction = 'in'").fetchone()
        unread = link.execute("SELECT count(*) FROM message WHERE state IN ('received', 'set_aside')").fetchone()
    sent = len(warm) + len(measured) * (2 * _OTHERS + flood)
    figures = {
        "flood": flood, "others": _OTHERS, "rounds": rounds,
        "p95_ratio": {
            connections: statistics.median(one["p95_ratio"] for one in measured if one["connections"] == connections)
            for connections in _CONNECTIONS
        },
        "of_each": measured,
        "sent": sent, "stored": counts[0] if counts else None, "not_worked_on": unread[0] if unread else None,
    }  # fmt: skip
    report(figures, arguments.json)


if __name__ == "__main__":
    main()

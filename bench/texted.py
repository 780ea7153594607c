"""The Haiti messages as production gets them: signed webhooks from people who text more than once, over one day.

The files carry neither senders nor times. Each message is given one of 5,000 numbers by a seeded draw (two thirds of
the people text more than once), and the day is divided among them in the order of the file. They reach the table by
the web processes; their times and priorities are set afterwards, because here they come within seconds.
"""

import csv
import random
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg

from bench.load import press
from bench.scratch import free_port
from bench.signed_calls import SignedCalls
from bench.site import web_site

_SENDERS: Final = 5_000
_SEED: Final = 2010
_PUBLIC_URL: Final = "http://127.0.0.1"  # development takes no other
_CONNECTIONS: Final = 8
_PATIENCE_S: Final = 300.0

_SPREAD = """
UPDATE message SET priority = 0, received_at = now() - interval '1 day' * (1 - ranked.place)
  FROM (SELECT id, percent_rank() OVER (ORDER BY id) AS place FROM message WHERE direction = 'in') AS ranked
 WHERE message.id = ranked.id
"""


def make_environment(database_url: str, redis_url: str) -> dict[str, str]:
    """Return the settings of an installation that has Twilio and takes nobody's real texts."""
    return {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PUBLIC_URL": _PUBLIC_URL, "BARAZA_ENV": "development",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16), "SECRET_KEY": "bench", "CONTACT_PEPPER": "bench",
    }  # fmt: skip


def bring(environment: dict[str, str], link: psycopg.Connection, source: Path) -> int:
    """Send every message of the file through the webhook; returns how many were accepted. `link` is in autocommit."""
    port = free_port()
    calls = SignedCalls(environment["TWILIO_AUTH_TOKEN"], _PUBLIC_URL)
    requests = [calls.make(sender, words)[1] for sender, words in _pair_with_senders(source)]
    with web_site(port, environment):
        outcome = press(port, requests, _CONNECTIONS, _PATIENCE_S)
    link.execute(_SPREAD)
    return len(outcome.latencies_s)


def _pair_with_senders(source: Path) -> Iterator[tuple[str, str]]:
    """Yield (number, words) of each message that says something."""
    draw = random.Random(_SEED)
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield f"+5093700{draw.randrange(_SENDERS):04d}", row["original"] or row["english"]

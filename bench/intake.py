"""Webhooks accepted per second, with signature check and commit, beside two floors measured in the same run."""

import itertools
import secrets
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy.engine import make_url
from twilio.request_validator import RequestValidator

from bench.floor import TABLE
from bench.load import Outcome, offer, press
from bench.scratch import free_port, parse_arguments, report, running, scratch_database, serve

_TOKEN = secrets.token_hex(16)
_CONNECTIONS = (1, 8, 32)
_PREPARED = 20_000
_TEXTS = (
    "dlo a sal nan Delmas 33",
    "Nou bezwen manje ak dlo, Kafou fey",
    "pani aayena ward 5 Lalitpur",
    "धारामा पानी छैन",
)
_OFFERED_PER_S = 200


def _requests(path: str, public_url: str) -> Callable[[], Iterator[bytes]]:
    """Signed requests prepared beforehand: the generator must not take the server's processor."""
    validator = RequestValidator(_TOKEN)
    prepared = []
    for number in range(_PREPARED):
        form = {
            "ToCountry": "US", "ToState": "", "SmsMessageSid": f"SM{number:032x}", "NumMedia": "0", "ToCity": "",
            "FromZip": "", "SmsSid": f"SM{number:032x}", "FromState": "", "SmsStatus": "received", "FromCity": "",
            "Body": f"{_TEXTS[number % len(_TEXTS)]} {number}", "FromCountry": "HT", "To": "+15005550006",
            "ToZip": "", "NumSegments": "1", "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": f"AC{'0' * 32}", "From": f"+509370{number % 5000:05d}", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        body = urlencode(form).encode()
        signature = validator.compute_signature(public_url + path, form)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        prepared.append(head.encode() + body)
    remaining = iter(prepared)
    return lambda: itertools.chain(remaining, itertools.cycle(prepared))


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "")
    rounds, duration_s, offered_s = (1, 1.0, 3.0) if arguments.quick else (3, 5.0, 60.0)
    public_url = "http://bench.invalid"
    port, floor_port = free_port(), free_port()
    with scratch_database("intake") as (database_url, redis_url):
        floor_url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(floor_url, autocommit=True) as link:
            link.execute(TABLE)
        environment = {
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PUBLIC_URL": public_url,
            "TWILIO_AUTH_TOKEN": _TOKEN, "SECRET_KEY": "bench", "CONTACT_PEPPER": "bench", "FLOOR_URL": floor_url,
        }  # fmt: skip
        ready, floor_ready = f"http://127.0.0.1:{port}/healthz", f"http://127.0.0.1:{floor_port}/noop"
        targets = {
            "webhook": (port, _requests("/channels/twilio/sms", public_url)),
            "signed_noop": (floor_port, _requests("/noop", public_url)),
            "bare_insert": (floor_port, _requests("/insert", public_url)),
        }
        with running(serve("wsgi:app", port), environment, ready), _floor(floor_port, environment, floor_ready):
            for target_port, make in targets.values():
                press(target_port, make, 8, 1.0)  # warm: connections, caches, the first imports
            runs: dict[tuple[str, int], list[Outcome]] = {}
            for _ in range(rounds):
                for connections in _CONNECTIONS:
                    for name, (target_port, make) in targets.items():
                        runs.setdefault((name, connections), []).append(
                            press(target_port, make, connections, duration_s)
                        )
            offered = offer(port, targets["webhook"][1], _OFFERED_PER_S, 32, offered_s)
        with psycopg.connect(floor_url) as link:
            stored = link.execute("SELECT count(*) FROM message").fetchone()
    report(_figures(runs, offered, stored[0] if stored else 0, rounds, duration_s, offered_s), arguments.json)


def _floor(port: int, environment: dict[str, str], ready: str) -> Any:
    return running(serve("bench.floor:app", port), environment, ready)


def _figures(
    runs: dict[tuple[str, int], list[Outcome]],
    offered: Outcome,
    stored: int,
    rounds: int,
    duration_s: float,
    offered_s: float,
) -> dict[str, Any]:
    figures: dict[str, Any] = {"rounds": rounds, "seconds_a_round": duration_s}
    for connections in _CONNECTIONS:
        middle = {
            name: sorted(runs[name, connections], key=lambda outcome: outcome.rate)[rounds // 2]
            for name in ("webhook", "signed_noop", "bare_insert")
        }
        ratios = [
            webhook.rate / insert.rate
            for webhook, insert in zip(runs["webhook", connections], runs["bare_insert", connections], strict=True)
        ]
        figures[f"connections_{connections}"] = {
            **{name: outcome.summary() for name, outcome in middle.items()},
            "webhook_to_bare_insert": round(statistics.median(ratios), 3),
            "webhook_to_signed_noop": round(middle["webhook"].rate / middle["signed_noop"].rate, 3),
        }
    figures["offered"] = {"per_second": _OFFERED_PER_S, "seconds": offered_s, **offered.summary()}
    figures["stored"] = stored
    return figures


if __name__ == "__main__":
    main()

"""What a moderator's pages and the filters of the desk take: `script/bench pages`.

With 10,000 and with 300,000 reports in one run; `--sizes 1000000` measures with a million.

Reports are Boston's, replicated as in `live_candidates.py`, each with its message, seven of a sender, and with a
decision but for the two thousand that wait. Every page is asked of the program itself, with no server or network
between: a millisecond is the program's or the database's. The floor is `/healthz`, which asks the database nothing.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import make_url, text

from bench.filters import COLUMNS, FILL, measure_filters
from bench.live_candidates import Loader, make_rows, read_boston_rows
from bench.scratch import parse_arguments, report, scratch_database, shared_data
from config.settings import load_settings
from reporting.accounts.session import begin_session
from reporting.app import create_app
from reporting.bootstrap import Program

_SIZES: Final = (10_000, 300_000)
_WAITING: Final = 2_000
_ROUNDS: Final = 15
_BLOCK: Final = 10_000
_FILL: Final = """
INSERT INTO contact (campaign_id, address_hash, channel)
SELECT {campaign_id}, sha256(int8send(number)), 'twilio'
  FROM generate_series((SELECT count(*) + 1 FROM contact), {count} / 7) AS number;
INSERT INTO message (campaign_id, channel, external_id, direction, text, state, received_at, contact_id, report_id)
SELECT {campaign_id}, 'twilio', 'p-' || id, 'in', text, 'processed', reported_at, 1 + id % ({count} / 7), id
  FROM report WHERE message_id IS NULL;
UPDATE report SET message_id = message.id, contact_id = message.contact_id,
{columns}       state = CASE WHEN report.id > {count} - {waiting} THEN 'queued' WHEN report.id % 11 = 0 THEN 'rejected'
                    ELSE 'approved' END
  FROM message WHERE message.report_id = report.id AND (report.message_id IS NULL OR report.state = 'queued');
INSERT INTO decision (campaign_id, report_id, account_id, kind, before, after)
SELECT {campaign_id}, id, (SELECT min(id) FROM account), 'decide', '{{"state": "queued"}}',
       jsonb_build_object('state', state)
  FROM report WHERE state <> 'queued' AND NOT EXISTS (SELECT FROM decision WHERE decision.report_id = report.id);
{filling}VACUUM ANALYZE;
"""
_PERSON: Final = """
INSERT INTO role (name, permissions) VALUES ('everything', 'moderate,supervise,safeguard');
INSERT INTO account (email, name, active, fs_uniquifier, password, tf_primary_method, tf_totp_secret)
VALUES ('m@bench.invalid', 'M', true, 'unique-m', 'x', 'authenticator', 'x');
INSERT INTO account_role (account_id, role_id) SELECT account.id, role.id FROM account, role
    WHERE role.name = 'everything';
"""


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", metavar="N,N", help="how many reports, instead of 10,000 and 300,000")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, and write the JSON where asked."""
    arguments = parse_arguments(argv, __doc__ or "", _add_sizes)
    sizes, rounds = ((3_000, 6_000), 3) if arguments.quick else (_SIZES, _ROUNDS)
    if arguments.sizes:
        sizes = tuple(int(size) for size in arguments.sizes.split(","))
    with scratch_database("pages") as (database_url, redis_url):
        loader = Loader(database_url)
        plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        link = psycopg.connect(plain, autocommit=True)
        _run(link, _PERSON)
        program = Program(load_settings(), database_url, redis_url)
        rows = make_rows(read_boston_rows(shared_data() / "duplicates" / "boston.csv"), sizes[-1])
        taken, measured, filters = 0, {}, {}
        for size in sizes:
            while taken < size:
                taken += len(loader.add([next(rows) for _ in range(min(_BLOCK, size - taken))]))
            _run(
                link,
                _FILL.format(
                    campaign_id=loader.campaign_id, count=size, waiting=_WAITING, columns=COLUMNS, filling=FILL
                ),
            )
            measured[size] = dict(_measure(program, size, rounds))
            filters[size] = measure_filters(program, loader.campaign_id, rounds)
        program.close()
        loader.close()
        link.close()
    first, last = measured[sizes[0]], measured[sizes[-1]]
    pages = {
        page: {**{f"ms_at_{size}": round(measured[size][page], 1) for size in sizes},
               "growth": round(last[page] / first[page], 2)}
        for page in first
    }  # fmt: skip
    slowest = {size: max(each["ms_p95"] for each in filters[size].values()) for size in sizes}
    figures = {"reports": list(sizes), "waiting": _WAITING, "rounds": rounds, "pages": pages}
    report({**figures, "filters_ms_p95_most": slowest, "filters": filters}, arguments.json)


def _measure(program: Program, size: int, rounds: int) -> Iterator[tuple[str, float]]:
    """(page, median milliseconds)."""
    app = create_app(program)
    app.config.update(WTF_CSRF_ENABLED=False)
    client = app.test_client()
    with program.owner.begin() as connection:
        query = text("SELECT id FROM account WHERE fs_uniquifier = 'unique-m'")
        token = begin_session(connection, connection.execute(query).scalar_one())
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["sign_in"] = "unique-m", True, token
    waiting, decided = size - 1, size // 2 + 1
    pages: dict[str, Callable[[], Any]] = {
        "floor: /healthz": lambda: client.get("/healthz"),
        "queue": lambda: client.get("/moderate/"),
        "figures of the queue": lambda: client.get("/moderate/figures"),
        "next report": lambda: client.post("/moderate/next"),
        "report that waits": lambda: client.get(f"/moderate/reports/{waiting}"),
        "report that is decided": lambda: client.get(f"/moderate/reports/{decided}"),
        "desk": lambda: client.get("/moderate/desk"),
        "desk, a report": lambda: client.get(
            f"/moderate/desk?report={waiting}", headers={"HX-Request": "true", "HX-Target": "reader"}
        ),
        "desk, counts": lambda: client.get("/moderate/desk/counts"),
        "waiting reports": lambda: client.get("/moderate/reports?state=queued"),
        "approved reports": lambda: client.get("/moderate/reports?state=approved"),
        "rejected reports": lambda: client.get("/moderate/reports?state=rejected"),
        "incidents": lambda: client.get("/moderate/incidents"),
        "an incident": lambda: client.get(f"/moderate/incidents/{decided}"),
        "lessons": lambda: client.get("/moderate/learned-places"),
        "audit": lambda: client.get("/moderate/audit"),
        "set aside": lambda: client.get("/moderate/dead-letters"),
        "restricted": lambda: client.get("/moderate/restricted"),
        "releases": lambda: client.get("/moderate/releases"),
        "published data": lambda: client.get("/data/"),
    }
    for page, ask in pages.items():
        yield page, _median_ms(page, ask, rounds)


def _median_ms(page: str, ask: Callable[[], Any], rounds: int) -> float:
    waits = []
    for number in range(rounds + 2):  # the first two make plans and templates
        begun = time.perf_counter()
        answer = ask()
        if number > 1:
            waits.append(1_000 * (time.perf_counter() - begun))
        if answer.status_code != (302 if answer.request.method == "POST" else 200):
            sys.exit(f"{page}: {answer.status_code} {answer.location or ''}")
    return statistics.median(waits)


def _run(link: psycopg.Connection, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            link.execute(statement)


if __name__ == "__main__":
    main()

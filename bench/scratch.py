"""What benchmarks share: a scratch database, a server under load, the data folder, and figures on paper."""

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from config.local.embedded_servers import PrivateServers
from reporting.bootstrap import normalise_database_url
from reporting.db import Role, open_database
from reporting.schema import upgrade_schema

ROOT = Path(__file__).resolve().parent.parent


def shared_data() -> Path:
    """Return the folder of real data. Exits with one line where there is none."""
    folder = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared") / "data"
    if not folder.is_dir():
        sys.exit(f"no data at {folder}: set BARAZA_SHARED to the folder that has `data`")
    return folder


def parse_arguments(
    argv: Sequence[str] | None, description: str, add: Callable[[argparse.ArgumentParser], None] | None = None
) -> argparse.Namespace:
    """Parse the options of every benchmark, and those that `add` adds for one."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="a short run that shows that it works; not for figures")
    if add is not None:
        add(parser)
    return parser.parse_args(argv)


def report(figures: dict[str, Any], path: Path | None) -> None:
    """Print the figures, and write them as JSON where asked."""
    print(json.dumps(figures, indent=2))
    if path is not None:
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@contextmanager
def scratch_database(name: str, template: str | None = None) -> Iterator[tuple[str, str]]:
    """(database URL, Redis URL) of a fresh database at head, or of a copy of another, dropped afterwards."""
    servers = PrivateServers(Path(os.environ.get("BARAZA_VAR") or ROOT / "var" / "bench"))
    servers.start()
    base = os.environ.get("DATABASE_URL")
    url = make_url(normalise_database_url(base) if base else servers.database_url)
    database = f"bench_{name}_{secrets.token_hex(3)}"
    # str() of a URL hides its password
    administer = psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )
    administer.execute(f'CREATE DATABASE "{database}"' + (f' TEMPLATE "{template}"' if template else ""))
    scratch = url.set(database=database).render_as_string(hide_password=False)
    try:
        opened = open_database(scratch, Role.OWNER)
        with opened.begin() as connection:
            upgrade_schema(connection)
        opened.close()
        yield scratch, os.environ.get("REDIS_URL") or servers.redis_url
    finally:
        administer.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
        administer.close()


@contextmanager
def copied_database(database_url: str) -> Iterator[str]:
    """Copy a database that nobody is connected to; gives the URL of the copy, which is dropped afterwards."""
    url = make_url(database_url)
    name = f"{url.database}_{secrets.token_hex(3)}"
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as administer:
        administer.execute(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"')
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            administer.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def connect(database_url: str) -> psycopg.Connection:
    """Connect in autocommit."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True)


def free_port() -> int:
    """Find a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], environment: dict[str, str], ready_url: str | None = None) -> Iterator[int]:
    """Run a process and end it afterwards; with `ready_url` wait until that URL answers."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, start_new_session=True)
    try:
        if ready_url is not None:
            _wait_for(ready_url, process)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def serve_floor(app: str, port: int, *, workers: int = 2, threads: int = 16) -> list[str]:
    """Return the command of a plain WSGI server as a baseline; our own server runs in `bench.site`."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", app, "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "1024", "--no-ws",
        "--log-level", "critical",
    ]  # fmt: skip

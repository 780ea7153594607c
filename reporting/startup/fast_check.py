"""Fast check at start: find out whether the database is prepared already, and prepare it where it is not.

Importing the program takes longer than everything else at a start. So a finished preparation is recorded under `var/`
with a hash of the sources that it depends on. While hash and database state are unchanged, nothing is imported.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from config.database_roles import APP, make_role_conninfo
from config.local.embedded_servers import PrivateServerError, PrivateServers
from config.settings import Settings, SettingsError, load_settings

_HERE = Path(__file__).resolve().parents[1]
_SOURCES = ("migrations/versions/*.py", "demo/*", "startup/prepare.py", "grants.py")
_STATE = "SELECT version_num, ARRAY(SELECT slug FROM campaign ORDER BY slug) FROM alembic_version"
_USE = "SELECT FROM message, release LIMIT 0"


def main() -> int:
    """Prepare the database where needed, then print the demonstration's accounts. Returns the exit code."""
    try:
        settings = load_settings()
        url = _start_database(settings)
    except (SettingsError, PrivateServerError) as error:
        print(error, file=sys.stderr)
        return 1
    note = settings.var / "prepared.json"
    inputs = hash_inputs(settings, url)
    try:
        app_url = _normalise(settings.database_app_url) or make_role_conninfo(url, APP)
    except psycopg.ProgrammingError:
        print("DATABASE_URL takes postgresql://account:password@host/database, percent-encoded", file=sys.stderr)
        return 1
    accounts = find_accounts(note, inputs, find_state(url, app_url))
    if accounts is None:
        done = subprocess.run(
            [sys.executable, "-m", "reporting.startup.prepare"], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode != 0:
            return done.returncode
        accounts = done.stdout
        write_note(note, inputs, find_state(url, app_url), accounts)
    print(accounts, end="")
    return 0


def hash_inputs(settings: Settings, url: str) -> str:
    """Hash what the preparation depends on: the sources, the database's URL, and whether this is development."""
    total = hashlib.sha256(f"{url} {settings.is_development}".encode())
    for pattern in _SOURCES:
        for path in sorted(_HERE.glob(pattern)):
            if path.is_file():
                total.update(path.read_bytes())
    return total.hexdigest()


def find_state(url: str, app_url: str) -> list[object] | None:
    """Read the revision of the schema and the slugs of the campaigns, and check that web and worker can read.

    Returns None where there is no schema, the database is unavailable, or an account cannot sign in (after a restore
    without it).
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as link:
            row = link.execute(_STATE).fetchone()
        with psycopg.connect(app_url, connect_timeout=10) as link:
            link.execute(_USE)
    except psycopg.Error:
        return None
    return list(row) if row else None


def find_accounts(note: Path, inputs: str, state: list[object] | None) -> str | None:
    """Find the accounts that were printed when this state was prepared.

    Returns None when it must be prepared (again).
    """
    try:
        noted = json.loads(note.read_text())
    except (OSError, ValueError):
        return None
    if state is None or not isinstance(noted, dict) or (noted.get("inputs"), noted.get("state")) != (inputs, state):
        return None
    return str(noted.get("accounts", ""))


def write_note(note: Path, inputs: str, state: list[object] | None, accounts: str) -> None:
    """Record the preparation in a file that only its owner can read, because it holds the demonstration's passwords."""
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"inputs": inputs, "state": state, "accounts": accounts}, file)


def _start_database(settings: Settings) -> str:
    """Return the database's URL for libpq, and start the private servers where they are used.

    Raises PrivateServerError.
    """
    url = settings.database_url
    if settings.uses_private_servers:
        servers = PrivateServers(settings.var)
        servers.start()
        url = url or servers.database_url
    return _normalise(url)


def _normalise(url: str | None) -> str:
    """Write the URL in the form that libpq reads."""
    return (url or "").replace("postgresql+psycopg://", "postgresql://", 1)


if __name__ == "__main__":
    sys.exit(main())

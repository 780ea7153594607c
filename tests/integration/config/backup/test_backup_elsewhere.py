"""A database on a server of its own, which asks for a password and which others use too, is saved and restored."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from config.local.embedded_servers import PrivateServers
from tests.child import run_child, stopping_servers
from tests.conftest import ROOT
from tests.databases import administer

PASSWORD = "a-password/of@the-owner"
OWNER = "keeper_of_words"
OTHERS = (
    "CREATE SCHEMA others",
    "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA others",
    "CREATE TABLE others.note (words text)",
    "INSERT INTO others.note VALUES ('kept')",
    "CREATE TABLE others.shape (place public.geometry)",
)
MESSAGE = """
    INSERT INTO message (channel, direction, external_id, text, state)
    VALUES ('twilio', 'in', 'SM1', 'no water in ward four', 'received')
"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServers]:
    """A PostgreSQL of its own: its superuser gets in by the socket, everybody else with a password."""
    var = tmp_path_factory.mktemp("elsewhere")
    with stopping_servers(var):
        servers = PrivateServers(var)
        servers.start()
        rules = "local all baraza trust\nlocal all all scram-sha-256\n"
        (servers.home / "postgres" / "pg_hba.conf").write_text(rules)
        with administer(servers) as link:
            link.execute("SELECT pg_reload_conf()")
            link.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
            for name in ("first", "second"):
                link.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        for name in ("first", "second"):
            with administer(servers, name) as link:  # as who runs the server makes them: the owner may not
                link.execute("CREATE EXTENSION postgis")
                link.execute("CREATE EXTENSION pg_trgm")
                for statement in OTHERS:
                    link.execute(statement)
        yield servers


def make_owner_url(servers: PrivateServers, name: str) -> str:
    url = make_url(servers.database_url_of(name)).set(username=OWNER, password=PASSWORD)
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def run(servers: PrivateServers, name: str, var: Path, module: str, *arguments: object) -> "tuple[int, str, str]":
    environment = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "BARAZA_VAR": str(var), "REDIS_URL": servers.redis_url,
        "DATABASE_URL": make_owner_url(servers, name), "PUBLIC_URL": "https://baraza.example.org",
    }  # fmt: skip
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = run_child(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@contextmanager
def watching_commands() -> Iterator[set[str]]:
    """The command lines of all programs of PostgreSQL that dump or restore while the block runs."""
    seen: set[str] = set()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                if command.split(" ")[0].endswith(("/pg_dump", "/pg_restore")):
                    seen.add(command)
            is_over.wait(0.005)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()


def read(servers: PrivateServers, name: str, statement: str) -> list[object]:
    with administer(servers, name) as link:
        return [row[0] for row in link.execute(statement).fetchall()]


def test_another_server_is_saved_and_restored_beside_what_others_have(servers: PrivateServers, tmp_path: Path) -> None:
    code, _, errors = run(servers, "first", tmp_path / "a", "flask", "--app", "wsgi", "db", "upgrade")
    assert code == 0, errors
    with administer(servers, "first") as link:
        link.execute(MESSAGE)
        link.execute('CREATE TABLE public."somebody\'s ""own""" (words text)')  # which the owner cannot read
    (tmp_path / "backup").mkdir(mode=0o755)
    with watching_commands() as commands:
        assert run(servers, "first", tmp_path / "a", "config.backup.save", tmp_path / "backup")[::2] == (0, "")
        restored = run(servers, "second", tmp_path / "b", "config.backup.restore", tmp_path / "backup")
        assert restored[::2] == (0, "")
        again = run(servers, "second", tmp_path / "b", "config.backup.restore", tmp_path / "backup")
        assert again[0] == 1
        assert "there is an installation here already" in again[2]
        replaced = run(servers, "second", tmp_path / "b", "config.backup.restore", tmp_path / "backup", "--replace")
        assert replaced[::2] == (0, "")
    assert {Path(command.split(" ")[0]).name for command in commands} == {"pg_dump", "pg_restore"}
    secret = conninfo_to_dict(make_owner_url(servers, "first"))["password"]
    assert secret == PASSWORD
    assert [command for command in commands if "password/of" in command or "password%2Fof" in command] == []
    assert read(servers, "second", "SELECT text FROM message") == ["no water in ward four"]
    assert read(servers, "second", "SELECT words FROM others.note") == ["kept"]
    assert read(servers, "second", "SELECT extname FROM pg_extension WHERE extname IN ('hstore', 'postgis')") != []
    assert read(servers, "second", "SELECT to_regclass('others.shape')::text") == ["others.shape"]
    assert read(servers, "second", "SELECT count(*) FROM pg_tables WHERE tablename ~ 'own'") == [0]
    check_closed(tmp_path / "backup")


def check_closed(backup: Path) -> None:
    """Nobody but the owner of a backup can read anything of it, also where its folder was there before."""
    assert [path for path in (backup, *backup.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_a_table_that_is_not_ours_is_never_dropped(servers: PrivateServers, tmp_path: Path) -> None:
    with psycopg.connect(make_owner_url(servers, "first"), autocommit=True) as link:
        link.execute("CREATE TABLE public.harvest (kilos int)")
    assert run(servers, "first", tmp_path / "a", "config.backup.save", tmp_path / "backup")[::2] == (0, "")
    refused = run(servers, "first", tmp_path / "a", "config.backup.restore", tmp_path / "backup", "--replace")
    assert refused[0] == 1
    assert "not Baraza's; move it to a schema of its own" in refused[2]
    assert len(refused[2].splitlines()) == 1
    assert read(servers, "first", "SELECT text FROM message") == ["no water in ward four"]

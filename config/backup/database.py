"""The database in a backup: what in it is Baraza's, how it is found, dumped, emptied and filled.

A database may hold more than Baraza: other schemas, extensions, tables of another account. None of that is saved,
changed or removed. PostgreSQL's programs get the connection by their environment: on a command line, other accounts of
the machine could read the password.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from config.backup.errors import BackupError
from config.database_roles import APP, PUBLIC
from config.local.embedded_servers import PrivateServers
from config.settings import Settings

_CHUNK = 1 << 20
_SCHEMA = "--schema=public"
_EXTENSIONS = ("CREATE EXTENSION IF NOT EXISTS postgis", "CREATE EXTENSION IF NOT EXISTS pg_trgm")
_EXTENSIONS_TABLE = (
    " spatial_ref_sys "  # PostGIS's own; who made the extension owns it, and alone can grant rights on it
)
_HAS_ROLE = "SELECT FROM pg_roles WHERE rolname = %s"
_MAKE_ROLE = {APP: "CREATE ROLE baraza_app LOGIN", PUBLIC: "CREATE ROLE baraza_public LOGIN"}
# Tables and views in our schema that no extension made. Each of ours has a grant to web and worker or to the public
# pages, except the two that the migrations keep for themselves.
_RELATIONS = """
    SELECT relname, relkind, relname IN ('alembic_version', 'database_grant') OR (
        pg_has_role(current_user, relowner, 'USAGE') AND EXISTS (
            SELECT FROM aclexplode(relacl) AS given JOIN pg_roles ON pg_roles.oid = given.grantee
            WHERE rolname IN ('baraza_app', 'baraza_public'))) AS is_ours
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend
                    WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
    ORDER BY relname
"""
# Without CASCADE: what somebody else built on our tables stops the restore, with PostgreSQL's reason.
_EMPTY = """
    DO $$
    DECLARE
        names text;
    BEGIN
        SELECT string_agg(format('DROP POLICY %I ON public.%I', polname, relname), '; ') INTO names
        FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
        WHERE relnamespace = 'public'::regnamespace AND pg_has_role(current_user, relowner, 'USAGE');
        IF names IS NOT NULL THEN EXECUTE names; END IF;  -- they refer to a view
        SELECT string_agg(format('public.%I', relname), ', ') INTO names FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' AND pg_has_role(current_user, relowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_depend
                        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e');
        IF names IS NOT NULL THEN EXECUTE 'DROP VIEW ' || names; END IF;
        SELECT string_agg(format('public.%I', relname), ', ') INTO names FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND pg_has_role(current_user, relowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_depend
                        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e');
        IF names IS NOT NULL THEN EXECUTE 'DROP TABLE ' || names; END IF;
        SELECT string_agg(pg_proc.oid::regprocedure::text, ', ') INTO names FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND pg_has_role(current_user, proowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_depend
                        WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e');
        IF names IS NOT NULL THEN EXECUTE 'DROP FUNCTION ' || names; END IF;
    END $$
"""


@contextmanager
def open_database_for(settings: Settings) -> Iterator[str]:
    """Yield the database's URL for libpq. The private server is started if it does not run, and stopped again."""
    if settings.database_url is not None:
        yield settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        return
    servers = PrivateServers(settings.var)
    was_running = servers.is_running()
    servers.start()
    try:
        yield servers.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    finally:
        if not was_running:
            servers.stop()


def make_environment(url: str) -> dict[str, str]:
    """Return the environment by which PostgreSQL's programs find the database."""
    options = {option.envvar: option.val for option in Conninfo.parse(url.encode()) if option.envvar and option.val}
    return {**os.environ, **{name.decode(): value.decode() for name, value in options.items()}}


def find_program(name: str, version: str | None = None) -> str:
    """Find one of PostgreSQL's client programs, of a major version or the newest installed. Raises BackupError."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"{version or '*'}/bin/{name}"), key=lambda p: int(p.parts[-3]))
    program = str(found[-1]) if found else shutil.which(name)
    if program is None:
        raise BackupError(f"{name} is not installed: apt-get install postgresql-client")
    return program


def dump_database(url: str, snapshot: str, stream: IO[bytes], settings: Settings) -> None:
    """Write what is Baraza's in the database, as of an exported snapshot. Raises BackupError or psycopg.Error."""
    version = None if settings.database_url else _version_of(settings)
    command = [find_program("pg_dump", version), "--format=custom", "--no-password", f"--snapshot={snapshot}", _SCHEMA]
    for name in list_others(url):
        quoted = name.replace('"', '""')
        command.append(f'--exclude-table=public."{quoted}"')
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=make_environment(url)
    ) as dump:
        assert dump.stdout is not None  # noqa: S101  # pipes were asked for
        assert dump.stderr is not None  # noqa: S101
        while chunk := dump.stdout.read(_CHUNK):
            stream.write(chunk)
        said = dump.stderr.read().decode(errors="replace").strip().splitlines()
        if dump.wait() != 0:
            raise BackupError(said[0] if said else "pg_dump failed")


def list_others(url: str) -> list[str]:
    """List the tables and views in our schema that are not Baraza's. Raises psycopg.Error."""
    return [name for name, _, is_ours in _list_relations(url) if not is_ours]


def has_tables(url: str) -> bool:
    """Tell whether an installation of Baraza is in the database. Raises psycopg.Error."""
    return any(is_ours for _, _, is_ours in _list_relations(url))


def fill_database(url: str, dump: Path) -> None:
    """Remove what is Baraza's and restore the dump. Raises BackupError or psycopg.Error.

    The dump is restored in one transaction: where it fails, the database is left empty.
    """
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(_EMPTY)
        for statement in _EXTENSIONS:
            connection.execute(statement)
        for role, statement in _MAKE_ROLE.items():  # before the dump, whose grants refer to them
            if connection.execute(_HAS_ROLE, [role]).fetchone() is None:
                connection.execute(statement)
    environment = make_environment(url)
    program = find_program("pg_restore")
    listed = run_program([program, "--list", str(dump)], environment)
    chosen = dump.with_suffix(".list")
    chosen.write_text("".join(f"{line}\n" for line in listed.splitlines() if _EXTENSIONS_TABLE not in line))
    # The name of the database alone: the rest, with the password, stands in the environment. Rights in the catalogue
    # and those of the schema are none of `public`'s content; the upgrade that follows sets them.
    name = make_conninfo("", dbname=str(conninfo_to_dict(url).get("dbname") or ""))
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-password", _SCHEMA, f"--dbname={name}"]
    run_program([program, *options, f"--use-list={chosen}", str(dump)], environment)
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("ANALYZE")


def run_program(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a program and return what it prints. Raises BackupError with the first line of its error."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise BackupError(said[0] if said else f"{Path(command[0]).name} failed")
    return done.stdout


def _list_relations(url: str) -> list[tuple[str, str, bool]]:
    with psycopg.connect(url, connect_timeout=10) as connection:
        return list(connection.execute(_RELATIONS).fetchall())


def _version_of(settings: Settings) -> str:
    return (PrivateServers(settings.var).home / "postgres" / "PG_VERSION").read_text().strip()

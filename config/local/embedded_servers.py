"""The embedded servers: a private PostgreSQL and Redis under `var/`, run from the distribution's packages by default.

Both listen on unix sockets only, run as an ordinary user (never as root) and keep their data between runs. If that user
may not enter the folder of `var/` (a checkout in root's home), the data is in a folder below /var/lib, and
`var/servers` links to it. If the path of the sockets would be too long, or has characters that a URL cannot contain,
they are in a short folder elsewhere, and `servers/run` links to it.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from config.errors import UserError
from config.local.private_view import find_closed
from config.local.process import end_process, find_pid, wait_until

SERVICE_USER = "baraza"
DATABASE = "baraza"
_SOCKET_PATH_LIMIT = 90  # the kernel allows 107 bytes; PostgreSQL appends /.s.PGSQL.5432 and a lock suffix
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # commas separate hosts, a question mark ends a URL path, and so on
_START_TIMEOUT_S = 60.0
# PostgreSQL quotes values in the message, detail and context of an error, and logs its statement. Only the type of
# an error may be logged, and our own log has it; the server's messages about itself (LOG and above) stay.
_QUIET_LOG = (
    "-c log_min_messages=log -c log_error_verbosity=terse -c log_min_error_statement=panic -c log_statement=none"
    " -c log_min_duration_statement=-1 -c log_parameter_max_length=0 -c log_parameter_max_length_on_error=0"
)


class PrivateServerError(UserError):
    """A private server that cannot be found, created or started; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """A user account of this machine."""

    uid: int
    gid: int
    name: str


class PrivateServers:
    """The two private servers of one `var/` folder; starting or stopping twice does no harm."""

    def __init__(self, var: Path) -> None:
        self.var = var.resolve()
        self._account = find_service_account(self.var / "servers")
        self.home = self._find_home()
        self._sockets = self._find_sockets()
        self._postgres = self.home / "postgres"
        self._redis = self.home / "redis"

    @property
    def account(self) -> SystemAccount:
        """Return the account that runs the servers and owns their data."""
        return self._account

    @property
    def database_url(self) -> str:
        """Return the SQLAlchemy URL of the private PostgreSQL."""
        return self.database_url_of(DATABASE)

    def database_url_of(self, name: str) -> str:
        """Return the SQLAlchemy URL of another database of the same private PostgreSQL."""
        return f"postgresql+psycopg://{SERVICE_USER}@/{name}?host={self._sockets}"

    @property
    def redis_url(self) -> str:
        """Return the URL of the private Redis."""
        return f"unix://{self._sockets}/redis.sock"

    def start(self) -> None:
        """Create what is missing, start what is not running, and return when both answer. Raises PrivateServerError."""
        with self._lock():
            self._make_folders()
            if not self._is_postgres_up():
                self._start_postgres()
            if not self._is_redis_up():
                self._start_redis()

    def stop(self) -> None:
        """Stop both cleanly; connected clients are disconnected."""
        with self._lock():
            for pid, signal_number in ((self.postgres_pid(), signal.SIGINT), (self.redis_pid(), signal.SIGTERM)):
                if pid is not None:
                    end_process(pid, signal_number)

    def is_running(self) -> bool:
        """Tell whether both answer."""
        return self._is_postgres_up() and self._is_redis_up()

    def postgres_pid(self) -> int | None:
        """Return the process id of the private PostgreSQL, or None when it is not running."""
        return find_pid(self._postgres / "postmaster.pid", "postgres")

    def redis_pid(self) -> int | None:
        """Return the process id of the private Redis, or None when it is not running."""
        return find_pid(self._redis / "redis.pid", "redis")

    # -- paths

    def _find_home(self) -> Path:
        link = self.var / "servers"
        if link.is_symlink():
            return link.resolve()
        if self._account.uid == os.geteuid() or self._reaches(self.var):
            return link
        # Linked at once, since the address must be known before the first start. The name is random: whoever removes
        # `var/` starts with new data, which fits the new secrets.
        self.var.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link.symlink_to(Path("/var/lib/baraza") / secrets.token_hex(6))
        return link.resolve()

    def _reaches(self, folder: Path) -> bool:
        return find_closed(folder, self._account.uid, self._account.gid) is None

    def _find_sockets(self) -> Path:
        folder = self.home / "run"
        if folder.is_symlink():
            return folder.readlink()
        if len(os.fsencode(folder)) <= _SOCKET_PATH_LIMIT and _PLAIN_PATH.fullmatch(str(folder)):
            return folder
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        places = ("/run", f"/run/user/{os.geteuid()}", tempfile.gettempdir())
        return next(Path(place) for place in places if os.access(place, os.W_OK)) / f"baraza-{name}"

    def _make_folders(self) -> None:
        for folder in (self.home, self._postgres, self._redis, self._sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.geteuid() == 0:
                os.chown(folder, self._account.uid, self._account.gid)
            if folder.is_symlink() or folder.stat().st_uid != self._account.uid:
                # In a world-writable folder another account may have created it first.
                raise PrivateServerError(f"{folder} does not belong to the account {self._account.name}")
            folder.chmod(0o700)
        for link, target in ((self.var / "servers", self.home), (self.home / "run", self._sockets)):
            if target != link and not link.is_symlink():
                link.symlink_to(target)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Lock the folder, so that two commands started together do not both create the cluster.

        Raises PrivateServerError.
        """
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            with (self.var / "servers.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except PermissionError as error:
            raise PrivateServerError(
                f"{error.filename or self.var}: {error.strerror}; was it made by another account?"
            ) from error

    # -- PostgreSQL

    def _start_postgres(self) -> None:
        version = self._postgres / "PG_VERSION"
        programs = find_postgres_programs(version.read_text().strip() if version.exists() else None)
        if not version.exists():
            self._make_cluster(programs)
        options = (
            f"-k {shlex.quote(str(self._sockets))} -c listen_addresses= -c unix_socket_permissions=0700"
            " -c shared_buffers=128MB -c max_connections=200 -c max_wal_size=1GB -c jit=off -c random_page_cost=1.1"
            f" {_preload_postgis(programs)} {_QUIET_LOG}"
        )
        start = [str(programs / "pg_ctl"), "-D", str(self._postgres), "-l", str(self.home / "postgres.log"), "-w"]
        # A killed postmaster leaves children that end a moment later; until then a new one refuses to start.
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._is_postgres_up():
            try:
                self._run([*start, "-o", options, "start"])
            except PrivateServerError as error:
                if time.monotonic() > deadline:
                    raise PrivateServerError(f"{error}; see {self.home / 'postgres.log'}") from error
                time.sleep(0.1)
        self._make_database()

    def _make_cluster(self, programs: Path) -> None:
        """Create the cluster in a temporary folder and rename it when complete.

        So a cluster whose creation was interrupted is created again.
        """
        partial = self.home / "postgres.partial"
        shutil.rmtree(partial, ignore_errors=True)
        self._run(
            [
                str(programs / "initdb"), "--pgdata", str(partial), "--username", SERVICE_USER,
                "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums",
            ]
        )  # fmt: skip
        self._postgres.rmdir()
        partial.rename(self._postgres)

    def _make_database(self) -> None:
        with psycopg.connect(host=str(self._sockets), user=SERVICE_USER, dbname="postgres", autocommit=True) as link:
            if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                link.execute(f'CREATE DATABASE "{DATABASE}"')

    def _is_postgres_up(self) -> bool:
        try:
            psycopg.connect(host=str(self._sockets), user=SERVICE_USER, dbname="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    # -- Redis

    def _start_redis(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise PrivateServerError("redis-server is not installed: apt-get install redis-server, or set REDIS_URL")
        self._run(
            [
                program, "--port", "0", "--unixsocket", str(self._sockets / "redis.sock"), "--unixsocketperm", "700",
                "--dir", str(self._redis), "--pidfile", str(self._redis / "redis.pid"), "--daemonize", "yes",
                "--logfile", str(self.home / "redis.log"),
                "--maxmemory-policy", "noeviction", "--save", "60", "1",
            ]
        )  # fmt: skip
        if not wait_until(self._is_redis_up, _START_TIMEOUT_S):
            raise PrivateServerError(f"the private Redis does not start; see {self.home / 'redis.log'}")

    def _is_redis_up(self) -> bool:
        client = redis.Redis.from_url(self.redis_url, socket_connect_timeout=2, socket_timeout=2)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()

    # -- processes

    def _run(self, command: list[str]) -> None:
        # Output to a file and not to a pipe, which a server in the background would hold open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home,
                start_new_session=True,  # so that Ctrl-C in a terminal does not reach a server
                check=False,
                **self._as_service_user(),
            )
            output.seek(0)
            last = output.read().strip().splitlines()[-1:] or ["no output"]
        if done.returncode != 0:
            raise PrivateServerError(f"{Path(command[0]).name} failed: {last[0]}")

    def _as_service_user(self) -> dict[str, Any]:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": str(self.home)}
        if os.geteuid() != 0:
            return {"env": environment}
        return {"env": environment, "user": self._account.uid, "group": self._account.gid, "extra_groups": []}


def find_postgres_programs(version: str | None = None) -> Path:
    """Find the folder of PostgreSQL's programs, of a major version or the newest installed.

    Raises PrivateServerError.
    """
    found = sorted(Path("/usr/lib/postgresql").glob(f"{version or '*'}/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    if version is not None:
        raise PrivateServerError(f"the data was made by PostgreSQL {version}: apt-get install postgresql-{version}")
    program = shutil.which("initdb")
    if program is None:
        raise PrivateServerError("PostgreSQL is not installed: apt-get install postgresql postgis, or set DATABASE_URL")
    return Path(program).resolve().parent


def _preload_postgis(programs: Path) -> str:
    """Return the option to load PostGIS once with the server: each connection would spend 12 ms on it at first use."""
    is_there = (programs.parent / "lib" / "postgis-3.so").exists()
    return "-c shared_preload_libraries=postgis-3" if is_there else ""


def find_service_account(home: Path) -> SystemAccount:
    """Return our own account; as root the owner of existing data, else the account `baraza`, else PostgreSQL's."""
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()))
    if home.exists() and home.stat().st_uid != 0:
        return _account(pwd.getpwuid(home.stat().st_uid))
    for name in (SERVICE_USER, "postgres"):
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise PrivateServerError("as root the private servers need an account of their own: useradd --system baraza")


def _account(entry: pwd.struct_passwd) -> SystemAccount:
    return SystemAccount(entry.pw_uid, entry.pw_gid, entry.pw_name)

"""Web and public sign in as themselves: injected SQL cannot become more, and rights survive a restore without them."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from config.database_roles import APP, PUBLIC, derive_password
from config.local.embedded_servers import PrivateServers
from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.db import Role, open_database, sign_in_as
from reporting.grants import NOTE, is_usable
from reporting.startup.prepare import prepare
from tests.child import stopping_servers
from tests.conftest import AUTH_TOKEN
from tests.gateway import sign, twilio_form

_RELOADED_WITHIN_S = 120.0
_GRANTS = f"SELECT statement FROM {NOTE} ORDER BY 1"
_BECOME_MORE = ("RESET ROLE", "SET ROLE NONE", "RESET SESSION AUTHORIZATION", "DISCARD ALL")
_LEAD_ELSEWHERE = ("SET ROLE baraza", "SET SESSION AUTHORIZATION baraza", "SET ROLE baraza_app")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateServers]:
    """A cluster of its own: roles belong to a whole cluster, and others must not miss theirs."""
    servers = PrivateServers(tmp_path_factory.mktemp("cluster"))
    with stopping_servers(servers.var):
        servers.start()
        yield servers
    shutil.rmtree(servers.home, ignore_errors=True)


@pytest.fixture
def installed(cluster: PrivateServers, settings: Settings) -> Iterator[Program]:
    """An installation for people on that cluster, prepared as a start does it."""
    program = Program(replace(settings, is_development=False), cluster.database_url, cluster.redis_url)
    prepare(create_app(program), program)
    yield program
    program.close()
    owner = psycopg.connect(cluster.database_url_of("postgres").replace("+psycopg", ""), autocommit=True)
    with owner:
        owner.execute("DROP DATABASE baraza WITH (FORCE)")
        owner.execute("CREATE DATABASE baraza")


def inject(program: Program, role: Role, *statements: str) -> object:
    """What somebody gets whose text ends up as SQL: the last statement's first value."""
    database = {Role.APP: program.app, Role.PUBLIC: program.public}[role]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements[:-1]:
            connection.exec_driver_sql(statement)
        return connection.exec_driver_sql(statements[-1]).scalar()


@pytest.mark.parametrize("first", _BECOME_MORE)
def test_public_pages_can_read_no_message_whatever_is_injected(program: Program, first: str) -> None:
    with pytest.raises(ProgrammingError) as refused:
        inject(program, Role.PUBLIC, first, "SELECT count(*) FROM message")
    assert isinstance(refused.value.orig, InsufficientPrivilege)
    assert inject(program, Role.PUBLIC, first, "SELECT session_user") == PUBLIC


@pytest.mark.parametrize("first", _BECOME_MORE)
@pytest.mark.parametrize(
    "second", ["DELETE FROM decision", "UPDATE access_log SET account_id = 1", "DROP TABLE release"]
)
def test_web_and_worker_cannot_change_what_is_appended_whatever_is_injected(
    program: Program, first: str, second: str
) -> None:
    with pytest.raises(ProgrammingError) as refused:
        inject(program, Role.APP, first, second)
    assert isinstance(refused.value.orig, InsufficientPrivilege)


@pytest.mark.parametrize("role", [Role.APP, Role.PUBLIC])
@pytest.mark.parametrize("statement", _LEAD_ELSEWHERE)
def test_no_account_becomes_another(program: Program, role: Role, statement: str) -> None:
    if statement.endswith(role.value):
        return
    with pytest.raises(ProgrammingError) as refused:
        inject(program, role, statement)
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_the_webhook_signs_in_as_web_and_not_as_the_owner(program: Program) -> None:
    with program.intake.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT session_user").scalar() == APP


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT reltuples FROM pg_class WHERE relname = 'message'",
        "SELECT n_live_tup FROM pg_stat_all_tables WHERE relname = 'report'",
        "SELECT n_tup_ins FROM pg_stat_user_tables",
        "SELECT pg_relation_size('message')",
        "SELECT pg_total_relation_size('report')",
        "SELECT tup_inserted FROM pg_stat_database",
        "SELECT last_value FROM message_id_seq",
        "SELECT query FROM pg_stat_activity",
        "SELECT pg_current_wal_lsn()",
    ],
)
def test_public_pages_do_not_see_how_many_messages_there_are(program: Program, statement: str) -> None:
    with pytest.raises(ProgrammingError) as refused:
        inject(program, Role.PUBLIC, statement)
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def forget_roles(cluster: PrivateServers) -> None:
    """What a new machine knows of the roles of the old one. What a restore does with grants to them is to fail."""
    with psycopg.connect(cluster.database_url.replace("+psycopg", ""), autocommit=True) as owner:
        for role in (APP, PUBLIC):
            owner.execute(f"DROP OWNED BY {role}")
            owner.execute(f"DROP ROLE {role}")
        owner.execute("GRANT EXECUTE ON FUNCTION erase_decisions(bigint) TO PUBLIC")  # as it is with a new function


def test_rights_that_a_restore_lost_are_given_back_at_the_start(
    installed: Program, cluster: PrivateServers, app: Flask
) -> None:
    owner = cluster.database_url.replace("+psycopg", "")
    with psycopg.connect(owner) as link:
        before = link.execute(_GRANTS).fetchall()
    installed.close()
    assert is_usable(sign_in_as(cluster.database_url, Role.APP))
    forget_roles(cluster)
    assert not is_usable(sign_in_as(cluster.database_url, Role.APP))
    again = Program(installed.settings, installed.database_url, installed.redis_url)
    web = create_app(again)
    prepare(web, again)
    with psycopg.connect(owner) as link:
        assert link.execute(_GRANTS).fetchall() == before
        assert link.execute("SELECT has_function_privilege('baraza_public', 'erase_decisions(bigint)', 'EXECUTE')").fetchone() == (False,)  # fmt: skip # noqa: E501
    form = twilio_form("no water in ward 4")
    headers = sign("http://localhost/channels/twilio/sms", form, AUTH_TOKEN)
    assert web.test_client().post("/channels/twilio/sms", data=form, headers=headers).status_code == 200
    again.close()
    assert app


def _wait_until_trusted(cluster: PrivateServers) -> None:
    """Wait until the server has read its rules again: it answers to the request for it before it does."""
    deadline = time.monotonic() + _RELOADED_WITHIN_S
    while True:
        try:
            psycopg.connect(cluster.database_url.replace("+psycopg", "")).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def test_with_a_password_for_the_owner_each_account_has_its_own(
    cluster: PrivateServers, installed: Program, settings: Settings
) -> None:
    """As a PostgreSQL that asks for passwords has it; two starts and a new password of the owner lock nobody out."""
    installed.close()
    url = make_url(cluster.database_url)
    rules = cluster.home / "postgres" / "pg_hba.conf"
    before = rules.read_text()
    for password in ("first:/@password", "second"):
        rules.write_text(before)
        with psycopg.connect(cluster.database_url.replace("+psycopg", ""), autocommit=True) as owner:
            owner.execute("SELECT pg_reload_conf()")
        with psycopg.connect(cluster.database_url.replace("+psycopg", ""), autocommit=True) as owner:
            owner.execute(f"ALTER ROLE baraza PASSWORD '{password}'")
            rules.write_text("local all all scram-sha-256\n")
            owner.execute("SELECT pg_reload_conf()")
        try:
            signed = url._replace(password=password).render_as_string(hide_password=False)
            for _ in range(2):
                program = Program(replace(settings, is_development=False), signed, cluster.redis_url)
                prepare(create_app(program), program)
                assert inject(program, Role.APP, "SELECT session_user") == APP
                assert inject(program, Role.PUBLIC, "SELECT session_user") == PUBLIC
                program.close()
            assert is_usable(sign_in_as(signed, Role.APP))
            stranger = open_database(url._replace(password="guessed", username=APP).render_as_string(False), Role.GIVEN)
            with pytest.raises(Exception, match="password"), stranger.begin():
                pass
        finally:
            rules.write_text(before)
            with psycopg.connect(signed.replace("+psycopg", ""), autocommit=True) as owner:
                owner.execute("SELECT pg_reload_conf()")
            _wait_until_trusted(cluster)


def test_passwords_differ_by_role_and_owner_and_say_nothing_of_the_owners() -> None:
    made = {derive_password(owner, role) for owner in ("one", "other") for role in (APP, PUBLIC)}
    assert len(made) == 4
    assert all(password and len(password) == 43 and "one" not in password for password in made)
    assert derive_password(None, APP) is None


def test_the_replica_is_read_with_the_password_of_the_first() -> None:
    signed = sign_in_as("postgresql+psycopg://x:other@replica/db", Role.PUBLIC, "postgresql+psycopg://b:one@first/db")
    assert make_url(signed).username == PUBLIC
    assert make_url(signed).password == derive_password("one", PUBLIC)


def test_an_account_that_cannot_sign_in_stops_the_start_in_one_line(program: Program, tmp_path: Path) -> None:
    given = sign_in_as(program.database_url, Role.APP).replace("baraza_app", "nobody_of_that_name")
    broken = Program(replace(program.settings, database_app_url=given, var=tmp_path), program.database_url, "")
    done = create_app(broken).test_cli_runner().invoke(args=["db", "upgrade"])
    assert done.exit_code == 1
    assert "baraza_app cannot sign in" in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_accounts_of_an_older_version_may_sign_in_after_the_update(cluster: PrivateServers, installed: Program) -> None:
    installed.close()
    with psycopg.connect(cluster.database_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("ALTER ROLE baraza_app NOLOGIN")
    again = Program(installed.settings, installed.database_url, installed.redis_url)
    prepare(create_app(again), again)
    with again.app.begin() as connection:
        assert connection.execute(text("SELECT session_user")).scalar() == APP
    again.close()

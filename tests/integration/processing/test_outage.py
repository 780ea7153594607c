"""What the database cannot do now is no message's fault: nothing is lost, nothing done twice, nothing set aside."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from channels.base.items import InboundMessage
from config.local.embedded_servers import PrivateServers
from config.settings import Settings
from reporting.bootstrap import Program
from reporting.db import is_outage
from reporting.inbox.store import Intake, StoreUnavailable
from reporting.inbox.work_queue import MAX_CRASHES
from reporting.processing import worker as draining
from reporting.processing.worker import drain
from reporting.schema import upgrade_schema
from tests.child import run_child, stopping_servers
from tests.conftest import LINE, add_campaign
from tests.own_loop import run_apart

_TIMES = MAX_CRASHES + 3  # more than a message survives that kills its worker
_MESSAGES = 12


def _store(program: Program, count: int = _MESSAGES, words: str = "no water in ward") -> None:
    for number in range(count):
        sender = f"+97798{len(words) % 100:02d}{number:06d}"  # nobody's answer to what others were asked
        program.intake.accept("twilio", InboundMessage(f"SM-{words[:5]}-{number}", sender, LINE, f"{words} {number}"))


def _list_states(program: Program) -> list[str]:
    with program.owner.begin() as connection:
        return list(connection.execute(text("SELECT state FROM message WHERE direction = 'in' ORDER BY id")).scalars())


def _count(program: Program, statement: str) -> int:
    with program.owner.begin() as connection:
        return int(connection.execute(text(statement)).scalar_one())


def _fail(program: Program, times: int = _TIMES) -> None:
    """Work while the trouble lasts: every time it ends with the outage."""
    for _ in range(times):
        with pytest.raises(DBAPIError) as raised:
            drain(program.app, program.pipeline)
        assert is_outage(raised.value)


def _check_all_done(program: Program, count: int = _MESSAGES) -> None:
    drain(program.app, program.pipeline, is_patient=False)
    assert _list_states(program) == ["processed"] * count
    assert _count(program, "SELECT count(*) FROM report") == count
    assert _count(program, "SELECT count(DISTINCT message_id) FROM report") == count
    assert _count(program, "SELECT count(*) FROM processing_attempt") == 0
    assert _count(program, "SELECT count(*) FROM message WHERE attempts > 0") == 0


OUTAGES = (
    *("08006", "40001", "40P01", "53100", "53200", "53300", "55P03"),
    *("57014", "57P01", "57P03", "58030", "25006", "XX000", "42501"),
)


@pytest.mark.parametrize("code", OUTAGES)
def test_what_the_surroundings_do_is_an_outage(code: str) -> None:
    assert is_outage(psycopg.errors.lookup(code)())


@pytest.mark.parametrize("code", ["22001", "22003", "22021", "22P02", "23505", "23514", "54000", "42601"])
def test_what_a_message_does_is_none(code: str) -> None:
    assert not is_outage(psycopg.errors.lookup(code)())


def test_no_connection_is_an_outage_and_a_wrong_value_is_none() -> None:
    assert is_outage(psycopg.OperationalError("connection refused"))
    assert is_outage(psycopg.InterfaceError("the connection is closed"))
    assert not is_outage(psycopg.DataError("PostgreSQL text fields cannot contain NUL"))
    assert not is_outage(ValueError("x"))


@pytest.mark.usefixtures("campaign")
def test_a_locked_table_sets_nothing_aside(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "LOCK_LIMIT", "50ms")
    _store(program)
    for table in ("report", "message"):
        with program.owner.begin() as other:
            other.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            _fail(program)
        assert set(_list_states(program)) == {"received"}
    _check_all_done(program)


@pytest.mark.usefixtures("campaign")
def test_a_read_only_database_sets_nothing_aside(program: Program) -> None:
    _store(program)
    name = program.owner.engine.url.database

    def switch(state: str) -> None:
        with program.owner.look() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {state}'))
        program.app.close()

    switch("on")
    program.intake.engine.dispose()
    program.intake._kept.clear()
    _fail(program)
    with pytest.raises(StoreUnavailable):
        _make_impatient(program).accept("twilio", InboundMessage("SM-late", "+9779800099999", LINE, "no water"))
    switch("off")
    _check_all_done(program)


def _make_impatient(program: Program) -> Intake:
    return Intake(program.intake.engine, program.pseudonyms, patience_s=0.1)


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("code", ["54000", "23514"])
def test_what_a_row_does_turns_no_other_of_its_group_down(program: Program, code: str) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.text LIKE 'heavy%' THEN"
                f" RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse()")
        )
    intake = program.intake

    async def bring_all() -> list[object]:
        words = [*(f"no water {number}" for number in range(9)), "heavy words"]
        told: list[object] = []
        for turn in ("thread", "loop"):
            messages = [InboundMessage(f"{turn}-{text}", "+9779800000001", LINE, text) for text in words]
            brought = [intake.accept_async("twilio", message) for message in messages]
            told += await asyncio.gather(*brought, return_exceptions=True)
            while intake._loop._link is None:
                await asyncio.sleep(0.01)
        return told

    told = run_apart(bring_all())
    assert [isinstance(each, StoreUnavailable) for each in told] == [*[False] * 9, True] * 2
    assert _count(program, "SELECT count(*) FROM message") == 18


@pytest.mark.usefixtures("campaign")
def test_a_statement_that_is_cut_off_for_one_message_lets_the_others_go_on(program: Program) -> None:
    _store(program, 3)
    _store(program, 1, "heavy words")
    _store(program, 3, "road blocked")
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.text LIKE 'heavy%' THEN"
                " RAISE EXCEPTION 'canceling statement' USING ERRCODE = '57014'; END IF; RETURN NEW; END $$"
            )
        )
        connection.execute(text("CREATE TRIGGER cut BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION cut()"))
    for _ in range(_TIMES):
        with suppress(DBAPIError):  # once it is alone, nobody knows that it is the message
            drain(program.app, program.pipeline)
        with program.owner.begin() as connection:
            connection.execute(text("UPDATE message SET retry_at = NULL WHERE state = 'received'"))
    assert _list_states(program) == ["processed"] * 3 + ["received"] + ["processed"] * 3
    with program.owner.begin() as connection:
        connection.execute(text("DROP TRIGGER cut ON report"))
    _check_all_done(program, 7)


@pytest.mark.usefixtures("campaign")
def test_a_deadlock_is_tried_again_and_counts_against_nobody(program: Program) -> None:
    _store(program, 3)
    with program.owner.begin() as connection:
        connection.execute(text("CREATE SEQUENCE fails"))
        connection.execute(text("GRANT ALL ON SEQUENCE fails TO baraza_app"))
        connection.execute(
            text(
                "CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('fails') < 4 THEN"
                " RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$"
            )
        )
        connection.execute(text("CREATE TRIGGER clash BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION clash()"))
    _fail(program, 1)
    _check_all_done(program, 3)


@pytest.fixture
def small_disk(tmp_path: Path, settings: Settings, redis_url: str) -> Iterator[tuple[Program, PrivateServers]]:
    """A program whose PostgreSQL has a disk of its own, and its servers, in whose home the disk is."""
    servers = PrivateServers(tmp_path / "var")
    servers.home.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(servers.home)]
    if os.geteuid() != 0 or shutil.which("mount") is None or run_child(mount, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here: only root may, and not everywhere")
    with stopping_servers(servers.var):
        try:
            servers.start()
            program = Program(settings, servers.database_url, redis_url)
            with program.owner.begin() as connection:
                upgrade_schema(connection)
            with program.owner.begin() as connection:
                add_campaign(connection)
            yield program, servers
            program.close()
        finally:
            servers.stop()
            run_child(["umount", "-l", str(servers.home)])


def _fill(program: Program, servers: PrivateServers) -> Path:
    """Fill the disk, and what room PostgreSQL has within its files."""
    with program.owner.begin() as connection:
        connection.execute(text("CREATE TABLE junk (words text)"))
    ballast = servers.home / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65_536)
    padding = text(
        "INSERT INTO junk SELECT string_agg(md5(random()::text), '')"
        " FROM generate_series(1, :size), generate_series(1, 50) AS row GROUP BY row"
    )
    for size in (200, 20, 1):
        with suppress(DBAPIError), program.owner.look() as connection:
            for _ in range(5_000):
                connection.execute(padding, {"size": size})
    return ballast


@pytest.mark.slow
def test_a_full_disk_sets_nothing_aside(small_disk: tuple[Program, PrivateServers]) -> None:
    program, servers = small_disk
    _store(program)
    ballast = _fill(program, servers)
    outages = 0
    for _ in range(2 * _TIMES):
        with suppress(DBAPIError):
            drain(program.app, program.pipeline)
            continue
        outages += 1
    ballast.unlink()
    servers.start()  # as the keeper does: a PostgreSQL that could not write its log has stopped
    assert outages > MAX_CRASHES
    _check_all_done(program)

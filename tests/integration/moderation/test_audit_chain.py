"""The audit chain: what somebody changes in the logs behind the program's back is found out, and what may go goes."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from reporting.bootstrap import Program
from reporting.crypto.audit_key import derive_audit_key
from reporting.moderation import decisions
from reporting.moderation.access_log import record_access
from reporting.moderation.audit_chain import AuditBroken, ChainHead, append_to_chain, verify_chain
from reporting.privacy.erasure import erase_reports
from tests.factories.moderation import Desk, make_desk

KEY = derive_audit_key("a-pepper-of-the-tests")


@pytest.fixture
def desk(connection: Connection) -> Desk:
    """Three decisions and two accesses."""
    made = make_desk(connection)
    ama = made.add_person("ama")
    reports = [made.add_report() for _ in range(3)]
    for report in reports:
        decisions.approve(connection, report, ama)
    record_access(connection, ama, reports[:2])
    return made


def tamper(connection: Connection, statement: str) -> None:
    """Change something as the owner of the tables, who can switch triggers off."""
    connection.execute(text("RESET ROLE"))
    for table in ("decision", "access_log", "audit_chain"):
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    assert connection.execute(text(statement)).rowcount > 0


def verify(desk: Desk, noted: ChainHead | None = None) -> None:
    verify_chain(desk.connection, KEY, noted)


def test_a_chain_over_both_logs_holds_and_goes_on(desk: Desk) -> None:
    first = append_to_chain(desk.connection, KEY)
    assert first is not None
    assert first.position == 5
    assert append_to_chain(desk.connection, KEY) is None
    decisions.approve(desk.connection, desk.add_report(), desk.add_person("kofi"))
    last = append_to_chain(desk.connection, KEY)
    report = verify_chain(desk.connection, KEY, first)
    assert report.rows == {"decision": 4, "access_log": 2}
    assert report.head == last
    assert (report.reduced, report.deleted) == (0, 0)


FIRST, LAST = "(SELECT min(id) FROM decision)", "(SELECT max(id) FROM access_log)"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (f"UPDATE decision SET kind = 'reject' WHERE id = {FIRST}", "decision {first} was changed"),
        (f"UPDATE decision SET account_id = NULL WHERE id = {FIRST}", "decision {first} was changed"),
        (f"UPDATE decision SET decided_at = now() - interval '1 h' WHERE id = {FIRST}", "decision {first} was changed"),
        (f"UPDATE decision SET reason = 'spam' WHERE id = {FIRST}", "reason or the changes of decision {first}"),
        (f"UPDATE decision SET after = jsonb_build_object('a', 1) WHERE id = {FIRST}", "changes of decision {first}"),
        (f"DELETE FROM decision WHERE id = {FIRST}", "decision {first} is gone"),
        (f"UPDATE access_log SET report_id = 1 WHERE id = {LAST}", "access_log {last} was changed"),
        (f"UPDATE access_log SET shows_details = true WHERE id = {LAST}", "access_log {last} was changed"),
        (f"DELETE FROM access_log WHERE id = {LAST}", "access_log {last} is gone"),
        ("UPDATE audit_chain SET row_digest = 'x' WHERE position = 2", "position 2 of the chain was changed"),
        ("UPDATE audit_chain SET campaign_id = NULL WHERE position = 1", "position 1 of the chain was changed"),
        ("DELETE FROM audit_chain WHERE position = 3", "has no position 3"),
    ],
)  # fmt: skip
def test_what_the_owner_changes_is_found_out_with_the_first_row(desk: Desk, statement: str, said: str) -> None:
    append_to_chain(desk.connection, KEY)
    ids = desk.connection.execute(text(f"SELECT {FIRST} AS first, {LAST} AS last")).one()._mapping
    verify(desk)
    tamper(desk.connection, statement)
    with pytest.raises(AuditBroken, match=said.format(**ids)):
        verify(desk)


def test_the_program_itself_cannot_change_the_chain(desk: Desk) -> None:
    append_to_chain(desk.connection, KEY)
    for statement in ("UPDATE audit_chain SET digest = 'x'", "DELETE FROM audit_chain"):
        with pytest.raises(DBAPIError), desk.connection.begin_nested():
            desk.connection.execute(text(statement))
    desk.connection.execute(text("RESET ROLE"))
    with pytest.raises(DBAPIError), desk.connection.begin_nested():
        desk.connection.execute(text("UPDATE audit_chain SET digest = 'x'"))


def test_a_chain_that_is_written_anew_needs_the_key(desk: Desk) -> None:
    append_to_chain(desk.connection, derive_audit_key("a guess"))
    with pytest.raises(AuditBroken, match="position 1"):
        verify(desk)


def test_an_end_that_is_cut_off_is_found_where_it_was_noted(desk: Desk) -> None:
    noted = append_to_chain(desk.connection, KEY)
    tamper(desk.connection, "DELETE FROM audit_chain WHERE position > 3")
    tamper(desk.connection, "DELETE FROM access_log")
    verify(desk)  # nothing else shows it
    with pytest.raises(AuditBroken, match="ends at 3, before the noted 5"):
        verify(desk, noted)
    assert noted is not None
    with pytest.raises(AuditBroken, match="written anew"):
        verify(desk, ChainHead(2, noted.digest))


def test_a_row_that_is_added_afterwards_has_no_link(desk: Desk) -> None:
    append_to_chain(desk.connection, KEY)
    tamper(desk.connection, f"UPDATE decision SET id = id WHERE id = {FIRST}")
    desk.connection.execute(
        text("INSERT INTO access_log (account_id, report_id, looked_at) VALUES (1, 1, now() - interval '2 days')")
    )
    with pytest.raises(AuditBroken, match="has no link"):
        verify(desk)


def test_what_an_erasure_takes_is_no_fault_and_the_rest_stays_bound(desk: Desk) -> None:
    append_to_chain(desk.connection, KEY)
    report = desk.connection.execute(text("SELECT min(report_id) FROM decision")).scalar_one()
    erase_reports(desk.connection, desk.campaign_id, [report])
    assert verify_chain(desk.connection, KEY).reduced == 1
    tamper(desk.connection, f"UPDATE decision SET kind = 'reject' WHERE report_id = {report}")
    with pytest.raises(AuditBroken, match="was changed"):
        verify(desk)


def test_decisions_of_a_deleted_campaign_are_missed_by_nobody(desk: Desk) -> None:
    append_to_chain(desk.connection, KEY)
    desk.connection.execute(text("RESET ROLE"))
    desk.connection.execute(text("DELETE FROM campaign"))
    assert verify_chain(desk.connection, KEY).deleted == 3


@pytest.fixture
def write(program: Program) -> Callable[[int], None]:
    """Writes some accesses, each in a transaction of its own."""

    def run(count: int) -> None:
        for number in range(count):
            with program.app.begin() as connection:
                record_access(connection, number + 1, [1, 2])

    return run


def test_many_who_write_and_chain_at_once_leave_one_whole_chain(program: Program, write: Callable[[int], None]) -> None:
    def chain() -> None:
        for _ in range(20):
            with program.app.begin() as connection:
                append_to_chain(connection, KEY)

    threads = [threading.Thread(target=write, args=(30,)) for _ in range(3)]
    threads += [threading.Thread(target=chain) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain()
    with program.app.begin() as connection:
        assert verify_chain(connection, KEY).rows == {"decision": 0, "access_log": 180}


def test_a_row_that_commits_late_is_chained_late(program: Program) -> None:
    with program.app.begin() as slow:
        record_access(slow, 1, [1])
        with program.app.begin() as quick:
            record_access(quick, 2, [2])
        with program.app.begin() as connection:
            head = append_to_chain(connection, KEY)
            assert head is not None
            assert head.position == 1
    with program.app.begin() as connection:
        append_to_chain(connection, KEY)
        assert verify_chain(connection, KEY).rows["access_log"] == 2
        order = connection.execute(text("SELECT row_id FROM audit_chain ORDER BY position")).scalars().all()
    assert order == sorted(order, reverse=True)

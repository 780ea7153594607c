"""`flask audit verify`: what it prints, and how it ends."""

from flask import Flask
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.moderation.access_log import record_access


def test_it_chains_verifies_and_tells_where_it_does_not_hold(app: Flask, program: Program) -> None:
    runner = app.test_cli_runner()
    assert "head: none" in runner.invoke(args=["audit", "verify"]).output
    with program.app.begin() as connection:
        record_access(connection, 1, [1, 2])
    done = runner.invoke(args=["audit", "verify"])
    assert done.exit_code == 0
    assert "access_log: 2" in done.output
    head = done.output.split("head: ")[1].strip()
    assert head.startswith("2:")
    assert runner.invoke(args=["audit", "verify", "--head", head]).exit_code == 0
    assert runner.invoke(args=["audit", "verify", "--head", "2"]).exit_code == 2
    with program.owner.begin() as connection:
        connection.execute(text("ALTER TABLE access_log DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE access_log SET account_id = 7 WHERE report_id = 2"))
    broken = runner.invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert broken.stderr.strip().endswith("was changed")
    assert len(broken.stderr.strip().splitlines()) == 1

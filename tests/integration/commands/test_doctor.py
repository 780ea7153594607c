"""`flask doctor` finds what is wrong with an installation, a line each, and says so when nothing is."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from config.queues import ALL_QUEUES
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.commands.operate import doctor
from reporting.heartbeat import Heart
from tests.conftest import add_campaign


def examine(program: Program) -> tuple[int, list[str]]:
    result = create_app(program).test_cli_runner().invoke(args=["doctor"])
    return result.exit_code, result.output.splitlines()


@pytest.fixture
def installed(program: Program) -> Program:
    """An installation at work with one campaign."""
    heart = Heart(program.app)
    for queue in ALL_QUEUES:
        heart.beat(queue)
    with program.owner.begin() as connection:
        add_campaign(connection)
    return program


def test_what_a_campaign_lacks_is_said(installed: Program) -> None:
    code, lines = examine(installed)
    assert code == 1
    said = "\n".join(lines)
    for part in ("no gazetteer", "no boundaries", "organisation", "emergency line", "no active account is moderator"):
        assert part in said
    assert all(len(line) < 160 for line in lines)


def test_a_database_that_is_away_is_one_line_and_no_traceback(installed: Program) -> None:
    away = Program(
        installed.settings, "postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1", installed.redis_url
    )
    code, lines = examine(away)
    assert code == 1
    assert sum("database does not answer" in line for line in lines) == 1
    assert not any("Traceback" in line for line in lines)
    away.close()


def test_redis_away_and_an_unencrypted_address_are_said(installed: Program) -> None:
    settings = replace(installed.settings, is_development=False, public_url="http://baraza.example.org")
    away = Program(settings, installed.database_url, "redis://127.0.0.1:9/0")
    _, lines = examine(away)
    assert any(line.startswith("Redis does not answer") for line in lines)
    assert any(line.startswith("PUBLIC_URL is not https") for line in lines)
    away.close()


def test_a_number_without_a_gateway_is_said(installed: Program) -> None:
    with installed.owner.begin() as connection:
        connection.execute(text("UPDATE campaign_address SET channel = 'kannel'"))
    _, lines = examine(installed)
    assert any("on the channel kannel, which is not set up" in line for line in lines)


def test_a_gateway_that_could_answer_and_lacks_a_setting_is_said(installed: Program) -> None:
    wanting = Program(
        replace(installed.settings, is_development=False), installed.database_url, installed.redis_url
    )  # in development the simulator sends
    _, lines = examine(wanting)
    assert "a campaign has a number on twilio without TWILIO_ACCOUNT_SID: nobody is answered" in lines
    wanting.close()


def test_what_is_set_aside_is_said(installed: Program) -> None:
    with installed.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO message (channel, external_id, direction, text, state) "
                 "VALUES ('twilio', 'x', 'in', 'ZZMARK', 'set_aside')")
        )  # fmt: skip
    _, lines = examine(installed)
    assert any(line.startswith("1 messages are set aside") for line in lines)
    assert not any("ZZMARK" in line for line in lines)


def test_nothing_wrong_is_said_too(installed: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (doctor.check_database, doctor.check_redis, doctor.check_work))
    assert examine(installed) == (0, ["nothing is wrong"])

"""`flask outbox`: what waits and why, and what it is likely to cost."""

import pytest
from flask import Flask
from sqlalchemy import text

from reporting.bootstrap import Program

ROWS = [
    ("twilio", "delivered", None, "acknowledgement", 1, "2026-11-02T00:00Z"),
    ("twilio", "failed", "30003", "question", 2, "2026-11-03T00:00Z"),  # the gateway took it: it is billed
    ("twilio", "sent", None, "acknowledgement", 1, "2026-10-30T00:00Z"),
    ("kannel", "sent", None, "reply", 3, "2026-11-03T00:00Z"),
    ("twilio", "queued", "http_503", "reply", 1, None),
    ("twilio", "failed", "too_many", "acknowledgement", 1, None),
]


@pytest.fixture
def sent(program: Program, campaign: int) -> None:
    """Texts that left, that wait and that were held back, with a price for one of the two channels."""
    conversation = '{"prices": {"twilio": "0.05"}, "currency": "USD"}'
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET conversation = CAST(:c AS jsonb)"), {"c": conversation})
        for channel, state, error, purpose, segments, sent_at in ROWS:
            connection.execute(
                text(
                    "INSERT INTO message (campaign_id, channel, direction, text, state, error, purpose, segments,"
                    " sent_at) VALUES (:id, :channel, 'out', 'x', :state, :error, :purpose, :segments, :sent_at)"
                ),
                {
                    "id": campaign, "channel": channel, "state": state, "error": error, "purpose": purpose,
                    "segments": segments, "sent_at": sent_at,
                },
            )  # fmt: skip


@pytest.mark.usefixtures("sent")
def test_the_cost_is_of_what_a_gateway_took_by_channel_and_purpose(app: Flask) -> None:
    found = app.test_cli_runner().invoke(args=["outbox", "cost"])
    assert found.exit_code == 0
    lines = [line.split() for line in found.stdout.splitlines()[1:]]
    assert lines == [
        ["kannel", "reply", "1", "3", "-"],
        ["twilio", "acknowledgement", "2", "2", "0.10", "USD"],
        ["twilio", "question", "1", "2", "0.10", "USD"],
        ["all", "4", "7", "0.20", "USD"],
    ]
    assert "no price is stated for kannel" in found.stderr


@pytest.mark.usefixtures("sent")
def test_the_cost_since_a_day_leaves_out_what_left_before(app: Flask) -> None:
    found = app.test_cli_runner().invoke(args=["outbox", "cost", "--since", "2026-11-01"])
    assert found.stdout.splitlines()[-1].split() == ["all", "3", "6", "0.15", "USD"]


def test_a_day_that_is_none_is_one_clear_line(app: Flask) -> None:
    found = app.test_cli_runner().invoke(args=["outbox", "cost", "--since", "yesterday"])
    assert found.exit_code != 0
    assert "yesterday" in found.stderr


@pytest.mark.usefixtures("sent")
def test_the_status_says_what_waits_and_what_was_held_back_and_why(app: Flask) -> None:
    found = app.test_cli_runner().invoke(args=["outbox", "status"])
    lines = {tuple(line.split()[:4]) for line in found.stdout.splitlines()[1:]}
    assert lines == {
        ("twilio", "queued", "http_503", "1"),
        ("twilio", "failed", "too_many", "1"),
        ("twilio", "failed", "30003", "1"),
    }

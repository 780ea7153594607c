"""`flask webhook`: a secret is shown once, an address that may be private is refused, and a dead letter is replayed."""

import pytest
from flask import Flask
from sqlalchemy import text

from reporting.bootstrap import Program


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    done = app.test_cli_runner().invoke(args=["webhook", *arguments])
    return done.exit_code, done.output


@pytest.mark.usefixtures("campaign")
def test_a_subscription_is_added_listed_and_ended(app: Flask, program: Program) -> None:
    code, printed = run(app, "add", "https://example.org/hooks", "--events", "release")
    secret = printed.splitlines()[-1]
    assert (code, secret[:6]) == (0, "whsec_")
    code, listed = run(app, "list")
    number, url, kinds, state = listed.strip().split("\t")
    assert (url, kinds, state) == ("https://example.org/hooks", "release", "active")
    assert secret not in listed
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "WITH event AS (INSERT INTO public_event (campaign_id, kind, subject, data) SELECT campaign_id,"
                " 'release.published', '7', '{}' FROM subscription RETURNING id) INSERT INTO event_delivery"
                " (subscription_id, event_id, state, attempts, error) SELECT subscription.id, event.id, 'set_aside',"
                " 10, 'http_500' FROM event, subscription"
            )
        )
    code, listed = run(app, "set-aside")
    assert (code, listed.split("\t")[1:]) == (0, [number, "release.published 7", "10", "http_500\n"])
    assert run(app, "replay") == (0, "replayed: 1\n")
    assert run(app, "set-aside") == (0, "")
    assert run(app, "end", number) == (0, f"ended: {number}\n")
    assert "ended 20" in run(app, "list")[1]


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "http://example.org/"), "it must begin with https://"),
        (("add", "https://a:b@example.org/"), "it must not hold a password"),
        (("end", "99"), "the campaign has no subscription 99"),
        (("list", "--campaign", "none"), "there is no campaign 'none'"),
    ],
)
def test_bad_input_is_one_line(app: Flask, arguments: tuple[str, ...], words: str) -> None:
    code, printed = run(app, *arguments)
    assert code != 0
    assert words in printed
    assert len(printed.splitlines()) == 1

"""`flask api-key`: a key is shown once, opens the API, and opens nothing once it is revoked."""

import pytest
from flask import Flask
from flask.testing import FlaskClient


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """Exit code and what was printed."""
    done = app.test_cli_runner().invoke(args=["api-key", *arguments])
    return done.exit_code, done.output


def is_open(client: FlaskClient, key: str) -> bool:
    """Whether the key opens the API."""
    answer = client.get("/api/v1/reports/23456789CF", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code != 401


@pytest.mark.usefixtures("campaign")
def test_a_key_is_made_listed_and_revoked(app: Flask, client: FlaskClient) -> None:
    code, printed = run(app, "create", "red-cross")
    key = printed.splitlines()[-1]
    assert code == 0
    assert is_open(client, key)
    code, listed = run(app, "list")
    number, name, _, state = listed.strip().split("\t")
    assert (code, name, state) == (0, "red-cross", "valid")
    assert key not in listed
    assert run(app, "revoke", number) == (0, f"revoked: {number}\n")
    assert run(app, "revoke", number)[0] == 0
    assert not is_open(client, key)
    assert "revoked 20" in run(app, "list")[1]


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "Red Cross"), "small letters, digits and hyphens only"),
        (("revoke", "99"), "the campaign has no key 99"),
        (("create", "x", "--campaign", "none"), "there is no campaign 'none'"),
    ],
)
def test_bad_input_is_one_line(app: Flask, arguments: tuple[str, ...], words: str) -> None:
    code, printed = run(app, *arguments)
    assert code != 0
    assert words in printed
    assert len(printed.splitlines()) == 1

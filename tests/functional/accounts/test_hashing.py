"""Password hashes run a few at a time, so that wrong passwords take no more threads than these."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reporting.accounts.hashing import AT_ONCE, BoundedHashing
from tests.collect_phone import spell_basic


def fetch(client: FlaskClient) -> tuple[int, str | None]:
    answer = client.get("/openrosa/formList", headers=spell_basic("nobody"))
    return answer.status_code, answer.headers.get("Retry-After")


@pytest.mark.usefixtures("campaign")
def test_who_finds_no_place_hears_503_and_is_welcome_again(app: Flask, client: FlaskClient) -> None:
    hashing = app.extensions["security"].pwd_context
    assert isinstance(hashing, BoundedHashing)
    assert fetch(client)[0] == 401
    for _ in range(AT_ONCE):
        assert hashing._places.acquire(timeout=60)
    status, after = fetch(client)
    assert (status, after is not None) == (503, True)
    sign_in = client.post("/account/sign-in", data={"email": "nobody@example.org", "password": "wrong"})
    assert (sign_in.status_code, sign_in.headers["Retry-After"]) == (503, "2")
    for _ in range(AT_ONCE):
        hashing._places.release()
    assert fetch(client)[0] == 401

"""Tries are limited by account and by network: passwords, codes, keys, references. Gateways never are."""

import base64
import time
from dataclasses import replace

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import Settings
from reporting.accounts.limit import LIMITS, PASSWORD_BY_ACCOUNT_HERE, Limiter, TooManyTries, Try
from reporting.accounts.role import MODERATOR, VOLUNTEER
from reporting.app import create_app
from reporting.bootstrap import Program
from tests.collect_phone import PASSWORD, add_account

HERE, THERE = {"REMOTE_ADDR": "8.8.8.8"}, {"REMOTE_ADDR": "9.9.9.9"}
MOST_HERE = 10


@pytest.fixture
def people(app: Flask, program: Program, campaign: int) -> None:  # noqa: ARG001
    """A moderator and a volunteer."""
    add_account(app, program, "ama", MODERATOR)
    add_account(app, program, "vera", VOLUNTEER)


def sign_in(app: Flask, email: str, password: str, place: dict[str, str] = HERE) -> TestResponse:
    """Try, in a new browser."""
    return app.test_client().post(
        "/account/sign-in", data={"email": email, "password": password}, environ_overrides=place
    )


def test_after_ten_wrong_passwords_not_even_the_right_one_is_looked_at(app: Flask, people: None) -> None:  # noqa: ARG001
    for _ in range(MOST_HERE):
        assert sign_in(app, "ama@example.org", "wrong").status_code == 422
    answer = sign_in(app, "ama@example.org", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert "Too many tries" in answer.text
    # Whoever guesses locks nobody else out, and not the owner in another place.
    assert sign_in(app, "vera@example.org", PASSWORD).status_code == 302
    assert sign_in(app, "ama@example.org", PASSWORD, THERE).status_code == 302


def test_an_account_that_is_none_is_limited_alike(app: Flask, people: None) -> None:  # noqa: ARG001
    answers = [sign_in(app, f" Nobody@Example.org{' ' * n}", "wrong").status_code for n in range(MOST_HERE + 1)]
    assert answers == [422] * MOST_HERE + [429]


def test_the_right_password_starts_anew(app: Flask, people: None) -> None:  # noqa: ARG001
    for _ in range(3):
        for _ in range(MOST_HERE - 1):
            sign_in(app, "ama@example.org", "wrong")
        assert sign_in(app, "ama@example.org", PASSWORD).status_code == 302


def test_a_phone_with_a_wrong_password_is_limited_by_the_same_count(app: Flask, people: None) -> None:  # noqa: ARG001
    basic = {"Authorization": "Basic " + base64.b64encode(b"vera@example.org:wrong").decode()}
    call = {"headers": basic, "environ_overrides": HERE}
    answers = [app.test_client().get("/openrosa/formList", **call).status_code for _ in range(MOST_HERE)]
    assert answers == [401] * MOST_HERE
    assert app.test_client().get("/openrosa/formList", **call).status_code == 429
    assert sign_in(app, "vera@example.org", PASSWORD).status_code == 429


def test_every_wrong_input_costs_one_look_at_a_hash_and_has_one_answer(app: Flask, people: None) -> None:  # noqa: ARG001
    sign_in(app, "nobody@example.org", "x", THERE)  # the hash of nobody is made
    costs, pages = {}, set()
    for email in ("ama@example.org", "nobody@example.org", "no address", " ama@example.org ", "", "a@b@c", "x" * 400):
        begun = time.process_time()
        answer = sign_in(app, email, "wrong", THERE)
        costs[email] = time.process_time() - begun
        pages.add((answer.status_code, "The address or the password is wrong." in answer.text))
    assert pages == {(422, True)}
    usual = min(costs["ama@example.org"], costs[" ama@example.org "])
    assert all(cost > usual / 3 for cost in costs.values()), costs


def test_keys_of_partners_and_references_cannot_be_tried_out(app: Flask, campaign: int) -> None:  # noqa: ARG001
    client = app.test_client()
    for path, headers, status, most in (
        ("/api/v1/reports/23456789CF", {"Authorization": "Bearer baraza_wrong"}, 401, 100),
        ("/status/23456789CF", {}, 404, 60),
    ):
        answers = {client.get(path, headers=headers, environ_overrides=HERE).status_code for _ in range(most)}
        assert answers == {status}
        refused = client.get(path, headers=headers, environ_overrides=HERE)
        assert refused.status_code == 429
        assert "Retry-After" in refused.headers
        assert client.get(path, headers=headers, environ_overrides=THERE).status_code == status
    assert client.get("/api/v1/reports/2", environ_overrides=HERE).content_type == "application/problem+json"


def test_behind_our_proxy_the_visitor_counts_and_not_the_proxy(program: Program, settings: Settings) -> None:
    from_proxy = Program(replace(settings, forwarded_hops=1), program.database_url, program.redis_url)
    app = create_app(from_proxy)
    client = app.test_client()
    for number in range(61):
        headers = {"X-Forwarded-For": f"1.1.1.1, 8.8.{number}.8"}
        assert client.get("/status/23456789CF", headers=headers).status_code == 404
    answers = [client.get("/status/23456789CF", headers={"X-Forwarded-For": f"{n}.1.1.1, 8.8.4.4"}) for n in range(61)]
    assert answers[-1].status_code == 429
    from_proxy.close()


def test_gateways_are_never_limited(client: FlaskClient, campaign: int) -> None:  # noqa: ARG001
    answers = {client.post("/channels/twilio/sms", environ_overrides=HERE).status_code for _ in range(300)}
    assert answers == {403}


def test_without_redis_each_process_counts_by_itself() -> None:
    limiter = Limiter("unix:///nowhere/redis.sock", "secret", "here")
    tried = Try(PASSWORD_BY_ACCOUNT_HERE, "ama@example.org")
    for _ in range(MOST_HERE):
        limiter.check(tried)
        limiter.count(tried)
    with pytest.raises(TooManyTries):
        limiter.check(tried)
    limiter.forget(tried)
    limiter.check(tried)


def test_redis_holds_no_address_and_no_network(redis_url: str) -> None:
    limiter = Limiter(redis_url, "secret", "a place")
    for kind in LIMITS:
        limiter.count(Try(kind, "ama@example.org 8.8.8.0/24"))
    kept = [key.decode() for key in redis.Redis.from_url(redis_url).scan_iter("*baraza:limit*")]
    assert len(kept) >= len(LIMITS)
    assert not any("ama" in key or "8.8" in key or "place" in key for key in kept)

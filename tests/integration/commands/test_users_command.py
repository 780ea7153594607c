"""`flask users`: no password in any argument, links that are good once, rights that can be given and taken."""

import re
from base64 import b64encode

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.session import begin_session
from reporting.bootstrap import Program
from reporting.campaigns.campaign import create_campaign, read_definition
from tests.conftest import SMALL_CAMPAIGN
from tests.factories.moderation import Desk

EMAIL = "ama@example.org"
PASSWORD = "a long way to the river"


def run(app: Flask, *arguments: str, typed: str | None = None) -> Result:
    """What the command did."""
    return app.test_cli_runner().invoke(args=["users", *arguments], input=typed)


def make_link(app: Flask, *arguments: str) -> str:
    """The path of the link that the command printed."""
    done = run(app, *arguments)
    assert done.exit_code == 0, done.output
    [link] = done.stdout.splitlines()
    return link.removeprefix("http://localhost")


def set_password(client: FlaskClient, link: str, password: str = PASSWORD) -> int:
    """The status of setting a password on the page of a link."""
    return client.post(link, data={"password": password, "again": password}).status_code


def can_sign_in(app: Flask, password: str = PASSWORD) -> bool:
    """Whether this password opens the account's pages."""
    client = app.test_client()
    client.post("/account/sign-in", data={"email": EMAIL, "password": password})
    return client.get("/account/sign-in").status_code == 302


def open_desk(app: Flask, path: str = "/moderate/") -> tuple[int, str]:
    """What the account, signed in anew, gets to see of the moderators' pages."""
    client = app.test_client()
    sign_in_as(app, client)
    answer = client.get(path)
    return answer.status_code, answer.text


def sign_in_as(app: Flask, client: FlaskClient) -> None:
    """Let the client be the account, as after a sign-in."""
    program: Program = app.extensions["baraza"]
    with program.owner.begin() as connection:
        query = text("SELECT id, fs_uniquifier FROM account WHERE email = :email")
        who = connection.execute(query, {"email": EMAIL}).one()
        with client.session_transaction() as session:
            token = begin_session(connection, who.id)
            session.update({"_user_id": who.fs_uniquifier, "_fresh": True, "sign_in": token})


@pytest.fixture
def account(app: Flask, campaign: int) -> str:
    """A moderator's account; nobody has set its password yet."""
    assert campaign
    make_link(app, "create", EMAIL, "--name", "Ama", "--role", "moderator")
    return EMAIL


@pytest.fixture
def signed_up(app: Flask, client: FlaskClient, account: str) -> str:
    """The same with a password."""
    assert set_password(client, make_link(app, "reset-link", account)) == 200
    return account


@pytest.fixture
def second_campaign(program: Program) -> int:
    """Another campaign, before the first by name."""
    source = SMALL_CAMPAIGN.replace("slug: test", "slug: other").replace("A small campaign", "A campaign of others")
    with program.owner.begin() as connection:
        return create_campaign(connection, read_definition(source.replace("0006", "0007"), "the other"))


@pytest.mark.usefixtures("campaign")
def test_a_link_sets_a_password_once(app: Flask, client: FlaskClient) -> None:
    link = make_link(app, "create", EMAIL, "--role", "moderator")
    assert not can_sign_in(app, "")
    page = client.get(link)
    assert page.status_code == 200
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert set_password(client, link) == 200
    assert can_sign_in(app)
    assert open_desk(app)[0] == 200
    assert client.get(link).status_code == 410
    assert set_password(client, link, "another long password") == 410
    assert can_sign_in(app)


@pytest.mark.usefixtures("account")
def test_a_password_that_will_not_do_is_told_and_the_link_stays_good(app: Flask, client: FlaskClient) -> None:
    link = make_link(app, "reset-link", EMAIL)
    for password, again in (("short", "short"), (PASSWORD, "something else"), ("", ""), ("a" * 257, "a" * 257)):
        answer = client.post(link, data={"password": password, "again": again})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert set_password(client, link) == 200


@pytest.mark.usefixtures("signed_up")
def test_a_link_that_was_changed_opens_nothing(app: Flask, client: FlaskClient) -> None:
    link = make_link(app, "reset-link", EMAIL)
    for wrong in (link[:-3], link + "x", "/account/password/x"):
        assert client.get(wrong).status_code == 410
        assert set_password(client, wrong) == 410
    assert can_sign_in(app)


@pytest.mark.usefixtures("signed_up")
def test_the_old_password_is_good_until_the_new_one_is_set(app: Flask, client: FlaskClient) -> None:
    link = make_link(app, "reset-link", EMAIL)
    assert can_sign_in(app)
    assert set_password(client, link, "a new password by the sea") == 200
    assert not can_sign_in(app)
    assert can_sign_in(app, "a new password by the sea")


@pytest.mark.usefixtures("campaign")
def test_a_password_may_be_typed_and_is_never_printed(app: Flask) -> None:
    done = run(app, "create", EMAIL, "--role", "moderator", "--password", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert can_sign_in(app)
    short = run(app, "password", EMAIL, typed="short\nshort\n")
    assert short.exit_code == 1
    assert "at least 8" in short.output


@pytest.mark.usefixtures("account")
def test_accounts_are_listed_with_what_they_may_do(app: Flask) -> None:
    make_link(app, "create", "bo@example.org", "--role", "volunteer", "--role", "supervisor", "--campaign", "test")
    assert run(app, "list").output.splitlines() == [
        "ama@example.org\tAma\tmoderator\tall campaigns\tno password yet",
        "bo@example.org\tbo\tsupervisor,volunteer\ttest\tno password yet",
    ]


@pytest.mark.usefixtures("account")
def test_a_role_is_given_and_taken_at_once(app: Flask) -> None:
    assert open_desk(app, "/moderate/audit")[0] == 403
    for _ in range(2):
        assert run(app, "grant", EMAIL, "--role", "supervisor").exit_code == 0
    assert open_desk(app, "/moderate/audit")[0] == 200
    assert run(app, "revoke", EMAIL, "--role", "supervisor", "--role", "moderator").exit_code == 0
    assert open_desk(app)[0] == 403


@pytest.mark.usefixtures("signed_up")
def test_a_disabled_account_is_out_at_once_with_its_links(app: Flask, client: FlaskClient) -> None:
    link = make_link(app, "reset-link", EMAIL)
    open_page = app.test_client()
    open_page.post("/account/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert open_page.get("/moderate/").status_code == 200
    assert run(app, "disable", EMAIL).exit_code == 0
    assert open_page.get("/moderate/").status_code == 302
    assert not can_sign_in(app)
    assert client.get(link).status_code == 410
    refused = run(app, "reset-link", EMAIL)
    assert (refused.exit_code, refused.output) == (1, f"Error: {EMAIL} is disabled; `users enable` opens it again\n")
    assert run(app, "enable", EMAIL).exit_code == 0
    assert can_sign_in(app)
    assert client.get(link).status_code == 410


def test_who_is_bound_to_a_campaign_sees_no_other(
    app: Flask, program: Program, campaign: int, second_campaign: int, account: str
) -> None:
    with program.app.begin() as connection:
        theirs = Desk(connection, second_campaign).add_report("words of the others", reference="R2")
        ours = Desk(connection, campaign).add_report("words of ours", reference="R1")
    assert "A campaign of others" in open_desk(app)[1]
    assert open_desk(app, f"/moderate/reports/{theirs}?campaign=other")[0] == 200
    assert run(app, "grant", account, "--campaign", "test").exit_code == 0
    assert "A campaign of others" not in open_desk(app)[1]
    assert open_desk(app, f"/moderate/reports/{theirs}?campaign=other")[0] == 404
    assert open_desk(app, f"/moderate/reports/{ours}")[0] == 200
    assert open_desk(app, "/report?campaign=other")[0] == 200  # which is for anybody
    assert run(app, "revoke", account, "--campaign", "test").exit_code == 0
    for path in ("/moderate/", f"/moderate/reports/{ours}", f"/moderate/reports/{theirs}"):
        assert open_desk(app, path)[0] == 404


SAYS_NOTHING = "/moderate/sms-length"  # counts the letters of a text that came with the call


@pytest.mark.usefixtures("second_campaign")
@pytest.mark.parametrize("bound_to", [None, "other"])
def test_who_is_bound_elsewhere_finds_nothing_at_any_address_of_moderators(
    app: Flask, program: Program, campaign: int, account: str, bound_to: str | None
) -> None:
    with program.app.begin() as connection:
        assert Desk(connection, campaign).add_report("words of others") == 1
    run(app, "grant", account, "--role", "admin", "--campaign", "other")
    if bound_to is None:
        run(app, "revoke", account, "--campaign", "other")
    client = app.test_client()
    sign_in_as(app, client)
    told = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/moderate") or rule.rule == SAYS_NOTHING:
            continue
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = client.open(re.sub(r"<[^>]+>", "1", rule.rule) + "?campaign=test", method=method)
            is_theirs = bound_to is not None and not any(name.endswith("_id") for name in rule.arguments)
            is_shut = answer.status_code == 404 or is_theirs or (bound_to is not None and answer.status_code != 200)
            told[f"{method} {rule.rule}"] = is_shut and "words of others" not in answer.text
    assert len(told) > 20
    assert [call for call, is_well in told.items() if not is_well] == []
    with program.app.begin() as connection:
        left = connection.execute(text("SELECT (SELECT count(*) FROM decision), (SELECT count(*) FROM access_log), state,"  # noqa: E501
                                       " leased_by, point, is_sensitive FROM report WHERE id = 1")).one()  # fmt: skip
    assert tuple(left) == (0, 0, "queued", None, None, False)


def test_the_last_campaign_of_somebody_who_is_bound_opens_no_other_when_it_goes(
    app: Flask, program: Program, campaign: int, second_campaign: int, account: str
) -> None:
    assert campaign
    run(app, "grant", account, "--campaign", "other")
    with program.owner.begin() as connection:
        connection.execute(text("DELETE FROM campaign WHERE id = :id"), {"id": second_campaign})
    assert "\tno campaign\t" in run(app, "list").output
    assert open_desk(app)[0] == 404


@pytest.mark.usefixtures("second_campaign")
def test_a_phone_of_somebody_who_is_bound_gets_no_form_of_others(app: Flask, program: Program, signed_up: str) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO xform (campaign_id, code, title, version, xml)"
                 " SELECT id, slug || '_form', slug, '1', '<x/>' FROM campaign")
        )  # fmt: skip
    run(app, "grant", signed_up, "--campaign", "test")
    headers = {"Authorization": "Basic " + b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()}
    phone = app.test_client()
    listed = phone.get("/openrosa/formList", headers=headers).text
    assert re.findall(r"<formID>(\w+)</formID>", listed) == ["test_form"]
    assert phone.get("/openrosa/forms/other_form.xml", headers=headers).status_code == 404
    assert phone.get("/openrosa/other/formList", headers=headers).status_code == 404
    assert phone.get("/openrosa/test/formList", headers=headers).status_code == 200


@pytest.mark.usefixtures("account")
def test_bad_input_is_one_line_and_changes_nothing(app: Flask) -> None:
    before = run(app, "list").output
    for arguments, words in (
        (("create", EMAIL, "--role", "moderator"), "there is such an account"),
        (("create", "no address", "--role", "moderator"), "no e-mail address"),
        (("create", "bo@example.org"), "say with --role"),
        (("create", "bo@example.org", "--role", "moderator", "--campaign", "none"), "there is no campaign 'none'"),
        (("grant", "bo@example.org", "--role", "moderator"), "there is no such account"),
        (("grant", EMAIL), "say which with --role or --campaign"),
        (("revoke", EMAIL), "say which with --role or --campaign"),
        (("disable", "bo@example.org"), "there is no such account"),
    ):
        done = run(app, *arguments)
        assert done.exit_code == 1
        assert words in done.output
        assert len(done.output.splitlines()) == 1
    assert run(app, "list").output == before


@pytest.mark.usefixtures("account")
def test_a_volunteer_is_accredited_from_the_day_on_which_they_agreed(app: Flask) -> None:
    done = run(app, "accredit", EMAIL, "--agreed-on", "2026-11-02")
    assert (done.exit_code, done.output) == (0, f"accredited since 2026-11-02: {EMAIL}\n")
    assert run(app, "list").stdout.endswith("\taccredited since 2026-11-02\n")
    for wrong in ("2999-01-01", "yesterday"):
        refused = run(app, "accredit", EMAIL, "--agreed-on", wrong)
        assert refused.exit_code != 0
        assert "Traceback" not in refused.output
    assert run(app, "end-accreditation", EMAIL).exit_code == 0
    assert "accredited" not in run(app, "list").stdout
    unknown = run(app, "accredit", "nobody@example.org", "--agreed-on", "2026-11-02")
    assert (unknown.exit_code, "no such account" in unknown.output) == (1, True)


def test_a_volunteers_own_phone_is_noted_as_a_hash_and_forgotten(app: Flask, program: Program) -> None:
    def read() -> bytes | None:
        with program.owner.begin() as connection:
            found = connection.execute(text("SELECT phone_hash FROM account WHERE email = :email"), {"email": EMAIL})
            return found.scalar_one()

    make_link(app, "create", EMAIL, "--role", "volunteer")
    done = run(app, "phone", EMAIL, "+977 980-000 0001")
    assert (done.exit_code, done.output) == (0, f"phone noted: {EMAIL}\n")
    assert read() == program.pseudonyms.hash_address("+9779800000001")
    make_link(app, "create", "other@example.org", "--role", "volunteer")
    for arguments in ((EMAIL,), (EMAIL, "9800"), (EMAIL, "+9779800000001", "--forget"),
                      ("other@example.org", "+9779800000001")):  # fmt: skip
        refused = run(app, "phone", *arguments)
        assert refused.exit_code == 1
        assert len(refused.stderr.strip().splitlines()) == 1
    assert run(app, "phone", EMAIL, "--forget").exit_code == 0
    assert read() is None

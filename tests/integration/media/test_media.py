"""Pictures on their whole way: from the gateway's webhook through a worker and a store to the moderator's page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from channels.base.items import InboundMessage, MediaReference
from config.settings import Settings
from reporting.accounts.role import MODERATOR, SAFEGUARDING, VOLUNTEER
from reporting.bootstrap import Program
from reporting.media.attachments import add_media, claim_media, delete_media
from reporting.media.sanitise import DecoderDied
from reporting.media.storage import keep_upload
from reporting.models.base import now
from reporting.privacy.erasure import erase_contact
from reporting.processing.worker import drain
from tests.factories.moderation import Desk, sign_in
from tests.factories.picture import SECRET, make_bomb, make_photo
from tests.fake_twilio import FakeTwilio, settings_of, through
from tests.gateway import sign
from tests.integration.media.post import Post

AMR = b"#!AMR\n" + b"\x3c" * 500


@pytest.fixture
def settings(settings: Settings, fake_twilio: FakeTwilio) -> Settings:
    return settings_of(settings, fake_twilio)


@pytest.fixture
def post(program: Program, app: Flask, campaign: int, fake_twilio: FakeTwilio) -> Post:  # noqa: ARG001
    fake_twilio.webhook_url = "http://localhost/channels/twilio/sms"
    fake_twilio.post = through(app.test_client())
    return Post(program, fake_twilio)


@pytest.fixture
def moderator(post: Post, client: FlaskClient, campaign: int) -> FlaskClient:
    with post.program.owner.begin() as connection:
        desk = Desk(connection, campaign)
        for name, role in (("ama", MODERATOR), ("vera", VOLUNTEER), ("sana", SAFEGUARDING)):
            desk.add_person(name, role)
    sign_in(client, "ama")
    return client


@pytest.mark.parametrize("redirects", [False, True])
def test_a_photo_with_its_place_in_it_arrives_clean_and_is_shown(
    post: Post, moderator: FlaskClient, *, redirects: bool
) -> None:
    post.fake.redirects_media = redirects
    photo = make_photo()
    post.receive(("image/jpeg", photo))
    report = post.read("SELECT report_id FROM message WHERE direction = 'in'")
    page = moderator.get(f"/moderate/reports/{report}").text
    assert "is on its way" in page
    assert post.work() == 1
    assert post.list_states() == ["stored"]
    page = moderator.get(f"/moderate/reports/{report}").text
    small = re.search(r'<img src="(/moderate/media/\d+/thumbnail)"[^>]* alt="([^"]+)"', page)
    assert small is not None
    assert small[2] == "Picture 1: open it in full"
    for path in (small[1], small[1].removesuffix("/thumbnail")):
        answer = moderator.get(path)
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
        assert answer.data.startswith(b"\xff\xd8\xff")
        assert SECRET.encode() not in answer.data
        assert b"Exif" not in answer.data
        policy = [part.strip() for part in answer.headers["Content-Security-Policy"].split(";")]
        assert {"default-src 'none'", "sandbox"} <= set(policy)
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert post.read("SELECT point FROM report") is None  # nobody says where by having been somewhere
    assert len(post.files) == 2
    assert all(path.read_bytes()[:3] != b"\xff\xd8\xff" for path in post.files)


def test_where_a_picture_came_from_is_forgotten_once_it_is_stored(post: Post) -> None:
    post.receive(("image/jpeg", make_photo()))
    assert post.read("SELECT details_encrypted FROM message WHERE direction = 'in'") is None
    assert post.read("SELECT source_encrypted FROM media") is not None
    post.work()
    assert post.read("SELECT source_encrypted FROM media") is None


def test_each_file_is_judged_by_itself_and_its_reason_is_told_in_words(post: Post, moderator: FlaskClient) -> None:
    post.receive(
        ("image/jpeg", make_photo()),
        ("image/png", make_bomb()),
        ("image/jpeg", b"<html>no picture</html>"),
        ("image/jpeg", make_photo()[:3000]),
        ("video/mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 12 + b"hdlr" + b"\x00" * 8 + b"vide"),
        ("image/jpeg", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 20),
        ("audio/amr", AMR),
        ("image/jpeg", b"\xff" * 9_000_000),
    )
    assert post.work() == 8
    assert post.list_states() == [
        "stored", "refused too_many_pixels", "refused kind", "refused broken", "refused video", "refused heic",
        "stored", "refused too_large",
    ]  # fmt: skip
    page = moderator.get(f"/moderate/reports/{post.read('SELECT id FROM report')}").text
    for words in ("videos are not kept", "it cannot be read", "it is too large", "as JPEG", "Recording 7"):
        assert words in page
    assert len(post.files) == 3
    sealed = "SELECT count(*) FROM media WHERE source_encrypted IS NOT NULL"
    assert post.read(sealed) == 0


def test_a_recording_is_a_file_to_save_as_it_came(post: Post, moderator: FlaskClient) -> None:
    post.receive(("text/html", AMR))
    post.work()
    number = post.read("SELECT id FROM media")
    answer = moderator.get(f"/moderate/media/{number}")
    assert (answer.data, answer.content_type) == (AMR, "audio/amr")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="recording-{number}.amr"'
    assert moderator.get(f"/moderate/media/{number}/thumbnail").status_code == 404


def test_only_who_may_see_the_report_sees_its_pictures_and_each_look_is_noted(
    post: Post, moderator: FlaskClient, app: Flask
) -> None:
    post.receive(("image/jpeg", make_photo()))
    post.work()
    path = f"/moderate/media/{post.read('SELECT id FROM media')}"
    stranger, volunteer, safeguarder = app.test_client(), app.test_client(), app.test_client()
    sign_in(volunteer, "vera")
    sign_in(safeguarder, "sana")
    for part in ("", "/thumbnail"):
        assert stranger.get(path + part).status_code == 302
        assert volunteer.get(path + part).status_code == 403
    assert post.read("SELECT count(*) FROM access_log") == 0
    assert moderator.get(path).status_code == 200
    assert post.read("SELECT count(*) FROM access_log JOIN account ON account.id = account_id WHERE name = 'ama'") == 1
    post.read("UPDATE report SET is_sensitive = true RETURNING id")
    for part in ("", "/thumbnail"):
        assert moderator.get(path + part).status_code == 404
        assert safeguarder.get(path + part).status_code == 200
    other = "INSERT INTO campaign (slug, name, country, languages) VALUES ('a', 'A', 'NP', '{en}') RETURNING id"
    post.read(other)
    assert safeguarder.get(f"{path}?campaign=a").status_code == 404
    assert safeguarder.get("/moderate/media/999999?campaign=test").status_code == 404


def test_a_gateway_that_is_away_is_asked_again_ever_later_and_then_no_more(post: Post, app: Flask) -> None:
    post.receive(("image/jpeg", make_photo()))
    waits = []
    post.fake.fail_next(503, times=8)
    for _ in range(8):
        assert post.work() == 1
        waits.append(post.read("SELECT extract(epoch FROM retry_at - now()) FROM media"))
        assert post.work() == 0  # not before its time
        post.make_due()
    assert post.list_states() == ["failed http_503"]
    assert waits[-1] is None
    assert [round(float(wait) / 10) * 10 for wait in waits[:4]] == [30, 120, 480, 1920]
    assert "http_503" in app.test_cli_runner().invoke(args=["media", "status"]).output
    assert app.test_cli_runner().invoke(args=["media", "retry"]).output == "1 files will be tried again\n"
    post.work()
    assert post.list_states() == ["stored"]


def test_a_picture_on_which_the_decoder_dies_fails_after_three_tries_and_stops_no_other(post: Post) -> None:
    def die(data: bytes) -> Any:
        if len(data) > 10_000:
            raise DecoderDied
        return post.program.media_work.clean(data)

    post.receive(("image/jpeg", make_photo((1500, 1500))), ("image/jpeg", make_photo((64, 64))))
    for _ in range(4):
        post.work(clean=die)
        post.make_due()
    assert post.list_states() == ["failed crashed", "stored"]


def test_what_a_killed_worker_had_in_hand_is_free_again_later_under_the_same_keys(post: Post) -> None:
    post.receive(("image/jpeg", make_photo()))
    with post.program.app.begin() as connection:
        first = claim_media(connection)
    assert post.work() == 0
    post.make_due()
    with post.program.app.begin() as connection:
        second = claim_media(connection)
    assert first is not None
    assert second is not None
    assert (second.attempts, second.key, second.thumbnail_key) == (2, first.key, first.thumbnail_key)
    post.read("UPDATE media SET attempts = 8, retry_at = NULL RETURNING id")
    post.work()
    assert post.list_states() == ["failed interrupted"]


def test_two_workers_never_have_the_same_file(post: Post) -> None:
    post.receive(("image/jpeg", make_photo()), ("image/jpeg", make_photo()))
    with post.program.app.begin() as one, post.program.app.begin() as two:
        found = claim_media(one), claim_media(two), claim_media(two)
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].id != found[1].id
    assert found[2] is None


def test_a_message_that_points_elsewhere_makes_nobody_call_there(post: Post) -> None:
    post.fake.receive("look", media=[("image/jpeg", b"x")], is_webhook_down=True)
    sid = next(iter(post.fake.records))
    form = post.fake.webhook_form(sid) | {"MediaUrl0": "http://169.254.169.254/latest/meta-data/"}
    url = "http://localhost/channels/twilio/sms"
    assert post.fake.post(url, form, sign(url, form, post.fake.auth_token)) == 200
    drain(post.program.app, post.program.pipeline)
    post.work()
    assert post.list_states() == ["refused elsewhere"]
    assert not any("/Media/" in call for call in post.fake.calls)


def test_adding_twice_changes_nothing_and_too_many_are_one_refusal(post: Post, campaign: int) -> None:
    message = InboundMessage("id-1", "+9779800000001", None, "look")
    post.program.intake.accept("twilio", message, campaign)
    message_id = post.read("SELECT id FROM message")
    references = [MediaReference(f"https://api.twilio.com/{number}") for number in range(14)]
    with post.program.app.begin() as connection:
        seals = post.program.pseudonyms
        assert add_media(connection, seals, [(message_id, references)]) == 11
        assert add_media(connection, seals, [(message_id, references)]) == 0
        assert add_media(connection, seals, []) == 0
    assert post.list_states() == ["waiting"] * 10 + ["refused too_many"]


def test_an_upload_becomes_a_clean_picture_and_goes(post: Post, campaign: int) -> None:
    reference = keep_upload(post.program.media_store, make_photo())
    message = InboundMessage("id-1", "+9779800000001", None, "no water in the tap", media=[reference])
    post.program.intake.accept("form", message, campaign)
    drain(post.program.app, post.program.pipeline)
    post.work()
    assert post.list_states() == ["stored"]
    assert {path.parent.parent.name for path in post.files} == {"kept"}


def test_uploads_that_no_message_came_for_are_swept_and_awaited_ones_stay(
    post: Post, campaign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, work = post.program.media_store, post.program.media_work
    lonely, unread, waiting = (keep_upload(store, make_photo()) for _ in range(3))
    for number, reference in enumerate((waiting, unread)):
        message = InboundMessage(f"id-{number}", "+9779800000001", None, f"no water {number}", media=[reference])
        post.program.intake.accept("form", message, campaign)
        if reference is waiting:
            drain(post.program.app, post.program.pipeline)
    assert work.sweep_uploads() == 0
    monkeypatch.setattr("reporting.media.worker.now", lambda: now() + timedelta(days=2))
    assert work.sweep_uploads() == 1
    assert {path.name for path in post.files} == {each.url.removeprefix("upload:") for each in (unread, waiting)}
    assert lonely.url.removeprefix("upload:") not in {path.name for path in post.files}


def test_what_is_erased_is_shown_no_more_at_once_and_leaves_the_store(
    post: Post, moderator: FlaskClient, campaign: int
) -> None:
    post.receive(("image/jpeg", make_photo()), ("image/jpeg", make_photo()))
    post.work()
    number = post.read("SELECT min(id) FROM media")
    with post.program.app.begin() as connection:
        contact = connection.execute(text("SELECT id FROM contact")).scalar_one()
        assert delete_media(connection, erase_contact(connection, campaign, contact).message_ids) == 2
    assert moderator.get(f"/moderate/media/{number}").status_code == 404
    assert len(post.files) == 4
    assert post.program.media_work.remove_erased() == 2
    assert post.files == []
    assert post.read("SELECT count(*) FROM media") == 0


def test_what_is_erased_while_it_is_fetched_is_not_kept(post: Post) -> None:
    def erase_meanwhile(data: bytes) -> Any:
        with post.program.app.begin() as connection:
            message_id = connection.execute(text("SELECT message_id FROM media")).scalar_one()
            delete_media(connection, [message_id])
        post.program.media_work.remove_erased()
        return post.program.media_work.clean(data)

    post.receive(("image/jpeg", make_photo()))
    post.work(clean=erase_meanwhile)
    assert post.files == []
    assert post.list_states() == []


def test_a_store_that_is_away_loses_nothing(post: Post) -> None:
    folder = post.program.settings.var / "media"
    folder.write_text("in the way")
    post.receive(("image/jpeg", make_photo()))
    for _ in range(10):  # more often than a gateway that is away would be asked
        post.work()
        assert post.list_states() == ["waiting store"]
        post.make_due()
    assert post.read("SELECT attempts FROM media") == 0
    folder.unlink()
    post.make_due()
    post.work()
    assert post.list_states() == ["stored"]


_BREAK = """
CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {act} RETURN NEW; END $$;
CREATE TRIGGER break_off BEFORE UPDATE ON media FOR EACH ROW WHEN (NEW.state = 'stored') EXECUTE FUNCTION break_off();
"""
_OUTAGES = {
    "deadlock": "RAISE EXCEPTION USING ERRCODE = '40P01';",
    "lock timeout": "RAISE EXCEPTION USING ERRCODE = '55P03';",
    "full disk": "RAISE EXCEPTION USING ERRCODE = '53100';",
    "shut down": "RAISE EXCEPTION USING ERRCODE = '57P01';",
}


@pytest.mark.parametrize("act", _OUTAGES.values(), ids=_OUTAGES)
def test_an_outage_of_the_database_is_no_try_of_a_picture(post: Post, act: str) -> None:
    post.receive(("image/jpeg", make_photo()), ("image/jpeg", b"no picture"))
    post.run(_BREAK.format(act=act))
    for _ in range(10):
        post.work()
        assert post.list_states() == ["waiting database", "refused kind"]  # and the others go on
        post.run("UPDATE media SET retry_at = now() WHERE state = 'waiting'")
    assert post.read("SELECT max(attempts) FROM media WHERE state = 'waiting'") == 0
    post.run("DROP TRIGGER break_off ON media")
    post.work()
    assert post.list_states() == ["stored", "refused kind"]


def test_a_try_that_ended_with_the_database_is_given_back_when_that_is_there_again(post: Post) -> None:
    def lose_the_database(data: bytes) -> Any:
        post.run("ALTER TABLE media RENAME TO media_elsewhere")
        return post.program.media_work.clean(data)

    post.receive(("image/jpeg", make_photo()))
    with pytest.raises(ProgrammingError):
        post.work(clean=lose_the_database)
    post.run("ALTER TABLE media_elsewhere RENAME TO media")
    assert post.read("SELECT attempts FROM media") == 1
    post.work()
    assert post.list_states() == ["waiting database"]
    assert post.read("SELECT attempts FROM media") == 0
    post.make_due()
    post.work()
    assert post.list_states() == ["stored"]


def test_no_log_says_whose_picture_it_was(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    post.fake.fail_next(503)
    post.receive(("image/jpeg", make_photo()), ("image/jpeg", b"x"), words="a word of theirs")
    post.work()
    said = "".join(capsys.readouterr())
    assert "media_refused" in said
    assert "media_postponed" in said
    for secret in ("+977", "a word of theirs", "/Media/", post.fake.account_sid, post.fake.auth_token):
        assert secret not in said

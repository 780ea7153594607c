"""ODK Collect against the real application: the form that SMS asks goes out, and what was filled in is a report."""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from reporting.accounts.limit import PHOTO_BYTES_BY_ACCOUNT, Try
from reporting.accounts.role import MODERATOR, VOLUNTEER
from reporting.bootstrap import Program
from reporting.campaigns.xlsform import read_xlsform
from reporting.crypto.details import unseal_details
from reporting.media.storage import MediaStoreUnavailable
from reporting.processing.worker import drain
from reporting.web.report import photo_quota
from tests.collect_phone import Phone, add_account, fill, spell_basic
from tests.conftest import ROOT
from tests.factories.moderation import sign_in
from tests.factories.picture import make_photo

EXAMPLES = ROOT / "docs" / "examples"
BROKEN = {"works": "not_at_all", "days": "4", "cause": "ponp lan kraze", "place": "18.5393 -72.3364 40 650.5"}


@pytest.fixture
def phone(app: Flask, program: Program, client: FlaskClient) -> Phone:
    """A volunteer's phone, where the example campaign has its form on water points."""
    run = app.test_cli_runner().invoke
    for arguments in (
        ["campaign", "create", "--from", str(EXAMPLES / "campaign.yaml")],
        ["campaign", "import-form", str(EXAMPLES / "water-point.xlsx"), "--campaign", "example-services"],
    ):
        result = run(args=arguments)
        assert result.exit_code == 0, result.output
    add_account(app, program, "vera", VOLUNTEER)
    add_account(app, program, "ama", MODERATOR)
    return Phone(client)


def read(program: Program, query: str, **values: Any) -> list[Any]:
    """Rows of a query."""
    with program.app.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def work(program: Program) -> None:
    """What the worker does with what was stored."""
    drain(program.app, program.pipeline)
    program.media_work.work(60)


def test_the_list_tells_each_form_with_the_hash_of_what_is_fetched(phone: Phone) -> None:
    [form] = phone.list_forms()
    assert (form["formID"], form["name"], form["version"]) == ("water_point", "Pwen dlo", "2026112201")
    assert form["downloadUrl"] == "http://localhost/openrosa/example-services/forms/water_point.xml"
    fetched = phone.fetch("water_point").encode()
    assert form["hash"] == "md5:" + hashlib.md5(fetched, usedforsecurity=False).hexdigest()


def test_what_is_served_is_what_pyxform_made_of_the_workbook(phone: Phone) -> None:
    assert phone.fetch("water_point") == read_xlsform(EXAMPLES / "water-point.xlsx", "ht").xform


def test_a_filled_form_with_a_photo_is_a_report_that_moderators_see_whole(
    phone: Phone, program: Program, client: FlaskClient
) -> None:
    answer = phone.send(fill(phone.fetch("water_point"), BROKEN), [("1.jpg", make_photo())])
    assert answer.status_code == 201, answer.text
    assert 'xmlns="http://openrosa.org/http/response"' in answer.text
    work(program)
    [(report_id, reference, said, topic, answers, radius_m)] = read(
        program,
        "SELECT report.id, reference, text, topic.code, answers, radius_m FROM report"
        " JOIN topic ON topic.id = topic_id",
    )
    assert f": {reference}<" in answer.text
    assert (said, topic) == ("ponp lan kraze", "water")
    assert answers == {"works": "not_at_all", "days": 4, "cause": "ponp lan kraze"}
    assert radius_m == 650.5
    sign_in(client, "ama")
    page = client.get(f"/moderate/reports/{report_id}", headers={"Accept-Language": "ht"}).text
    picture = f"/moderate/media/{_first_media(program)}"
    for shown in ("ponp lan kraze", "Non, ditou", "18.539300", "-72.336400", picture):
        assert shown in page, shown


def test_a_form_without_an_answer_that_it_needs_is_taken_and_says_so_until_it_is_corrected(
    phone: Phone, program: Program, client: FlaskClient
) -> None:
    xml = fill(phone.fetch("water_point"), {"cause": "ponp lan kraze"}, instance_id="uuid:first")
    assert phone.send(xml).status_code == 201
    work(program)
    [(report_id, answers)] = read(program, "SELECT id, answers FROM report")
    assert answers == {"cause": "ponp lan kraze"}
    sign_in(client, "ama")
    page = client.get(f"/moderate/reports/{report_id}", headers={"Accept-Language": "ht"}).text
    assert re.search(r'id="missing">San repons nan fòm nan: <bdi>[^<]*\?</bdi></p>', page)
    corrected = fill(phone.fetch("water_point"), BROKEN, instance_id="uuid:second", corrects="uuid:first")
    phone.send(corrected)
    work(program)
    assert 'id="missing"' not in client.get(f"/moderate/reports/{report_id}").text


def _first_media(program: Program) -> int:
    [[media_id]] = read(program, "SELECT id FROM media WHERE state = 'stored'")
    return int(media_id)


def test_a_form_may_ask_for_a_photo_although_an_sms_cannot(
    phone: Phone, app: Flask, program: Program, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "survey"
    for row in (("type", "name", "label"), ("text", "what", "Kisa?"), ("image", "picture", "Foto")):
        book.worksheets[0].append(row)
    settings = book.create_sheet("settings")
    for row in (("form_id", "version", "sms_keyword"), ("street", "1", "lari")):
        settings.append(row)
    book.save(tmp_path / "street.xlsx")
    arguments = ["campaign", "import-form", str(tmp_path / "street.xlsx"), "--campaign", "example-services"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert "survey row 3 (picture): photo is not asked by SMS" in result.output
    xml = fill(phone.fetch("street"), {"what": "twou nan lari a", "picture": "1699.jpg"})
    assert phone.send(xml, [("1699.jpg", make_photo())]).status_code == 201
    work(program)
    assert read(program, "SELECT text, answers FROM report") == [("twou nan lari a", {"what": "twou nan lari a"})]
    assert _first_media(program)


@pytest.mark.parametrize("times", [2, 3])
def test_sending_again_changes_nothing_and_tells_the_same(phone: Phone, program: Program, times: int) -> None:
    xml = fill(phone.fetch("water_point"), BROKEN)
    photo = make_photo()
    answers = {phone.send(xml, [("1.jpg", photo)]).data for _ in range(times)}
    work(program)
    assert len(answers) == 1
    assert read(program, "SELECT count(*) FROM report") == [(1,)]
    assert read(program, "SELECT count(*) FROM media") == [(1,)]


def test_pictures_that_come_in_further_calls_join_the_same_report(phone: Phone, program: Program) -> None:
    xml = fill(phone.fetch("water_point"), BROKEN)
    first, second = ("1.jpg", make_photo((640, 480))), ("2.jpg", make_photo((320, 240)))
    for photo in (first, second, first, second):
        assert phone.send(xml, [photo]).status_code == 201
    work(program)
    assert read(program, "SELECT count(*) FROM report") == [(1,)]
    query = "SELECT count(*), count(DISTINCT report_id) FROM media JOIN message ON message.id = message_id"
    assert read(program, query) == [(2, 1)]


@pytest.mark.parametrize("is_late", [False, True])
def test_a_corrected_form_joins_its_report_with_its_answers(phone: Phone, program: Program, is_late: bool) -> None:
    xform = phone.fetch("water_point")
    first, second, third = (f"uuid:{number}" for number in range(3))
    phone.send(fill(xform, BROKEN, instance_id=first))
    if is_late:
        work(program)
    again = BROKEN | {"days": "9", "place": "18.6 -72.3 0 5"}
    phone.send(fill(xform, again, instance_id=second, corrects=first))
    phone.send(fill(xform, again | {"cause": "yo vole l"}, instance_id=third, corrects=second))
    work(program)
    [(answers, lat)] = read(program, "SELECT answers, ST_Y(point) FROM report")
    assert answers == {"works": "not_at_all", "days": 9, "cause": "yo vole l"}
    assert lat == 18.6
    query = "SELECT count(*) FROM message WHERE report_id IS NOT NULL AND state = 'processed'"
    assert read(program, query) == [(3,)]


def test_a_correction_of_what_never_came_stands_for_itself(phone: Phone, program: Program) -> None:
    phone.send(fill(phone.fetch("water_point"), BROKEN, corrects="uuid:never-came"))
    work(program)
    assert read(program, "SELECT text FROM report") == [("ponp lan kraze",)]


def test_another_form_under_the_same_id_is_kept_too(phone: Phone, program: Program) -> None:
    xform = phone.fetch("water_point")
    for cause in ("ponp lan kraze", "yo vole l", "yo vole l"):
        assert phone.send(fill(xform, BROKEN | {"cause": cause}, instance_id="uuid:1")).status_code == 201
    work(program)
    assert read(program, "SELECT text FROM report ORDER BY id") == [("ponp lan kraze",), ("yo vole l",)]


def test_a_store_that_is_away_holds_no_words_back_and_the_photo_comes_with_the_next_try(
    phone: Phone, program: Program
) -> None:
    class Away:
        """A store that cannot be reached."""

        def put(self, _key: str, _data: bytes) -> None:
            """Refuse."""
            raise MediaStoreUnavailable

    xml, photo = fill(phone.fetch("water_point"), BROKEN), [("1.jpg", make_photo())]
    there = program.media_store
    program.__dict__["media_store"] = Away()
    assert phone.send(xml, photo).status_code == 503
    assert read(program, "SELECT text FROM message") == [("ponp lan kraze",)]
    program.__dict__["media_store"] = there
    assert phone.send(xml, photo).status_code == 201
    work(program)
    assert read(program, "SELECT count(*) FROM report") == [(1,)]
    assert _first_media(program)


@pytest.mark.parametrize("is_disk_full", [True, False])
def test_photos_that_are_too_many_hold_no_words_back_and_come_with_a_later_try(
    phone: Phone, app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch, is_disk_full: bool
) -> None:
    xml, photo = fill(phone.fetch("water_point"), BROKEN), [("1.jpg", make_photo())]
    [[account_id]] = read(program, "SELECT id FROM account WHERE name = 'vera'")
    spent = Try(PHOTO_BYTES_BY_ACCOUNT, str(account_id))
    if is_disk_full:
        monkeypatch.setattr(photo_quota, "LEFT_LEAST", shutil.disk_usage(program.settings.var).free + 1_000_000_000)
    else:
        app.extensions["baraza_limiter"].count(spent, cost=1_000_000_000)
    answer = phone.send(xml, photo)
    assert answer.status_code == 503  # the phone keeps the form, and its photo with it
    assert "Retry-After" in answer.headers
    assert read(program, "SELECT text FROM message") == [("ponp lan kraze",)]
    assert list((program.settings.var / "media").rglob("upload/*")) == []
    monkeypatch.undo()
    app.extensions["baraza_limiter"].forget(spent)
    assert phone.send(xml, photo).status_code == 201
    work(program)
    assert read(program, "SELECT count(*) FROM report") == [(1,)]
    assert _first_media(program)


def test_a_form_that_only_has_choices_has_its_title_for_words(phone: Phone, program: Program) -> None:
    phone.send(fill(phone.fetch("water_point"), {"works": "all_day"}))
    work(program)
    assert read(program, "SELECT text, answers FROM report") == [("Pwen dlo", {"works": "all_day"})]


def test_a_form_that_nobody_knows_is_a_report_with_all_that_was_written(phone: Phone, program: Program) -> None:
    xml = b"""<f id="gone" version="3"><deviceid>ae:01</deviceid><start>2026-01-01T00:00:00Z</start><a>no water</a>
        <g><b>7</b><where>27.7 85.3 0 12</where></g><meta><instanceID>uuid:1</instanceID></meta></f>"""
    assert phone.send(xml).status_code == 201
    work(program)
    [(said, answers, lat)] = read(program, "SELECT text, answers, ST_Y(point) FROM report")
    assert (said, answers, lat) == ("a: no water\nb: 7", {}, 27.7)
    [(payload,)] = read(program, "SELECT payload_encrypted FROM message")
    assert "ae:01" not in program.pseudonyms.unseal(payload)


def test_an_answer_that_the_form_does_not_take_any_more_stands_in_the_words(phone: Phone, program: Program) -> None:
    phone.send(fill(phone.fetch("water_point"), BROKEN | {"works": "sometimes", "days": "1000"}))
    work(program)
    [(said, answers)] = read(program, "SELECT text, answers FROM report")
    assert said == "ponp lan kraze\nworks: sometimes\ndays: 1000"
    assert answers == {"cause": "ponp lan kraze"}


def test_what_the_phone_notes_by_itself_is_no_answer(phone: Phone, program: Program) -> None:
    phone.send(fill(phone.fetch("water_point"), BROKEN | {"start": "2026-11-20T08:00:00.000+05:45"}))
    [(details, payload)] = read(program, "SELECT details_encrypted, payload_encrypted FROM message")
    assert "start" not in unseal_details(program.pseudonyms, details).answers
    assert "2026-11-20" not in program.pseudonyms.unseal(payload)


SENT: list[tuple[str, bytes, int]] = [
    ("not XML", b"no water", 400),
    ("nothing", b"", 400),
    ("a page", b"<html><body>no water</body></html>", 400),
    ("no answers", b'<f id="x"/>', 400),
    ("entities", b'<!DOCTYPE f [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><f id="x"><a>&b;</a></f>', 400),
    ("an outside file", b'<!DOCTYPE f [<!ENTITY a SYSTEM "file:///etc/hostname">]><f id="x"><a>&a;</a></f>', 400),
    ("too deep for any stack", b"<f>" * 100_000 + b"w" + b"</f>" * 100_000, 400),
    ("too deep and never ended", b"<f>" * 300_000, 400),
    ("far too deep", b'<f id="x">' + b"<a>" * 5000 + b"w" + b"</a>" * 5000 + b"</f>", 400),
    ("too large", b'<f id="x"><a>' + b"w" * 1_100_000 + b"</a></f>", 413),
    ("no id", b'<f id="x"><a>no water</a></f>', 201),
    ("a wrong byte", b'<f id="x"><a>no water \xff\xfe</a></f>', 201),
    ("Latin-1", '<?xml version="1.0" encoding="iso-8859-1"?><f id="x"><a>été</a></f>'.encode("latin-1"), 201),
    ("UTF-16", '<?xml version="1.0" encoding="utf-16"?><f id="x"><a>été</a></f>'.encode("utf-16"), 201),
    ("an encoding of its own", b'<?xml version="1.0" encoding="klingon"?><f id="x"><a>no water</a></f>', 201),
    ("an endless id", b'<f id="x"><a>w</a><meta><instanceID>' + b"i" * 5000 + b"</instanceID></meta></f>", 201),
    ("the id in a namespace", b'<f xmlns="x"><a>no water</a></f>', 201),
]


@pytest.mark.parametrize(("name", "xml", "status"), SENT, ids=[row[0] for row in SENT])
def test_whatever_comes_is_stored_or_refused_in_one_line(
    phone: Phone, program: Program, name: str, xml: bytes, status: int
) -> None:
    answer = phone.send(xml)
    assert (name, answer.status_code) == (name, status)
    assert "<OpenRosaResponse" in answer.text
    assert read(program, "SELECT count(*) FROM message") == [(int(status == 201),)]


def test_more_than_ten_megabytes_are_refused_before_they_are_read(phone: Phone, program: Program) -> None:
    answer = phone.send(fill(phone.fetch("water_point"), BROKEN), [("1.jpg", b"\xff" * (10 * 1024 * 1024))])
    assert answer.status_code == 413
    assert "10 MB" in answer.text
    assert read(program, "SELECT count(*) FROM message") == [(0,)]


def test_a_phone_asks_first_what_may_be_sent(phone: Phone) -> None:
    answer = phone.client.head("/openrosa/submission", headers=spell_basic("vera"))
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == str(10 * 1024 * 1024)
    assert answer.headers["Location"] == "http://localhost/openrosa/submission"
    assert answer.date is not None


@pytest.mark.parametrize("path", ["formList", "forms/water_point.xml", "submission", "example-services/formList"])
def test_nobody_gets_anything_without_an_account(phone: Phone, app: Flask, path: str) -> None:
    client = app.test_client()
    sign_in(client, "ama")  # a session of the pages proves nothing here
    method = "HEAD" if path == "submission" else "GET"
    for headers in ({}, spell_basic("vera", "wrong"), spell_basic("nobody"), spell_basic("ve\x00ra"),
                    {"Authorization": "Basic %%%"}, {"Authorization": "Bearer x"}):  # fmt: skip
        answer = client.open(f"{phone.server}/{path}", method=method, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert answer.headers["X-OpenRosa-Version"] == "1.0"


@pytest.mark.parametrize("change", ["UPDATE account SET active = false", "DELETE FROM account_role"])
def test_an_account_that_was_closed_or_has_no_role_opens_nothing(phone: Phone, program: Program, change: str) -> None:
    with program.owner.begin() as connection:
        connection.execute(text(change))
    assert phone.client.get("/openrosa/formList", headers=spell_basic("vera")).status_code == 401


def test_the_password_opens_no_page_and_starts_no_session(phone: Phone) -> None:
    answer = phone.client.get("/openrosa/formList", headers=spell_basic("ama"))
    assert "Set-Cookie" not in answer.headers
    assert phone.client.get("/moderate/", headers=spell_basic("ama")).status_code == 302


def test_an_unknown_address_costs_a_hash_as_a_wrong_password_does(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def look(_typed: str, _hashed: str) -> bool:
        looked_at.append("once")
        return False

    monkeypatch.setattr("reporting.accounts.signin.verify_password", look)
    assert phone.client.get("/openrosa/formList", headers=spell_basic("nobody")).status_code == 401
    assert looked_at == ["once"]


def test_each_campaign_has_an_address_of_its_own(phone: Phone, app: Flask, program: Program) -> None:
    run = app.test_cli_runner().invoke
    made = "campaign create aaa --name Aaa --country HT --language ht"
    assert run(args=made.split()).exit_code == 0
    assert Phone(phone.client, server="/openrosa/aaa").list_forms() == []
    xml = fill(phone.fetch("water_point"), BROKEN)
    for server in ("/openrosa", "/openrosa/aaa"):
        assert Phone(phone.client, server=server).send(xml).status_code == 201
    query = "SELECT slug FROM message JOIN campaign ON campaign.id = campaign_id ORDER BY message.id"
    assert read(program, query) == [("example-services",), ("aaa",)]
    assert Phone(phone.client, server="/openrosa/bbb").send(xml).status_code == 404

"""ODK Collect against the real server: a body in chunks, the real worker, and what a moderator sees in a browser."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from sqlalchemy import text
from werkzeug.test import encode_multipart

from config.local.process import wait_until
from reporting.campaigns.form_import import add_form
from reporting.campaigns.xlsform import read_xlsform
from tests.browser.conftest import Live, sign_in
from tests.collect_phone import fill, spell_basic
from tests.conftest import ROOT
from tests.factories.picture import make_photo

ANSWERS = {"works": "not_at_all", "days": "4", "cause": "ponp lan kraze", "place": "27.62 85.55 1500 8"}


def send_in_chunks(live: Live, xml: bytes, photo: bytes) -> http.client.HTTPResponse:
    """Send without saying how long it is, as phones do."""
    boundary, _ = encode_multipart({})
    parts = [("xml_submission_file", "form.xml", "text/xml", xml), ("1.jpg", "1.jpg", "image/jpeg", photo)]
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode() + data + b"\r\n"
        for name, file, kind, data in parts
    ) + f"--{boundary}--\r\n".encode()  # fmt: skip

    def cut() -> Iterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    link = http.client.HTTPConnection(urlsplit(live.address).netloc, timeout=120)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"} | spell_basic("ama")
    link.request("POST", "/openrosa/submission", body=cut(), headers=headers, encode_chunked=True)
    return link.getresponse()


def count_pictures(live: Live) -> int:
    """How many the worker has made clean."""
    with live.program.owner.begin() as connection:
        return int(connection.execute(text("SELECT count(*) FROM media WHERE state = 'stored'")).scalar_one())


def test_a_form_of_odk_collect_is_seen_with_its_answers_place_and_picture(live: Live, page: Page) -> None:
    form = read_xlsform(ROOT / "docs" / "examples" / "water-point.xlsx", "ht")
    with live.program.owner.begin() as connection:
        connection.execute(text("UPDATE campaign SET languages = '{ht,fr}'"))
        add_form(connection, live.campaign, form)
    answer = send_in_chunks(live, fill(form.xform, ANSWERS), make_photo((1200, 900)))
    assert answer.status == 201, answer.read()
    assert len(answer.headers.get_all("Date") or []) == 1
    assert wait_until(lambda: count_pictures(live) == 1, 120)
    sign_in(page, live, "ama")
    page.get_by_role("button", name="Review next").click()
    page.wait_for_url("**/reports/*")
    said = page.locator("#message")
    expect(said).to_contain_text("ponp lan kraze")
    expect(said).to_contain_text("Non, pas du tout")
    expect(page.locator("#place")).to_contain_text("Square")
    picture = page.get_by_role("img", name="Picture 1")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 320)

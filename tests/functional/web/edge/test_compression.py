"""Public pages and static texts are sent compressed; what shows a secret of somebody is not."""

import gzip

import pytest
from flask.testing import FlaskClient

_ACCEPTS = {"Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize("path", ["/data/", "/static/baraza.css", "/data/guidance/consent.md"])
def test_a_public_text_is_the_same_compressed(client: FlaskClient, path: str) -> None:
    plain = client.get(path)
    packed = client.get(path, headers=_ACCEPTS)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) * 0.6
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_static_text_is_not_sent_twice(client: FlaskClient) -> None:
    first = client.get("/static/baraza.css", headers=_ACCEPTS)
    again = client.get("/static/baraza.css", headers=_ACCEPTS | {"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_a_page_with_a_token_is_never_compressed(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/report", headers=_ACCEPTS).headers
    assert "Content-Encoding" not in client.get("/account/sign-in", headers=_ACCEPTS).headers
    with client.session_transaction() as session:
        session["_user_id"] = "somebody"
    assert "Content-Encoding" not in client.get("/data/", headers=_ACCEPTS).headers

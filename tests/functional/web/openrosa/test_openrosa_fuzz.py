"""Whatever a phone sends as a filled form: never a 5xx, and what was answered 201 stands in the database, whole."""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from reporting.accounts.role import VOLUNTEER
from reporting.bootstrap import Program
from reporting.inbox.store import clean_text
from reporting.processing.worker import drain
from tests.collect_phone import Phone, add_account

_some = hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
_chars = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
_words = st.text(_chars, max_size=60) | st.sampled_from(
    ["27.7 85.3 0 5", "nan nan", "1e999 0 0 0", "91 0", "1_0", "9" * 400, "STOP", "FORGET", "1", "water", "F", "uuid:1"]
)
_names = st.sampled_from(
    ["works", "days", "cause", "place", "topic", "sex", "age_band", "start", "end", "deviceid", "x"]
)
_forms = st.recursive(
    st.tuples(_names, _words),
    lambda inner: st.tuples(_names | st.just("meta"), st.lists(inner, max_size=4)),
    max_leaves=12,
)
_ids = st.sampled_from(["instanceID", "deprecatedID", "instanceName"])


@pytest.fixture
def phone(app: Flask, program: Program, client: FlaskClient, campaign: int) -> Iterator[Phone]:
    """A volunteer's phone and the small campaign, which asks a form that was changed since it was fetched."""
    conversation = {
        "forms": [
            {
                "code": "tap",
                "topic": "water",
                "keywords": {},
                "questions": [
                    {"code": "works", "kind": "choice", "text": {"en": "?"},
                     "choices": [{"code": "1", "label": {"en": "Yes"}}, {"code": "F", "label": {"en": "No"}}]},
                    {"code": "days", "kind": "number", "text": {"en": "?"}},
                    {"code": "cause", "kind": "text", "text": {"en": "?"}},
                    {"code": "place", "kind": "place", "text": {"en": "?"}},
                ],
            }
        ]
    }  # fmt: skip
    with program.owner.begin() as connection:
        values = {"id": campaign, "it": json.dumps(conversation)}
        connection.execute(text("UPDATE campaign SET conversation = CAST(:it AS jsonb) WHERE id = :id"), values)
        xform = "INSERT INTO xform (campaign_id, code, title, version, xml) VALUES (:id, 'tap', 'Tap', '1', '<x/>')"
        connection.execute(text(xform), values)
    add_account(app, program, "vera", VOLUNTEER)
    yield Phone(client)
    drain(program.app, program.pipeline)
    with program.owner.begin() as connection:
        states = connection.execute(text("SELECT DISTINCT state FROM message WHERE direction = 'in'")).scalars().all()
        assert set(states) <= {"processed"}


def make_xml(form_id: str, tree: Any, ids: dict[str, str]) -> bytes:
    """A filled form of any shape."""
    root = Element("data", id=form_id)
    waiting = [(root, tree)]
    while waiting:
        parent, (name, inside) = waiting.pop()
        element = SubElement(parent, name)
        if isinstance(inside, str):
            element.text = inside
        else:
            waiting.extend((element, child) for child in inside)
    meta = SubElement(root, "meta")
    for name, value in ids.items():
        SubElement(meta, name).text = value
    return bytes(tostring(root, encoding="utf-8"))


def list_stored(program: Program) -> list[str]:
    """The words of every message."""
    with program.owner.begin() as connection:
        return list(connection.execute(text("SELECT text FROM message WHERE direction = 'in'")).scalars())


@_some
@given(form_id=st.sampled_from(["tap", "gone", "\u200b"]), tree=_forms, ids=st.dictionaries(_ids, _words), word=_words)
def test_every_form_that_is_answered_201_is_stored_with_its_words(
    phone: Phone, program: Program, form_id: str, tree: Any, ids: dict[str, str], word: str
) -> None:
    mark = f"mark {len(list_stored(program))}"
    answer = phone.send(make_xml(form_id, ("all", [("cause", mark), ("x", word), tree]), ids), [("1.jpg", b"?")])
    assert answer.status_code == 201, answer.text
    stored = [said for said in list_stored(program) if mark in said]
    assert len(stored) == 1
    if word.strip() and len(word) < 60:
        assert clean_text(word.strip()) in stored[0] or word.startswith("27.7") or word in ("nan nan",)


@_some
@given(body=st.binary(max_size=300) | st.text(max_size=200).map(lambda inside: f"<f id='x'>{inside}</f>".encode()))
def test_no_bytes_bring_it_down_and_what_is_refused_is_not_half_kept(
    phone: Phone, program: Program, body: bytes
) -> None:
    before = len(list_stored(program))
    answer = phone.send(body)
    assert answer.status_code in (201, 400)
    assert len(list_stored(program)) - before in ((0, 1) if answer.status_code == 201 else (0,))


@_some
@given(
    body=st.binary(max_size=400), kind=st.sampled_from(["multipart/form-data; boundary=x", "text/xml", "", "a/b; c"])
)
def test_no_body_brings_it_down(phone: Phone, body: bytes, kind: str) -> None:
    headers = {"Authorization": "Basic dmVyYUBleGFtcGxlLm9yZzphIHBhc3N3b3JkIG9mIHRoZSB0ZXN0cw=="}
    answer = phone.client.post("/openrosa/submission", data=b"--x\r\n" + body, content_type=kind, headers=headers)
    assert answer.status_code in (400, 413)

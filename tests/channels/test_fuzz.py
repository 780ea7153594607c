"""Whatever a gateway brings, properly proved: no 5xx, no 429, and no word of what it answered 200 to is lost."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from channels.base.items import InboundMessage
from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.inbox.store import clean_text
from tests.channels.call import FORM, JSON, Call, Said
from tests.channels.call import form_call as make_form_call
from tests.channels.call import get_call as make_get_call
from tests.channels.call import json_call as make_json_call
from tests.channels.known_cases import list_cases
from tests.channels.webhook_cases import WebhookCases, make
from tests.conftest import make_settings
from tests.databases import Databases

_some = hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
_few = hypothesis_settings(_some, max_examples=10)  # of each kind, and of two bodies each
_words = st.text(max_size=400)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KINDS = (
    "sms",
    "status",
    "delivery",
    "ussd",
    "session",
    "optout",
    "messages",
    "fallback",
    "dlr",
    "event",
    "sync",
    "task",
    "",
)
_TYPES = (FORM, JSON, "text/plain", "multipart/form-data; boundary=x", "application/cloudevents+json", "")


@dataclass(frozen=True, slots=True)
class Line:
    """A channel with the means to speak as its gateway."""

    cases: WebhookCases
    client: FlaskClient
    program: Program

    def bring(self, call: Call) -> int:
        """The signed call's status."""
        try:
            signed = self.cases.sign(call, self.cases.secrets[1])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            assume(False)  # no gateway could sign this either
        status = make(self.client, signed).status_code
        assert status < 500, status
        assert status != 429
        return status

    def count(self) -> int:
        """Messages and parts that are stored."""
        with self.program.owner.begin() as connection:
            query = "SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM message_segment WHERE number > 0)"
            return int(connection.execute(text(query)).scalar_one())

    def has(self, words: str) -> bool:
        """Whether these words are stored."""
        query = text("SELECT EXISTS (SELECT FROM message WHERE text = :words)")
        with self.program.owner.begin() as connection:
            return bool(connection.execute(query, {"words": words}).scalar_one())


@pytest.fixture(scope="module", params=list_cases(), ids=lambda cases: cases.__name__)
def line(
    request: pytest.FixtureRequest, databases: Databases, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    """One program for all that is brought to a channel: what came before takes nothing from what comes next."""
    cases: WebhookCases = request.param()
    channels = {cases.channel: {**cases.options(*cases.secrets[::-1]), "adapter": cases.adapter}}
    settings = replace(make_settings(tmp_path_factory.mktemp("fuzz")), channels=channels)
    with databases.lend("fuzz") as url:
        program = Program(settings, url, redis_url)
        yield Line(cases, create_app(program).test_client(), program)
        program.close()


@_some
@given(words=_words, sender=st.text(max_size=40), name=st.text(max_size=9), value=st.text(max_size=30))
def test_whatever_somebody_writes_is_stored_word_for_word(
    line: Line, words: str, sender: str, name: str, value: str
) -> None:
    extra = {} if "extra" in line.cases.cannot else {f"x-{name}": value}
    said = Said(words, sender=sender, external_id=uuid.uuid4().hex, extra=extra)
    before = line.count()
    assert line.bring(line.cases.compose(said)) == 200
    assert line.count() == before + 1
    assert line.has(clean_text(words))


@_some
@given(data=st.data(), method=st.sampled_from(["as it is", "GET", "POST", "HEAD"]))
def test_fields_that_are_missing_or_strange_lose_no_words(line: Line, data: st.DataObject, method: str) -> None:
    key = uuid.uuid4().hex
    mark = f"mark{key}"
    call = _disturb(line.cases.compose(Said(mark, external_id=key)), key, data)
    if method != "as it is" and call.headers.get("Content-Type", FORM).startswith(FORM):
        call = make_form_call(call.path, call.fields) if method == "POST" else make_get_call(call.path, call.fields)
        call = replace(call, method=method)
    before = line.count()
    if line.bring(call) == 200 and _carries(line, call, mark):
        assert line.count() > before


@_some
@given(
    kind=st.sampled_from(_KINDS) | st.text(max_size=8).filter(lambda kind: "/" not in kind),
    method=st.sampled_from(["POST", "GET", "HEAD", "PUT", "DELETE"]),
    content_type=st.sampled_from(_TYPES),
    body=st.binary(max_size=300) | _json.map(lambda value: json.dumps(value).encode()),
    query=st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").hex()),
)
def test_noise_breaks_nothing(line: Line, kind: str, method: str, content_type: str, body: bytes, query: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    call = Call(f"/channels/{line.cases.channel}/{quote(kind or 'x', safe='')}", method, headers, body, f"{query}=1")
    line.bring(call)


@_few
@given(fields=st.dictionaries(st.text(max_size=6), st.text(max_size=20), max_size=4), value=_json)
@pytest.mark.parametrize("kind", _KINDS[:-1])
def test_every_kind_takes_what_is_no_call_of_it(line: Line, kind: str, fields: dict[str, str], value: Any) -> None:
    path = f"/channels/{line.cases.channel}/{kind}"
    line.bring(make_form_call(path, fields))
    line.bring(make_json_call(path, value))


def _disturb(call: Call, key: str, data: st.DataObject) -> Call:
    """The call with some fields left out, changed or added; those with the words stay."""
    if call.headers.get("Content-Type", "").startswith(FORM) or call.method == "GET":
        fields = _change(call.fields, key, data, st.text(max_size=30))
        return (make_get_call if call.method == "GET" else make_form_call)(call.path, fields)
    values = json.loads(call.body)
    if not isinstance(values, dict):
        return call
    values = _change(values, key, data, _json)
    for name, value in values.items():
        if isinstance(value, dict) and key in json.dumps(value):
            values[name] = _change(value, key, data, _json)
    return replace(call, body=json.dumps(values).encode())


def _change(fields: dict[str, Any], key: str, data: st.DataObject, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    loose = [name for name, value in fields.items() if f"mark{key}" not in json.dumps(value)]
    changed = dict(fields)
    for name in data.draw(st.lists(st.sampled_from(loose), unique=True, max_size=4)) if loose else []:
        # Two messages may well have no id; that they have the same one would mean that they are one.
        if key not in json.dumps(fields[name]) and data.draw(st.booleans()):
            changed[name] = data.draw(values)
        else:
            del changed[name]
    return changed


def _carries(line: Line, call: Call, mark: str) -> bool:
    """Whether the adapter reads these words in the call at all, when asked by itself."""
    _, items = line.cases.read(line.cases.sign(call, line.cases.secrets[1]))
    return any(mark in item.text for item in items if isinstance(item, InboundMessage))

"""A phone with ODK Collect as far as the server can tell: fetches forms, fills in their own instance, sends it."""

import io
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import text
from werkzeug.test import TestResponse

from reporting.bootstrap import Program
from tests.factories.moderation import Desk

PASSWORD: Final = "a password of the tests"
_FORMS: Final = "{http://www.w3.org/2002/xforms}"
_LIST: Final = "{http://openrosa.org/xforms/xformsList}"


def add_account(app: Flask, program: Program, name: str, role: str) -> None:
    """An account with the password of the tests."""
    with app.app_context():
        hashed = hash_password(PASSWORD)
    with program.owner.begin() as connection:
        Desk(connection, 0).add_person(name, role)
        connection.execute(text("UPDATE account SET password = :it WHERE name = :name"), {"it": hashed, "name": name})


def spell_basic(name: str, password: str = PASSWORD) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": "Basic " + b64encode(f"{name}@example.org:{password}".encode()).decode()}


def fill(
    xform: str, values: Mapping[str, str], *, instance_id: str | None = None, corrects: str | None = None
) -> bytes:
    """The form's own instance with `values` by the names of its fields, as ODK Collect writes it."""
    instance = fromstring(xform).find(f".//{_FORMS}model/{_FORMS}instance/*")
    assert instance is not None
    fields = {element.tag.removeprefix(_FORMS): element for element in instance.iter()}
    for name, value in values.items():
        fields[name].text = value
    fields["instanceID"].text = instance_id or f"uuid:{uuid.uuid4()}"
    if corrects is not None:
        SubElement(fields["meta"], f"{_FORMS}deprecatedID").text = corrects
    return bytes(tostring(instance, encoding="utf-8", xml_declaration=True))


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that is signed in as a person; `server` is the address that was set in ODK Collect, as a path."""

    client: FlaskClient
    name: str = "vera"
    server: str = "/openrosa"

    def list_forms(self) -> list[dict[str, str]]:
        """What the list says of each form."""
        answer = self.client.get(f"{self.server}/formList", headers=spell_basic(self.name))
        assert answer.status_code == 200, answer.text
        forms: list[Element] = fromstring(answer.data).findall(f"{_LIST}xform")
        return [{item.tag.removeprefix(_LIST): item.text or "" for item in form} for form in forms]

    def fetch(self, code: str) -> str:
        """A form from the address that the list gives."""
        [form] = [form for form in self.list_forms() if form["formID"] == code]
        answer = self.client.get(form["downloadUrl"], headers=spell_basic(self.name))
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, xml: bytes, files: Sequence[tuple[str, bytes]] = ()) -> TestResponse:
        """Send a filled form with files beside it."""
        parts = {"xml_submission_file": (io.BytesIO(xml), "form.xml", "text/xml")} | {
            name: (io.BytesIO(data), name) for name, data in files
        }
        return self.client.post(f"{self.server}/submission", data=parts, headers=spell_basic(self.name))

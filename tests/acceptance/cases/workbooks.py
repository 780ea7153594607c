"""Workbooks of XLSForm, and what ODK Collect sends of them."""

import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final

import openpyxl

from tests.acceptance.installation import Answer, Installation

_BOUNDARY: Final = "a-boundary-of-the-tests"
Rows = Sequence[Sequence[object]]


def write_workbook(survey: Rows, choices: Rows = (), **settings: str) -> bytes:
    """A workbook of these sheets; the first row of each is its header."""
    told = {"form_title": "F", "baraza_topic": "water"} | settings
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in (("survey", survey), ("choices", choices), ("settings", [list(told), list(told.values())])):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def send_form(installation: Installation, address: str, password: str, xml: str) -> Answer:
    """Send a filled form as ODK Collect does."""
    head = 'Content-Disposition: form-data; name="xml_submission_file"; filename="s.xml"\r\nContent-Type: text/xml'
    body = f"--{_BOUNDARY}\r\n{head}\r\n\r\n{xml}\r\n--{_BOUNDARY}--\r\n"
    headers = {
        "Authorization": "Basic " + b64encode(f"{address}:{password}".encode()).decode(),
        "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "X-OpenRosa-Version": "1.0",
    }  # fmt: skip
    return installation.call("POST", "/openrosa/submission", body.encode(), headers)


def fill(form: str, instance: str, answers: Mapping[str, str], meta: str = "") -> str:
    """A filled form; `instance` tells it from others."""
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in answers.items())
    number = f"uuid:11111111-2222-3333-4444-{instance:0>12}"
    about = f"<meta><instanceID>{number}</instanceID>{meta}</meta>"
    return f'<?xml version="1.0"?><data id="{form}" version="">{inside}{about}</data>'

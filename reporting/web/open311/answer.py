"""Answers of Open311 GeoReport v2, in JSON or XML by the ending of the address; errors are a list of code and words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, request

Row = Mapping[str, Any]

_SINGULAR: Final = {"services": "service", "service_requests": "request", "errors": "error", "attributes": "attribute"}


def answer(name: str, rows: Sequence[Row], status: int = 200) -> Response:
    """Answer with a list; `name` is that of its root in XML. Pages of other sites may read it."""
    is_xml = request.path.endswith(".xml")
    body = _write_xml(name, rows) if is_xml else json.dumps(list(rows), ensure_ascii=False)
    return _respond(body, status, is_xml=is_xml)


def answer_one(name: str, fields: Row) -> Response:
    """Answer with one object, the root of XML."""
    if not request.path.endswith(".xml"):
        return _respond(json.dumps(fields, ensure_ascii=False), 200, is_xml=False)
    root = Element(name)
    _add_fields(root, fields)
    return _respond(bytes(tostring(root, "utf-8", xml_declaration=True)), 200, is_xml=True)


def refuse(status: int, words: str) -> Response:
    """Answer with an error, which repeats nothing of what was sent."""
    return answer("errors", [{"code": status, "description": words}], status)


def _respond(body: str | bytes, status: int, *, is_xml: bool) -> Response:
    response = Response(body, status, content_type=f"{'text/xml' if is_xml else 'application/json'}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _write_xml(name: str, rows: Sequence[Row]) -> bytes:
    root = Element(name)
    for row in rows:
        _add_fields(SubElement(root, _SINGULAR[name]), row)
    return bytes(tostring(root, "utf-8", xml_declaration=True))


def _add_fields(parent: Element, row: Row) -> None:
    for field, value in row.items():
        element = SubElement(parent, field)
        if isinstance(value, list):
            for each in value:
                _add_fields(SubElement(element, _SINGULAR[field]), each)
        elif value is not None:
            element.text = str(value).lower() if isinstance(value, bool) else str(value)

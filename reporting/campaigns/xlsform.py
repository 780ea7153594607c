"""Imports an XLSForm workbook: the questions that can be asked by SMS, and the XForm for ODK Collect.

One workbook serves both, and answers by SMS and by ODK Collect must mean the same. So a question that cannot be asked
by SMS is refused with its sheet and row instead of being dropped. pyxform reads the workbook and makes the XForm.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from pyxform.builder import create_survey_element_from_dict
from pyxform.errors import PyXFormError
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import DefinitionData, get_xlsform

from config.errors import UserError
from reporting.campaigns.reserved_codes import PERSON_CODES
from reporting.campaigns.schema import CHOICES_MOST
from reporting.campaigns.xlsform_expression import NotAskable, read_bounds, read_relevant, read_required, read_yes_no
from reporting.campaigns.xlsform_labels import read_label, read_language, say_other
from reporting.campaigns.xlsform_sheets import find_doubled_column, take_settings

_KINDS: Final = {
    "select one": "choice",
    "integer": "number",
    "int": "number",
    "decimal": "number",
    "text": "text",
    "string": "text",
    "geopoint": "place",
}
_SILENT: Final = frozenset(  # not asked by SMS: values that a phone records by itself, and media files
    {
        "note",
        "start",
        "end",
        "today",
        "deviceid",
        "phonenumber",
        "username",
        "email",
        "audit",
        "start-geopoint",
        "background-geopoint",
        "background-audio",
        "photo",
        "audio",
    }
)
_OURS: Final = ("sms_", "baraza_")  # our own columns, removed before pyxform reads the workbook
_OR_OTHER: Final = re.compile(r"\s+or[\s_]+(?:specify[\s_]+)?other\s*$")
_OTHER: Final = "other"  # the code of the choice that `or_other` adds
_ELSEWHERE: Final = re.compile(r"<submission\b[^<>]*\b(?:action|base64RsaPublicKey)\s*=")


class XlsformError(UserError):
    """A workbook that cannot be used; `reasons` are one line each, with sheet and row where known."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class ImportedForm:
    """A form in the format of `conversation.forms`, with its XForm. `remarks` list what is not asked by SMS."""

    values: dict[str, Any]
    title: str
    version: str
    xform: str
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """State of reading a workbook. `rows` holds the row number of each question by name, as the spreadsheet counts."""

    main_language: str
    rows: Mapping[str, int]
    ways: Mapping[tuple[str, str], dict[str, list[str]]]
    with_other: frozenset[str]  # questions to which `or_other` adds a choice "other" and the question "Which other?"
    choice_rows: Mapping[tuple[str, str], int]
    lists: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_xlsform(path: Path, main_language: str) -> ImportedForm:
    """Read a workbook (.xlsx). A label without a language is in `main_language`. Raises XlsformError."""
    book = _open(path)
    settings = book.settings[0] if book.settings else {}
    ours = {column: str(value) for column, value in settings.items() if column.startswith(_OURS)}
    refused, left_out = take_settings(book)
    if refused:
        raise XlsformError(*refused)
    reading = _begin(book, main_language)
    reading.remarks.extend(left_out)
    _hide_our_columns(book)
    try:
        survey = workbook_to_json(workbook_dict=book, fallback_form_name=path.stem, warnings=[])
        xform = create_survey_element_from_dict(survey).to_xml(validate=False, pretty_print=False, warnings=[])
    except PyXFormError as error:
        raise XlsformError(" ".join(str(error).split())) from None
    if _ELSEWHERE.search(xform):
        raise XlsformError("settings: the answers would be sealed, or go to another server than this one")
    reading.lists = survey.get("choices") or {}
    _read_children(reading, survey["children"], ())
    if reading.faults:
        raise XlsformError(*reading.faults)
    values: dict[str, Any] = {"code": survey["id_string"], "questions": reading.questions}
    if topic := ours.get("baraza_topic", "").strip():
        values["topic"] = topic
    if keywords := dict(_read_spoken(ours, "sms_keyword", main_language, r"\s+")):
        values["keywords"] = keywords
    return ImportedForm(
        values, survey["title"], str(survey.get("version", "")), xform, tuple(reading.remarks)
    )  # fmt: skip


def _open(path: Path) -> DefinitionData:
    try:
        return get_xlsform(xlsform=str(path), file_type=".xlsx")
    except (PyXFormError, ParseError, KeyError, OSError, ValueError):
        if doubled := find_doubled_column(path):
            raise XlsformError(doubled) from None
        raise XlsformError("not a workbook of Excel (.xlsx) with a sheet `survey`") from None


def _begin(book: DefinitionData, main_language: str) -> _Reading:
    rows = list(enumerate(book.survey or (), start=2))
    return _Reading(
        main_language,
        rows={row["name"]: number for number, row in rows if row.get("name")},
        ways=_read_ways(book, main_language),
        with_other=frozenset(row["name"] for _, row in rows if _OR_OTHER.search(row.get("type", "")) and "name" in row),
        choice_rows={_key_of(row): number for number, row in enumerate(book.choices or (), start=2)},
    )


def _key_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return list name and name of a choice."""
    return row.get("list_name", row.get("list name", "")), row.get("name", "")


def _hide_our_columns(book: DefinitionData) -> None:
    for sheet in (book.settings, book.settings_header, book.choices, book.choices_header):
        for row in sheet or ():
            for column in [column for column in row if column.startswith(_OURS)]:
                del row[column]


def _read_ways(book: DefinitionData, main_language: str) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Read synonyms of choices, by list and name, from the column `sms_words`, which separates them by commas."""
    return {
        _key_of(row): found
        for row in book.choices or ()
        if (found := dict(_read_spoken(row, "sms_words", main_language, r"\s*[,،;]\s*")))
    }


def _read_spoken(
    row: Mapping[str, Any], column: str, main_language: str, separator: str
) -> Iterator[tuple[str, list[str]]]:
    for header, value in row.items():
        name, _, language = header.partition("::")
        if name == column and (found := [word for word in re.split(separator, str(value).strip()) if word]):
            yield (read_language(language) if language else main_language), found


def _read_children(reading: _Reading, children: list[dict[str, Any]], relevant: tuple[tuple[str, str], ...]) -> None:
    """Read questions in their order; a group becomes its questions, each with the group's condition."""
    for child in children:
        name, kind = child["name"], child["type"]
        if name == "meta" and kind == "group":
            continue
        try:
            conditions = (*relevant, *read_relevant(child.get("bind", {}).get("relevant")))
            if kind == "group":
                _read_children(reading, child["children"], conditions)
            elif kind in _SILENT:
                reading.remarks.append(f"{_where(reading, name)}: {kind} is not asked by SMS")
            elif name in PERSON_CODES:
                where = _where(reading, name)
                reading.remarks.append(f"{where}: is kept apart, as what is told about people; not asked by SMS")
            elif kind in _KINDS and read_yes_no("read_only", child.get("bind", {}).get("readonly")):
                reading.remarks.append(f"{_where(reading, name)}: a question that is read_only is not asked by SMS")
            else:
                reading.questions.append(_read_question(reading, child, conditions))
        except NotAskable as refused:
            reading.faults.append(f"{_where(reading, name)}: {refused}")


def _read_question(
    reading: _Reading, child: Mapping[str, Any], relevant: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    kind = _KINDS.get(child["type"])
    if kind is None:
        raise NotAskable(f"{child['type']!r} cannot be asked by SMS")
    bind = child.get("bind", {})
    question: dict[str, Any] = {"code": child["name"], "kind": kind, "text": _read_text(reading, child)}
    if kind == "choice":
        question["choices"] = _read_choices(reading, child)
    if kind == "number":
        question |= read_bounds(bind.get("constraint"), is_whole=child["type"] != "decimal")
    elif bind.get("constraint"):
        raise NotAskable("a constraint can be kept on numbers only")
    if read_required(bind.get("required")):
        question["required"] = True
    if relevant:
        question["when"] = dict(relevant)
    return question


def _read_text(reading: _Reading, child: Mapping[str, Any]) -> dict[str, str]:
    asked_of = _find_other(reading, child["name"])
    if asked_of is None:
        return read_label(child, reading.main_language)
    said = [question["text"] for question in reading.questions if question["code"] == asked_of]
    return say_other([language for text in said for language in text], is_question=True)


def _find_other(reading: _Reading, name: str) -> str | None:
    """Find the question for which XLSForm's `or_other` added the question `name`; None if it was not added."""
    asked_of = name.removesuffix(f"_{_OTHER}")
    return asked_of if asked_of != name and asked_of in reading.with_other and name not in reading.rows else None


def _read_choices(reading: _Reading, child: Mapping[str, Any]) -> list[dict[str, Any]]:
    if child.get("choice_filter"):
        raise NotAskable("a list with a choice_filter cannot be asked by SMS")
    listed = child.get("list_name") or child.get("itemset", "")
    choices = child.get("choices") or reading.lists.get(listed) or []
    if not 2 <= len(choices) <= CHOICES_MOST:
        raise NotAskable(f"a list of two to {CHOICES_MOST} choices without a filter can be asked by SMS")
    if (child.get("parameters") or {}).get("randomize") == "true":
        where = _where(reading, child["name"])
        reading.remarks.append(f"{where}: by SMS the choices stand in their order, and not at random")
    return [_read_choice(reading, child, choice, listed) for choice in choices]


def _read_choice(reading: _Reading, child: Mapping[str, Any], choice: Mapping[str, Any], listed: str) -> dict[str, Any]:
    key = (listed, choice["name"])
    if child["name"] in reading.with_other and choice["name"] == _OTHER and key not in reading.choice_rows:
        label = say_other(list(read_label(child, reading.main_language)), is_question=False)
    else:
        try:
            label = read_label(choice, reading.main_language)
        except NotAskable as refused:
            raise NotAskable(f"choices row {reading.choice_rows.get(key, '?')}: {refused}") from None
    return {"code": choice["name"], "label": label} | ({"words": ways} if (ways := reading.ways.get(key)) else {})


def _where(reading: _Reading, name: str) -> str:
    name = _find_other(reading, name) or name
    return f"survey row {reading.rows[name]} ({name})" if name in reading.rows else f"survey ({name})"

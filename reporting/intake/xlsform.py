"""Reads an XLSForm workbook: the questions that can be asked by SMS, and the XForm that ODK Collect carries.

One workbook serves both, so what an SMS cannot ask is refused with its sheet and row instead of being left out: the
answers of a phone and those of ODK Collect must mean the same. pyxform reads the workbook and makes the XForm.
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

from reporting.intake.definition_check import CHOICES_MOST
from reporting.intake.fold import words
from reporting.intake.language_name import find_language
from reporting.intake.xlsform_logic import NotAskable, read_bounds, read_relevant, read_required

_KINDS: Final = {
    "select one": "choice",
    "integer": "number",
    "int": "number",
    "decimal": "number",
    "text": "text",
    "string": "text",
    "geopoint": "place",
}
_SILENT: Final = frozenset(  # no answers: what a phone notes by itself, and files that come beside a report
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
        "photo",
        "audio",
    }
)
_OURS: Final = ("sms_", "baraza_")  # columns that pyxform must not see: it has no use for them
_TAG: Final = re.compile(r"\(([A-Za-z]{2,3})(?:[-_][A-Za-z]+)?\)\s*$")


class XlsformError(Exception):
    """A workbook cannot be used; `reasons` are one line each, with sheet and row where there is one."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class ImportedForm:
    """A form in the shape of `conversation.forms`, with its XForm. `remarks` say what is not asked by SMS."""

    values: dict[str, Any]
    title: str
    version: str
    xform: str
    remarks: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """A workbook that is being read. `rows` are those of the questions by name, counted as the spreadsheet does."""

    main_language: str
    rows: Mapping[str, int]
    ways: Mapping[tuple[str, str], dict[str, list[str]]]
    questions: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_xlsform(path: Path, main_language: str) -> ImportedForm:
    """Read a workbook (.xlsx). A label without a language is in `main_language`. Raises XlsformError."""
    book = _open(path)
    settings = book.settings[0] if book.settings else {}
    ours = {column: str(value) for column, value in settings.items() if column.startswith(_OURS)}
    rows = {row["name"]: number for number, row in enumerate(book.survey or (), start=2) if row.get("name")}
    reading = _Reading(main_language, rows, _read_ways(book, main_language))
    _hide_our_columns(book)
    try:
        survey = workbook_to_json(workbook_dict=book, fallback_form_name=path.stem, warnings=[])
        xform = create_survey_element_from_dict(survey).to_xml(validate=False, pretty_print=False, warnings=[])
    except PyXFormError as error:
        raise XlsformError(" ".join(str(error).split())) from None
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
    except (PyXFormError, ParseError, KeyError, OSError):
        raise XlsformError("not a workbook of Excel (.xlsx) with a sheet `survey`") from None


def _hide_our_columns(book: DefinitionData) -> None:
    for sheet in (book.settings, book.settings_header, book.choices, book.choices_header):
        for row in sheet or ():
            for column in [column for column in row if column.startswith(_OURS)]:
                del row[column]


def _read_ways(book: DefinitionData, main_language: str) -> dict[tuple[str, str], dict[str, list[str]]]:
    """Other ways to say a choice, by list and name: the column `sms_words`, with commas in between."""
    return {
        (row.get("list_name", row.get("list name", "")), row.get("name", "")): found
        for row in book.choices or ()
        if (found := dict(_read_spoken(row, "sms_words", main_language, r"\s*[,،;]\s*")))
    }


def _read_spoken(
    row: Mapping[str, Any], column: str, main_language: str, separator: str
) -> Iterator[tuple[str, list[str]]]:
    for header, value in row.items():
        name, _, language = header.partition("::")
        if name == column and (found := [word for word in re.split(separator, str(value).strip()) if word]):
            yield (_read_language(language) if language else main_language), found


def _read_language(name: str) -> str:
    """The code in "French (fr)", "fr" or "French"; what is none of them is handed on, to be refused by its name."""
    if tag := _TAG.search(name):
        return tag[1].lower()
    return find_language(tuple(words(name))) or name


def _read_children(reading: _Reading, children: list[dict[str, Any]], relevant: tuple[tuple[str, str], ...]) -> None:
    """Read questions in their order; a group is its questions, each with the condition of the group."""
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
    question: dict[str, Any] = {"code": child["name"], "kind": kind, "text": _read_label(reading, child)}
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


def _read_choices(reading: _Reading, child: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = child.get("choices") or []
    if child.get("choice_filter") or not 2 <= len(choices) <= CHOICES_MOST:
        raise NotAskable(f"a list of two to {CHOICES_MOST} choices without a filter can be asked by SMS")
    return [
        {"code": choice["name"], "label": _read_label(reading, choice)}
        | ({"words": ways} if (ways := reading.ways.get((child.get("list_name", ""), choice["name"]))) else {})
        for choice in choices
    ]


def _read_label(reading: _Reading, element: Mapping[str, Any]) -> dict[str, str]:
    label = element.get("label")
    if not label:
        raise NotAskable(f"{element['name']!r} has no label")
    by_language = label if isinstance(label, dict) else {"": label}
    if any("${" in text for text in by_language.values()):
        raise NotAskable("a label cannot repeat an earlier answer in an SMS")
    return {_read_language(name) if name else reading.main_language: text for name, text in by_language.items()}


def _where(reading: _Reading, name: str) -> str:
    return f"survey row {reading.rows[name]} ({name})" if name in reading.rows else f"survey ({name})"

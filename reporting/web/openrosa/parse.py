"""Parser of filled-in forms: answers to the campaign's questions, place, time, and the text of the report.

No word of a volunteer may be hidden from a moderator. A field that answers no question of the form (which was changed
meanwhile, or is not ours) becomes a line of the text with its name.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from channels.built_in.openrosa import FilledForm, Noted, Position, Submission, is_file_name, read_position, read_trace
from reporting.campaigns.definition import Form, FormQuestion
from reporting.campaigns.reserved_codes import PERSON_CODES
from reporting.inbox.store import clean_text
from reporting.models.states import ItemStatus
from reporting.reports.person_fields import is_readable
from reporting.web.report.parse import read_answer

_TOPIC: Final = "topic"
_MOMENTS: Final = ("end", "start")
_POSITION_PARTS: Final = 4  # parts of a geopoint; two numbers in a text may be anything
_OLDEST: Final = timedelta(days=60)  # an older time comes from a wrong clock rather than from a form that waited


@dataclass(slots=True)
class _Reading:
    """The values read so far; `spoken` are answers in words, `left` are fields that are no answer.

    `position` is the first asked-for position in the order of the form. `passed` are positions that no question asked
    for, each with the line of text that would stand for it; None for a position that nobody typed.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    spoken: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    position: Position | None = None
    passed: list[tuple[Position, str | None]] = field(default_factory=list)


def read_submission(
    filled: FilledForm, form: Form | None, *, title: str, noted: Noted, files: Collection[str], arrived_at: datetime
) -> Submission:
    """Read a submission; `form` is None where the campaign has no form of that id.

    The report's text has one line for each answer in words, in the order of the form, then the fields left over;
    `title` where there is neither. Values that a phone recorded by itself (`noted`) give the time, and are then
    dropped; their position is the report's place only if no answer gives one. `files` are names of attachments, which
    stand in the fields of pictures and may come in another call.
    """
    reading = _Reading()
    fields: dict[str, list[str]] = {}
    asked = {question.code: question for question in form.questions} if form is not None else {}
    for path, value in _list_answers(filled, noted.values - asked.keys()):
        fields.setdefault(path, []).append(value)
        name = path.rpartition("/")[2]
        is_file = value in files or (name in noted.files if noted.files else is_file_name(value))
        if name in asked or not is_file:
            _read_field(reading, asked, noted, path, value)
    _settle_position(reading, is_known=bool(asked))
    if form is not None and form.topic is not None:
        reading.answers.setdefault(_TOPIC, form.topic)
    return Submission(
        text="\n".join((*reading.spoken, *reading.left)) or title,
        language=filled.language,
        position=reading.position,
        sent_at=_read_sent_at(filled, arrived_at),
        follows=filled.follows,
        answers=reading.answers,
        payload={"form": filled.form_id, "version": filled.version, "fields": fields},
    )


def _list_answers(filled: FilledForm, noted: Collection[str]) -> Iterator[tuple[str, str]]:
    for path, value in filled.fields:
        if path.rpartition("/")[2] not in noted:
            yield clean_text(path), clean_text(value)


def _read_field(reading: _Reading, asked: Mapping[str, FormQuestion], noted: Noted, path: str, value: str) -> None:
    """Read a field as an answer to a question, a position, or a line of the text."""
    name = path.rpartition("/")[2]
    question = asked.get(name)
    if question is None and name in PERSON_CODES:
        _read_of_people(reading, name, value)
        return
    if question is None:
        _read_unasked(reading, noted, name, value)
        return
    if question.kind == "place" and reading.position is None:
        reading.position = read_position(value) or read_trace(value)
        if reading.position is not None:
            return
    answer = read_answer(question, value) if question.kind != "place" else None
    if answer is None or name in reading.answers:
        reading.left.append(f"{name}: {value}")
        return
    reading.answers[name] = answer
    if question.kind == "text":
        reading.spoken.append(value)


def _read_of_people(reading: _Reading, name: str, value: str) -> None:
    """Read what is told about people, which is kept apart from the words; what cannot be read stays among them."""
    if is_readable(name, value):
        reading.answers.setdefault(name, value)
        return
    reading.answers.setdefault(name, ItemStatus.UNKNOWN)
    reading.left.append(f"{name}: {value}")


def _read_unasked(reading: _Reading, noted: Noted, name: str, value: str) -> None:
    """Read a field that answers no question: a position, or a line of the text.

    A position that a phone recorded by itself is left out of the text.
    """
    position = read_position(value) if len(value.split()) == _POSITION_PARTS else read_trace(value)
    if position is None:
        reading.left.append(f"{name}: {value}")
    elif name in noted.positions:
        reading.passed.append((replace(position, is_noted=True), None))
    else:
        reading.passed.append((position, f"{name}: {value}"))


def _settle_position(reading: _Reading, *, is_known: bool) -> None:
    """Choose the most likely position where no question of ours was answered with one.

    In an unknown form the only position that no phone recorded by itself is sure. A position left over from a known
    form is a guess, as is the phone's own position.
    """
    told = [(position, line) for position, line in reading.passed if line is not None]
    if reading.position is None and reading.passed:
        chosen, _ = (told or reading.passed)[-1]
        is_sure = not is_known and len(told) == 1
        reading.position = replace(chosen, is_noted=not is_sure)
        told = [(position, line) for position, line in told if position is not chosen]
    reading.left.extend(line for _, line in told if line is not None)


def _read_sent_at(filled: FilledForm, arrived_at: datetime) -> datetime | None:
    """Read when the form was filled in, by the phone's clock: a form may wait for days until there is a signal."""
    noted = {path: value for path, value in filled.fields if path in _MOMENTS}
    for name in _MOMENTS:
        try:
            moment = datetime.fromisoformat(noted.get(name, ""))
        except ValueError:
            continue
        if moment.tzinfo is not None and arrived_at - _OLDEST <= moment <= arrived_at:
            return moment
    return None

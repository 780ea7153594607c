"""Reads a filled form with the questions that the campaign asked: answers, place, moment, and the words of the report.

Nothing that somebody wrote may be out of a moderator's sight: what is no answer to a question of the form (which was
changed meanwhile, or is not ours) stands in the words, line by line with its name.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from channels.openrosa import FilledForm, Position, Submission, read_position
from reporting.intake.definition import Form, FormQuestion
from reporting.intake.store import clean_text
from reporting.web.report_reading import read_answer

_TOPIC: Final = "topic"
_MOMENTS: Final = ("end", "start")
_OLDEST: Final = timedelta(days=60)  # an older moment is a phone's wrong clock rather than a form that waited


@dataclass(slots=True)
class _Reading:
    """What was found so far; `spoken` are answers in words, `left` what is no answer."""

    answers: dict[str, Any] = field(default_factory=dict)
    spoken: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    position: Position | None = None


def read_submission(
    filled: FilledForm,
    form: Form | None,
    *,
    title: str,
    noted: frozenset[str],
    files: Collection[str],
    arrived_at: datetime,
) -> Submission:
    """Read a submission; `form` is None where the campaign has none of that id.

    The report's words are the answers in words in the order of the form, one a line, then what was left over; the
    `title` where there is neither. `noted` are names of fields that a phone fills in by itself: they are used for the
    moment and then dropped. `files` are names of attachments, which stand in the fields of pictures.
    """
    reading = _Reading()
    fields: dict[str, list[str]] = {}
    asked = {question.code: question for question in form.questions} if form is not None else {}
    for path, value in _list_said(filled, noted - asked.keys()):
        fields.setdefault(path, []).append(value)
        if value not in files or path.rpartition("/")[2] in asked:
            _read_field(reading, asked, path, value)
    if form is not None and form.topic is not None:
        reading.answers.setdefault(_TOPIC, form.topic)
    return Submission(
        text="\n".join((*reading.spoken, *reading.left)) or title,
        language=filled.language,
        position=reading.position,
        sent_at=_read_moment(filled, arrived_at),
        follows=filled.follows,
        answers=reading.answers,
        payload={"form": filled.form_id, "version": filled.version, "fields": fields},
    )


def _list_said(filled: FilledForm, noted: Collection[str]) -> Iterator[tuple[str, str]]:
    for path, value in filled.fields:
        if path.rpartition("/")[2] not in noted:
            yield clean_text(path), clean_text(value)


def _read_field(reading: _Reading, asked: Mapping[str, FormQuestion], path: str, value: str) -> None:
    """An answer to a question, the first position of the form, or a line of the words."""
    name = path.rpartition("/")[2]
    question = asked.get(name)
    position = read_position(value) if question is None or question.kind == "place" else None
    if position is not None and reading.position is None and (question is not None or len(value.split()) == 4):
        reading.position = position
        return
    answer = read_answer(question, value) if question is not None and question.kind != "place" else None
    if question is None or answer is None or name in reading.answers:
        reading.left.append(f"{name}: {value}")
        return
    reading.answers[name] = answer
    if question.kind == "text":
        reading.spoken.append(value)


def _read_moment(filled: FilledForm, arrived_at: datetime) -> datetime | None:
    """When it was filled in, as the phone noted it: a form may wait for days until there is a signal."""
    noted = {path: value for path, value in filled.fields if path in _MOMENTS}
    for name in _MOMENTS:
        try:
            moment = datetime.fromisoformat(noted.get(name, ""))
        except ValueError:
            continue
        if moment.tzinfo is not None and arrived_at - _OLDEST <= moment <= arrived_at:
            return moment
    return None

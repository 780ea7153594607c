"""What a message is in the conversation with its sender: a command, an answer to our question, or a new report."""

from dataclasses import dataclass
from enum import StrEnum

from reporting.intake.contact import OpenQuestion
from reporting.intake.fold import words
from reporting.intake.keyword import Command, find_command

_ANSWER_WORDS = 8  # a place is told in a few words; who writes more tells something new


class Intent(StrEnum):
    """What is to be made of a message."""

    COMMAND = "command"
    ANSWER = "answer"
    REPORT = "report"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message in its conversation. `choice` counts from 0."""

    intent: Intent
    command: Command | None = None
    choice: int | None = None


def take_turn(text: str, question: OpenQuestion | None, *, has_topic: bool, has_place: bool) -> Turn:
    """Decide what a message is. A new report must never be swallowed as an answer, so in doubt it is a report."""
    command = find_command(text)
    if command is not None:
        return Turn(Intent.COMMAND, command=command)
    if not text.strip():
        return Turn(Intent.NOTHING)
    if question is not None:
        choice = _read_choice(text, len(question.choices))
        if choice is not None:
            return Turn(Intent.ANSWER, choice=choice)
        if not has_topic and (has_place or len(words(text)) <= _ANSWER_WORDS):
            return Turn(Intent.ANSWER)
    return Turn(Intent.REPORT)


def _read_choice(text: str, count: int) -> int | None:
    trimmed = text.strip().strip(".)( ")
    if trimmed.isdecimal() and 1 <= int(trimmed) <= count:  # isdecimal knows the digits of every script
        return int(trimmed) - 1
    return None

"""What a stored message is in the conversation, given the channel it came by and what came with its words."""

from typing import Final

from channels import api, form, openrosa
from reporting.intake.answer import Hints
from reporting.intake.conversation import Accompaniment, Intent, Turn, take_turn
from reporting.intake.detail import Details
from reporting.intake.inbox import InboxMessage
from reporting.intake.keyword import Command, FoundCommand, find_command
from reporting.intake.question import OpenQuestion

_MEANT_ALONE: Final = frozenset({Command.STOP, Command.START, Command.FORGET, Command.LANGUAGE, Command.STATUS})


def choose_turn(
    message: InboxMessage, words: str, details: Details, question: OpenQuestion | None, hints: Hints
) -> Turn:
    """The turn of a message whose cleaned text is `words`.

    A form is always a report: its sender was told a reference, and the number in it may be anybody's, in whose name
    nothing is ordered or answered, nor is it by a partner's program; one of ODK Collect may correct an earlier one or
    bring more of its pictures. Where there is no sender there is no conversation, and words are a report. What a
    gateway took for STOP, START or HELP is that: it has told the sender so. An order that is all that stands below a
    letter's subject is one, whatever the letter is about; but for HELP, which is then a cry for it. A notice that
    nobody reads is stored and no more.
    """
    if message.channel == openrosa.NAME:
        return Turn(Intent.REPORT if details.follows is None else Intent.CONTINUATION)
    if message.channel == form.NAME:
        return Turn(Intent.REPORT)
    if message.channel == api.NAME:
        return _take_by_api(words, hints)
    if details.is_notice:
        return Turn(Intent.COURTESY)
    found = find_command(details.below, hints.languages) if details.below is not None else None
    if found is not None and found.command in _MEANT_ALONE:
        return Turn(Intent.COMMAND, command=found)
    if details.order is not None:
        return Turn(Intent.COMMAND, command=FoundCommand(Command(details.order)))
    accompaniment = Accompaniment(
        has_point=details.point is not None,
        has_media=bool(details.media),
        has_answers=bool(details.answers),
        follows=details.follows is not None,
    )
    turn = take_turn(words, question, hints, accompaniment)
    is_lost = message.party_hash is None and words and turn.intent in (Intent.COURTESY, Intent.NOTHING)
    return Turn(Intent.REPORT) if is_lost else turn


def _take_by_api(words: str, hints: Hints) -> Turn:
    """A partner's program may write any number into a message: nothing is ordered or answered in its name."""
    turn = take_turn(words, None, hints)
    return Turn(turn.intent) if turn.intent in (Intent.COURTESY, Intent.GREETING) else Turn(Intent.REPORT)


def tells_above(words: str, below: str | None) -> bool:
    """Whether a letter's subject is a report, while what stands below it is an order."""
    if below is None:
        return False
    return (
        take_turn(words.removesuffix(below).strip(), None, Hints(has_place=False, topic_id=None)).intent
        is Intent.REPORT
    )

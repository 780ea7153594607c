"""What a stored message is in the conversation, given the channel it came by and what came with its words."""

from channels import form
from reporting.intake.answer import Hints
from reporting.intake.conversation import Accompaniment, Intent, Turn, take_turn
from reporting.intake.detail import Details
from reporting.intake.inbox import InboxMessage
from reporting.intake.question import OpenQuestion


def choose_turn(
    message: InboxMessage, words: str, details: Details, question: OpenQuestion | None, hints: Hints
) -> Turn:
    """The turn of a message whose cleaned text is `words`.

    A form is always a report: its sender was told a reference, and the number in it may be anybody's, in whose name
    nothing is ordered or answered.
    """
    if message.channel == form.NAME:
        return Turn(Intent.REPORT)
    accompaniment = Accompaniment(
        has_point=details.point is not None,
        has_media=bool(details.media),
        has_answers=bool(details.answers),
        follows=details.follows is not None,
    )
    return take_turn(words, question, hints, accompaniment)

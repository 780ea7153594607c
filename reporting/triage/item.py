"""A message of a batch with all that is known of it."""

from dataclasses import dataclass

from geo.value import GUESS_BELOW, Location
from reporting.intake.contact import KnownContact
from reporting.intake.conversation import Turn
from reporting.intake.detail import Details
from reporting.intake.inbox import InboxMessage
from reporting.intake.question import OpenQuestion
from reporting.triage.reader import Reading

# A phone that sends its position knows it to some tens of metres; people do not always stand where it happens.
_POSITION_RADIUS_M = 150.0
_POSITION_CONFIDENCE = 0.97
_POSITION_MATCH = "position sent by the phone"
# Where a phone was when a form was opened: the volunteer may have been at home.
_NOTED_RADIUS_M = 2_000.0
_NOTED_CONFIDENCE = 0.3
_NOTED_MATCH = "position of the phone that nobody asked for"


@dataclass(frozen=True, slots=True)
class Item:
    """A message with its sender, its cleaned text, what was read in it and what it is in the conversation."""

    message: InboxMessage
    contact: KnownContact | None
    text: str
    details: Details
    reading: Reading
    turn: Turn
    other_places: tuple[str, ...] = ()  # names that a report tells of as well
    question: OpenQuestion | None = None  # which the message was read with
    perhaps_answers: int | None = None  # a report that a moderator had asked about

    @property
    def said(self) -> tuple[str, ...]:
        """All words of the message: its text, and each answer that somebody wrote in their own."""
        return (self.text, *(value for value in self.details.answers.values() if isinstance(value, str)))

    @property
    def is_held_back(self) -> bool:
        """Whether it is one of so many that its sender's messages are worked on when there is time."""
        return self.message.priority > 0


def locate_position(point: tuple[float, float], accuracy_m: float | None) -> Location:
    """The place of a (latitude, longitude) that a phone sent, with the radius in metres that it was sure of."""
    lat, lon = point
    return Location(lat, lon, max(_POSITION_RADIUS_M, accuracy_m or 0.0), _POSITION_CONFIDENCE, _POSITION_MATCH, ())


def locate_noted(point: tuple[float, float], accuracy_m: float | None) -> Location:
    """The same of a position that a phone noted by itself: a guess, and marked as what it is."""
    lat, lon = point
    return Location(lat, lon, max(_NOTED_RADIUS_M, accuracy_m or 0.0), _NOTED_CONFIDENCE, _NOTED_MATCH, ())


def is_located(confidence: float | None) -> bool:
    """Whether a report's place is better than a guess."""
    return confidence is not None and confidence >= GUESS_BELOW

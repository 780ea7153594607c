"""A message of a batch with all that is known of it."""

from dataclasses import dataclass

from channels.base.items import MessageDetails
from reporting.conversation.intent import MessageReading
from reporting.conversation.questions import OpenQuestion
from reporting.extraction.reader import MessageAnalysis
from reporting.inbox.contacts import KnownContact
from reporting.inbox.work_queue import InboxMessage
from reporting.languages.keywords import Command


@dataclass(frozen=True, slots=True)
class MessageContext:
    """A message with its sender, its cleaned text, what was read in it and what it is in the conversation."""

    message: InboxMessage
    contact: KnownContact | None
    text: str
    details: MessageDetails
    reading: MessageAnalysis
    classified: MessageReading
    other_places: tuple[str, ...] = ()  # names that a report tells of as well
    question: OpenQuestion | None = None  # that the message was read with
    perhaps_answers: int | None = None  # a report that a moderator had asked about

    @property
    def message_id(self) -> int:
        """The message, as whoever watches the worker knows it."""
        return self.message.id

    @property
    def leaves(self) -> bool:
        """Whether the message says STOP, alone or beside what it reports: before anything is answered to it."""
        command = self.classified.command
        return self.classified.leaves or (command is not None and command.command is Command.STOP)

    @property
    def said(self) -> tuple[str, ...]:
        """All words of the message: its text, and each answer that somebody wrote in their own."""
        return (self.text, *(value for value in self.details.answers.values() if isinstance(value, str)))

    @property
    def is_deferred(self) -> bool:
        """Whether it is one of so many that its sender's messages are worked on when there is time."""
        return self.message.priority > 0

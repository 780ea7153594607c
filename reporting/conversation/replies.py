"""What is answered to the messages of a batch: collected, and queued in one go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from channels.built_in.capabilities import get_capabilities
from reporting.conversation.acknowledgement import acknowledge
from reporting.conversation.questions import NewQuestion, OpenedQuestion, open_questions
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.extraction.reader import TextAnalyser
from reporting.inbox.contacts import KnownContact
from reporting.inbox.work_queue import InboxMessage
from reporting.languages.sms_texts import Phrase, say
from reporting.models.states import Purpose
from reporting.outbox.outbox import OutgoingText, is_reachable, queue_texts


@dataclass(frozen=True, slots=True)
class Replies:
    """Answers to people of one campaign, collected while its messages are worked on."""

    connection: Connection
    reader: TextAnalyser
    pseudonyms: Pseudonyms
    reply_channels: Collection[str]
    muted: Collection[int] = ()  # contacts whose phone seems to answer by itself
    unanswered: Collection[int] = ()  # messages that a machine wrote: an answer would be answered
    _outgoing: list[OutgoingText] = field(default_factory=list)
    _asked: list[OpenedQuestion] = field(default_factory=list)

    def can_reply(self, message: InboxMessage, contact: KnownContact | None, purpose: str) -> bool:
        """Tell whether the sender can be answered, and has not told us to be silent."""
        if (
            contact is None
            or message.address_encrypted is None
            or message.campaign_address is None
            or message.id in self.unanswered
        ):
            return False
        if not get_capabilities(message.channel).proves_number:
            return False
        if message.channel not in self.reply_channels or (contact.is_opted_out and purpose != Purpose.COMMAND):
            return False
        if contact.id in self.muted and purpose != Purpose.HOTLINE:
            return False
        return is_reachable(self.pseudonyms.unseal(message.address_encrypted))

    def languages_of(self, contact: KnownContact | None) -> Sequence[str]:
        """List the languages to try, the person's own first."""
        own = contact.language if contact is not None else None
        return [*([own] if own else []), *self.reader.languages]

    def acknowledge(self, contact: KnownContact | None, reference: str, *, is_urgent: bool) -> str:
        """Word the first answer to a report in the person's language; where it is urgent, whom to call stands first."""
        language = self.reader.choose_language(contact.language if contact is not None else None)
        organisation = self.reader.organisation
        line = organisation.find_emergency_line(language, self.reader.languages) if is_urgent else ""
        return acknowledge(organisation.name, reference, language, line)

    def say(
        self,
        message: InboxMessage,
        contact: KnownContact | None,
        phrase: Phrase,
        purpose: str,
        *,
        report_id: int | None = None,
        **values: str,
    ) -> bool:
        """Answer with a phrase in the person's language; whether they can be answered."""
        language = self.reader.choose_language(contact.language if contact is not None else None)
        return self.tell(message, contact, say(phrase, language, **values), purpose, report_id=report_id)

    def tell(
        self,
        message: InboxMessage,
        contact: KnownContact | None,
        text: str,
        purpose: str,
        *,
        report_id: int | None = None,
        language: str | None = None,
    ) -> bool:
        """Answer with a text as it is, in the person's language where none is given; whether they can be answered."""
        if contact is None or message.campaign_address is None or not self.can_reply(message, contact, purpose):
            return False
        self._outgoing.append(
            OutgoingText(
                campaign_id=self.reader.campaign_id,
                contact_id=contact.id,
                channel=message.channel,
                campaign_address=message.campaign_address,
                text=text,
                purpose=purpose,
                language=language or self.reader.choose_language(contact.language),
                report_id=report_id,
                in_reply_to_id=message.id,
            )
        )
        return True

    def ask(self, contact: KnownContact, report_id: int | None, question: NewQuestion, expires_at: datetime) -> None:
        """Open the question that a text asks."""
        self._asked.append(OpenedQuestion(contact.id, report_id, question, expires_at))

    def queue(self) -> int:
        """Put all answers into the outbox, and open the questions that they ask; returns how many answers."""
        open_questions(self.connection, self._asked)
        queue_texts(self.connection, self._outgoing)
        count = len(self._outgoing)
        self._outgoing.clear()
        self._asked.clear()
        return count

"""What people order: to leave or come back, help, what became of a report, another language, to be forgotten."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, select

from reporting.intake.answer import Answer, AnswerKind
from reporting.intake.contact import opt_in, opt_out, set_language
from reporting.intake.erasure import erase_contact
from reporting.intake.keyword import Command
from reporting.intake.language_name import OWN_NAMES
from reporting.intake.outcome import is_counted
from reporting.intake.phrase import Phrase, spoken_languages
from reporting.intake.question import NewQuestion, OpenQuestion, QuestionKind, ask, close_question
from reporting.models.base import now
from reporting.models.message import ANSWERED, COMMAND, SKIPPED
from reporting.models.report import APPROVED, REJECTED, Report
from reporting.triage.following import estimate_incidents
from reporting.triage.item import Item
from reporting.triage.reader import Reader
from reporting.triage.reply import Replies

_QUESTION_LIFE: Final = timedelta(hours=1)  # what was asked about an order, not about a report
_FORGET, _KEEP = "forget", "keep"
_STATUS: Final = {APPROVED: Phrase.STATUS_APPROVED, REJECTED: Phrase.STATUS_REJECTED}


@dataclass(slots=True)
class Orders:
    """The orders of one batch in one campaign. `to_erase` are contacts who confirmed that they want to be forgotten."""

    connection: Connection
    reader: Reader
    replies: Replies
    to_erase: set[int] = field(default_factory=set)

    def obey(self, item: Item) -> None:
        """Do what a command says, and confirm it unless the gateway has done so itself."""
        found = item.turn.command
        if found is None or item.contact is None:
            return
        if found.command is Command.STOP:
            opt_out(self.connection, item.contact, item.message.received_at)
            self._say(item, Phrase.STOPPED)
        elif found.command is Command.START:
            if opt_in(self.connection, item.contact, item.message.received_at):
                self._say(item, Phrase.STARTED)
        elif found.command is Command.HELP:
            self._say(item, Phrase.HELP)
        elif found.command is Command.STATUS:
            self._tell_status(item, found.argument)
        elif found.command is Command.LANGUAGE:
            self._change_language(item, found.argument)
        elif found.command is Command.FORGET:
            choices = [{"code": code, "words": []} for code in (_FORGET, _KEEP)]
            self._ask(item, NewQuestion(QuestionKind.FORGET, choices=choices), Phrase.ASK_FORGET)

    def take_answer(self, item: Item, question: OpenQuestion, answer: Answer) -> None:
        """The answer to a question about an order."""
        if answer.kind is AnswerKind.UNREADABLE:
            self.replies.say(
                item.message, item.contact, Phrase.REPEAT_CHOICE, COMMAND, count=str(len(question.choices))
            )
            return
        choice = question.choices[answer.choice]["code"] if answer.choice is not None else None
        close_question(self.connection, question.id, SKIPPED if choice is None else ANSWERED, item.message.id)
        if item.contact is None or choice is None:
            return
        if question.kind is QuestionKind.LANGUAGE:
            self._change_language(item, str(choice))
        elif choice == _FORGET:
            self._say(item, Phrase.FORGOTTEN)
            self.to_erase.add(item.contact.id)
        else:
            self._say(item, Phrase.KEPT)

    def erase(self) -> list[int]:
        """Carry out what was confirmed, once all else of the batch is written; ids of the erased messages."""
        erased = [erase_contact(self.connection, self.reader.campaign_id, contact_id) for contact_id in self.to_erase]
        report_ids = [report_id for of_contact in erased for report_id in of_contact.report_ids]
        # What they said of place and time must not go on speaking through the estimate.
        incidents = select(Report.incident_id).where(Report.id.in_(report_ids))
        estimate_incidents(self.connection, self.connection.execute(incidents).scalars())
        return [message_id for of_contact in erased for message_id in of_contact.message_ids]

    # -- steps

    def _say(self, item: Item, phrase: Phrase, reference: str = "") -> None:
        if not item.details.is_gateway_answered:
            self.replies.say(item.message, item.contact, phrase, COMMAND, reference=reference)

    def _ask(self, item: Item, question: NewQuestion, phrase: Phrase, choices: str = "") -> None:
        if item.contact is not None and self.replies.say(item.message, item.contact, phrase, COMMAND, choices=choices):
            ask(self.connection, item.contact.id, None, question, now() + _QUESTION_LIFE)

    def _tell_status(self, item: Item, reference: str | None) -> None:
        """Only about the sender's own reports: a reference alone must tell a stranger on the same phone nothing."""
        assert item.contact is not None  # noqa: S101
        query = select(Report.id, Report.reference, Report.state, Report.is_sensitive).where(
            Report.contact_id == item.contact.id
        )
        if reference is not None:
            query = query.where(Report.reference == reference)
        report = self.connection.execute(query.order_by(Report.id.desc()).limit(1)).first()
        if report is None:
            self._say(item, Phrase.STATUS_NONE)
            return
        phrase = Phrase.STATUS_WAITING if report.is_sensitive else _STATUS.get(report.state, Phrase.STATUS_WAITING)
        if phrase is Phrase.STATUS_APPROVED and is_counted(self.connection, report.id):
            phrase = Phrase.STATUS_COUNTED
        self._say(item, phrase, reference=report.reference)

    def _change_language(self, item: Item, code: str | None) -> None:
        assert item.contact is not None  # noqa: S101
        if code in spoken_languages():
            set_language(self.connection, item.contact, str(code), is_chosen=True)
            self._say(item, Phrase.LANGUAGE_SET)
            return
        offered = self._list_offered()
        choices = [{"code": language, "words": [OWN_NAMES[language], language]} for language in offered]
        spelt = ", ".join(f"{number} {OWN_NAMES[code]}" for number, code in enumerate(offered, start=1))
        self._ask(item, NewQuestion(QuestionKind.LANGUAGE, choices=choices), Phrase.ASK_LANGUAGE, choices=spelt)

    def _list_offered(self) -> list[str]:
        """The campaign's languages first, then the others that we speak."""
        spoken = spoken_languages()
        own = [language for language in self.reader.languages if language in spoken]
        return [*own, *(language for language in OWN_NAMES if language in spoken - set(own))]

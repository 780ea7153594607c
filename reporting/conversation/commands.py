"""What people order: to leave or come back, help, what became of a report, another language, to be forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, select

from reporting.conversation.acknowledgement import explain, welcome
from reporting.conversation.answers import Answer, AnswerKind
from reporting.conversation.message_context import MessageContext
from reporting.conversation.questions import NewQuestion, OpenQuestion, QuestionKind, ask, close_question, is_asked
from reporting.conversation.replies import Replies
from reporting.conversation.status import is_counted, is_moved
from reporting.extraction.reader import TextAnalyser
from reporting.inbox.contacts import choose_language, opt_in, opt_out
from reporting.incidents.refresh import estimate_incidents
from reporting.languages.greetings import find_greeting, find_thanks
from reporting.languages.keywords import Command
from reporting.languages.names import list_sms_names
from reporting.languages.sms_texts import Phrase, say, spoken_languages
from reporting.models.base import now
from reporting.models.report import Report
from reporting.models.states import Purpose, QuestionOutcome, ReportState
from reporting.privacy.erasure import erase_contact

_QUESTION_LIFE: Final = timedelta(hours=1)  # what was asked about an order, not about a report
_FORGET, _KEEP = "forget", "keep"
_STATUS: Final = {ReportState.APPROVED: Phrase.STATUS_APPROVED, ReportState.REJECTED: Phrase.STATUS_REJECTED}


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """The orders of one batch in one campaign."""

    connection: Connection
    reader: TextAnalyser
    replies: Replies

    def obey(self, item: MessageContext) -> bool:
        """Do what a command says, and confirm it unless the gateway has done so itself.

        Returns whether the sender is to be forgotten (`erase_senders`).
        """
        found = item.classified.command
        if found is None or item.contact is None:
            return False
        if found.command is Command.START:
            if opt_in(self.connection, item.contact, item.message.received_at):
                self._say(item, Phrase.STARTED)
        elif found.command is Command.HELP:
            self.explain(item)
        elif found.command is Command.STATUS:
            self._reply_status(item, found.argument)
        elif found.command is Command.LANGUAGE:
            self._change_language(item, found.argument)
        return found.command is Command.FORGET and self._forget(item)

    def leave(self, item: MessageContext) -> None:
        """Opt the sender out."""
        if item.contact is not None:
            opt_out(self.connection, item.contact, item.message.received_at)

    def confirm_leaving(self, item: MessageContext, reference: str) -> None:
        """Confirm the opt-out, with the `reference` of the report that the same message made, if it made one.

        Nothing else is sent to who leaves, so that the reference would not reach them otherwise.
        """
        self._say(item, Phrase.STOPPED_REPORTED if reference else Phrase.STOPPED, reference)

    def explain(self, item: MessageContext) -> None:
        """Answer HELP, in the language of its word."""
        language = self._choose_language(item)
        self._reply(item, explain(self.reader.organisation, language, self.reader.languages), language)

    def welcome(self, item: MessageContext) -> None:
        """Tell what this number is for, in the language in which somebody greeted."""
        own = item.contact.language if item.contact is not None else None
        spoken = find_greeting(item.text) or find_thanks(item.text)
        known = [each for each in (own, *self.reader.languages) if each in spoken]
        language = self.reader.choose_language(next(iter((*known, *spoken)), own))
        self._reply(item, welcome(self.reader.organisation, language), language)

    def _forget(self, item: MessageContext) -> bool:
        """Ask whether it is meant; returns whether the sender is to be forgotten at once.

        Who cannot be asked, or says it again after we asked, is: a right must not hang on a way out of ours.
        """
        assert item.contact is not None  # noqa: S101
        can_ask = self.replies.can_reply(item.message, item.contact, Purpose.COMMAND)
        if can_ask and not is_asked(self.connection, item.contact.id, QuestionKind.FORGET):
            choices = [{"code": code, "words": []} for code in (_FORGET, _KEEP)]
            self._ask(item, NewQuestion(QuestionKind.FORGET, choices=choices), Phrase.ASK_FORGET)
            return False
        self._say(item, Phrase.FORGOTTEN)
        return True

    def take_answer(self, item: MessageContext, question: OpenQuestion, answer: Answer) -> bool:
        """Obey the answer to a question about an order; returns whether the sender is to be forgotten."""
        if answer.kind is AnswerKind.UNREADABLE:
            self.replies.say(
                item.message, item.contact, Phrase.REPEAT_CHOICE, Purpose.COMMAND, count=str(len(question.choices))
            )
            return False
        choice = question.choices[answer.choice]["code"] if answer.choice is not None else None
        close_question(
            self.connection,
            question.id,
            QuestionOutcome.SKIPPED if choice is None else QuestionOutcome.ANSWERED,
            item.message.id,
        )
        if item.contact is None or choice is None:
            return False
        if question.kind is QuestionKind.LANGUAGE:
            self._change_language(item, str(choice))
            return False
        is_forgotten = str(choice) == _FORGET
        self._say(item, Phrase.FORGOTTEN if is_forgotten else Phrase.KEPT)
        return is_forgotten

    # -- steps

    def _say(self, item: MessageContext, phrase: Phrase, reference: str = "") -> None:
        language = self._choose_language(item)
        self._reply(item, say(phrase, language, reference=reference), language)

    def _reply(self, item: MessageContext, text: str, language: str) -> None:
        if not item.details.is_gateway_answered:
            self.replies.tell(item.message, item.contact, text, Purpose.COMMAND, language=language)

    def _choose_language(self, item: MessageContext) -> str:
        """Choose the language of the order's words.

        STOP and START are what our texts tell people to write, so English words for them say nothing; nor does an
        English word of somebody who chose another language.
        """
        own = item.contact.language if item.contact is not None else None
        found = item.classified.command
        spoken = found.languages if found is not None else ()
        is_chosen = item.contact is not None and item.contact.is_language_chosen
        says_nothing = is_chosen or (found is not None and found.command is not Command.HELP)
        if not spoken or own in spoken or (own is not None and says_nothing):
            return self.reader.choose_language(own)
        if "en" in spoken and says_nothing:
            return self.reader.choose_language(None)
        known = [each for each in self.reader.languages if each in spoken]
        return self.reader.choose_language(next(iter((*known, *spoken))))

    def _ask(self, item: MessageContext, question: NewQuestion, phrase: Phrase, choices: str = "") -> None:
        if item.contact is not None and self.replies.say(
            item.message, item.contact, phrase, Purpose.COMMAND, choices=choices
        ):
            ask(self.connection, item.contact.id, None, question, now() + _QUESTION_LIFE)

    def _reply_status(self, item: MessageContext, reference: str | None) -> None:
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
        if phrase is Phrase.STATUS_REJECTED and is_moved(self.connection, report.id):
            phrase = Phrase.STATUS_WAITING  # it was used, as the answer that it is
        if phrase is Phrase.STATUS_APPROVED and is_counted(self.connection, report.id):
            phrase = Phrase.STATUS_COUNTED
        self._say(item, phrase, reference=report.reference)

    def _change_language(self, item: MessageContext, code: str | None) -> None:
        assert item.contact is not None  # noqa: S101
        if code in spoken_languages():
            choose_language(self.connection, item.contact, str(code))
            self._say(item, Phrase.LANGUAGE_SET)
            return
        offered, names = self._list_offered(), list_sms_names()
        choices = [{"code": language, "words": [names[language], language]} for language in offered]
        spelt = ", ".join(f"{number} {names[code]}" for number, code in enumerate(offered, start=1))
        self._ask(item, NewQuestion(QuestionKind.LANGUAGE, choices=choices), Phrase.ASK_LANGUAGE, choices=spelt)

    def _list_offered(self) -> list[str]:
        """List the campaign's languages first, then the others that we speak."""
        spoken = spoken_languages()
        own = [language for language in self.reader.languages if language in spoken]
        return [*own, *(language for language in list_sms_names() if language in spoken - set(own))]


def erase_senders(connection: Connection, campaign_id: int, contact_ids: Iterable[int]) -> list[int]:
    """Forget contacts who confirmed it, once all else of the batch is written; returns the ids of erased messages."""
    erased = [erase_contact(connection, campaign_id, contact_id) for contact_id in contact_ids]
    report_ids = [report_id for of_contact in erased for report_id in of_contact.report_ids]
    # What they said of place and time must not go on speaking through the estimate.
    incidents = select(Report.incident_id).where(Report.id.in_(report_ids))
    estimate_incidents(connection, connection.execute(incidents).scalars())
    return [message_id for of_contact in erased for message_id in of_contact.message_ids]

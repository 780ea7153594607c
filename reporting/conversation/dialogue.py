"""The conversation about a report: asks what is missing, takes the answers, goes back, comes to an end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select, update

from reporting.campaigns.definition import Form
from reporting.conversation.answers import Answer, AnswerKind
from reporting.conversation.demographics import NO
from reporting.conversation.message_context import MessageContext
from reporting.conversation.next_question import ConversationState, choose_next, find_form
from reporting.conversation.question_texts import word_question
from reporting.conversation.questions import (
    PERSON_KINDS,
    PLACE_KINDS,
    NewQuestion,
    OpenQuestion,
    QuestionKind,
    ask,
    close_question,
    end_soon,
    list_answered_demographics,
    list_asked,
    record_reminder,
    set_outcome,
)
from reporting.conversation.replies import Replies
from reporting.conversation.report_answers import add_answers, clear_demographic, correct_form, set_demographic
from reporting.extraction.place_options import list_meant
from reporting.extraction.reader import TextAnalyser
from reporting.inbox.contacts import KnownContact
from reporting.inbox.work_queue import blank_text
from reporting.languages.sms_segments import measure
from reporting.languages.sms_texts import Phrase
from reporting.models.base import now
from reporting.models.campaign import Topic
from reporting.models.message import ACKNOWLEDGEMENT, ANSWERED, QUESTION, SKIPPED, TAKEN_BACK
from reporting.models.report import ERASED, Report
from reporting.reports.create import PLACE
from reporting.reports.learn_place import learn_from_pin
from reporting.reports.locate import is_located, place_by_words, place_chosen, place_position

# Who told us about themselves is not asked again for so long: it seldom changes, and asking is a burden.
_ASKED_AGAIN_AFTER: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The conversations of one batch in one campaign."""

    connection: Connection
    reader: TextAnalyser
    replies: Replies

    def open(self, item: MessageContext, report_id: int, reference: str) -> None:
        """Acknowledge a new report, then ask the first question where something is to be asked."""
        if not self.replies.can_reply(item.message, item.contact, ACKNOWLEDGEMENT):
            return
        assert item.contact is not None  # noqa: S101  # who can be answered has a contact
        topic = item.reading.topic.code if item.reading.topic else None
        tells_of_two = bool(item.other_places)  # then nobody is asked which of them it is: it is both
        meant = list_meant(self.connection, self.reader.campaign_id, item.reading.location)
        standing = ConversationState(
            is_located=item.reading.is_located or tells_of_two,
            places=[] if tells_of_two else meant,
            form=find_form(self.reader.conversation, item.text, topic),
            answers=item.details.answers,
            told=self._list_told(item.contact),
            topic=None if tells_of_two else topic,  # a report that is two is not whole
            is_urgent=self.reader.is_urgent(topic, item.reading.other_topics),
        )
        acknowledgement = self.replies.acknowledge(item.contact, reference, is_urgent=standing.is_urgent)
        question = choose_next(self.reader.conversation, standing, self.replies.languages_of(item.contact))
        if question is None:
            self.replies.tell(item.message, item.contact, acknowledgement, ACKNOWLEDGEMENT, report_id=report_id)
        else:
            self._ask(item, report_id, reference, question, standing.form, acknowledgement=acknowledgement)

    def take_answer(self, item: MessageContext, question: OpenQuestion, answer: Answer) -> bool:
        """Add the answer to the report it is about and ask the next question; returns whether it placed the report."""
        report = self._get_report(question)
        if question.kind is QuestionKind.MODERATOR:
            return self._take_reply(item, question, report)
        if answer.kind is AnswerKind.UNREADABLE or (answer.kind is AnswerKind.SKIP and self._insists(question)):
            self._remind(item, question)
            return False
        is_placed = False
        if question.kind in PERSON_KINDS:
            blank_text(self.connection, item.message.id)
        if answer.kind is AnswerKind.BACK:
            self._go_back(question, report)
        else:
            is_skip = answer.kind is AnswerKind.SKIP or _declines(question, answer)
            close_question(self.connection, question.id, SKIPPED if is_skip else ANSWERED, item.message.id)
            if not is_skip:
                is_placed = self._apply(item, question, answer, report)
        self._go_on(item, question, report.reference)
        return is_placed

    def _take_reply(self, item: MessageContext, question: OpenQuestion, report: Any) -> bool:
        """Keep with the report what somebody answered a moderator, which may also say where it is."""
        end_soon(self.connection, question.id)
        is_placed = False
        if not is_located(report.place_confidence) and item.reading.is_located:
            is_placed = self._place(item, report.id, report.text)
            self._keep_place_words(item, question, report.id)
        if not report.is_sensitive:
            text = self.replies.acknowledge(item.contact, report.reference, is_urgent=False)
            self.replies.tell(item.message, item.contact, text, ACKNOWLEDGEMENT, report_id=report.id)
        return is_placed

    def continue_report(self, item: MessageContext, report_id: int) -> bool:
        """Add a message to the report that its channel knows it to go on with: it may say where, or correct a form.

        Returns whether it placed the report.
        """
        query = select(Report.text, Report.place_confidence, Report.state).where(Report.id == report_id)
        report = self.connection.execute(query).one()
        if report.state == ERASED:
            return False
        is_correction = bool(item.details.answers)
        if is_correction:
            correct_form(self.connection, report_id, item.details.answers)
            learn_from_pin(self.connection, report_id)
        if not is_located(report.place_confidence) or (is_correction and item.details.is_placed):
            return self._place(item, report_id, report.text)
        return False

    # -- steps

    def _get_report(self, question: OpenQuestion) -> Any:
        query = (
            select(
                Report.id, Report.reference, Report.text, Report.place_confidence, Report.answers, Report.state,
                Report.other_topics, Report.other_places, Report.is_sensitive, Topic.code.label("topic"),
            )
            .outerjoin(Topic, Topic.id == Report.topic_id)
            .where(Report.id == question.report_id)
        )  # fmt: skip
        return self.connection.execute(query).one()

    def _insists(self, question: OpenQuestion) -> bool:
        """Tell whether a question must be answered: it is repeated once, and after that nobody is pressed."""
        is_required = any(
            of_form.is_required
            for form in self.reader.conversation.forms
            for of_form in form.questions
            if question.kind is QuestionKind.FORM and of_form.code == question.code
        )
        return is_required and question.reminders == 0

    def _remind(self, item: MessageContext, question: OpenQuestion) -> None:
        if question.reminders:  # once is enough: who still does not answer is left alone
            return
        record_reminder(self.connection, question.id)
        count = str(len(question.choices))
        phrase = Phrase.REPEAT_CHOICE if question.has_choices else Phrase.REPEAT_NUMBER
        self.replies.say(item.message, item.contact, phrase, QUESTION, report_id=question.report_id, count=count)

    def _apply(self, item: MessageContext, question: OpenQuestion, answer: Answer, report: Any) -> bool:
        choice = question.choices[answer.choice] if answer.choice is not None else None
        if question.kind is QuestionKind.WHICH_PLACE and choice is not None:
            return place_chosen(self.connection, self.reader, report.id, choice)
        if question.kind in PLACE_KINDS:
            is_placed = self._place(item, report.id, report.text)
            self._keep_place_words(item, question, report.id)
            return is_placed
        if question.kind in PERSON_KINDS and choice is not None:
            set_demographic(self.connection, report.id, question.kind, question.code, str(choice["code"]))
        elif question.kind is QuestionKind.FORM and question.code is not None:
            add_answers(self.connection, report.id, {question.code: _tell(answer, choice, item.text)})
        return False

    def _place(self, item: MessageContext, report_id: int, said_before: str) -> bool:
        details = item.details
        if details.point is not None and details.is_placed:
            accuracy_m = details.point_accuracy_m
            return place_position(self.connection, self.reader, report_id, details.point, accuracy_m)
        return bool(item.text) and place_by_words(self.connection, self.reader, report_id, item.text, said_before)

    def _keep_place_words(self, item: MessageContext, question: OpenQuestion, report_id: int) -> None:
        """Keep the words that told where with the report: a pin on it teaches them as the name of its place."""
        told = {PLACE: item.text} if item.text else {}
        if question.code is not None:
            told[question.code] = item.text
        add_answers(self.connection, report_id, told)
        learn_from_pin(self.connection, report_id)

    def _go_back(self, question: OpenQuestion, report: Any) -> None:
        """Take back what the question before the open one brought, so that it is asked again."""
        asked = [q for q in list_asked(self.connection, report.id) if q.outcome != TAKEN_BACK]
        done = [q for q in asked if q.outcome in (ANSWERED, SKIPPED) and q.id != question.id]
        close_question(self.connection, question.id, TAKEN_BACK, None)
        if not done:
            return
        last = done[-1]
        set_outcome(self.connection, [last.id], TAKEN_BACK)
        if last.kind in PERSON_KINDS:
            clear_demographic(self.connection, report.id, last.kind, last.code)
        else:
            gone = {last.code, PLACE} if last.kind in PLACE_KINDS else {last.code}
            kept = {code: value for code, value in report.answers.items() if code not in gone}
            self.connection.execute(update(Report).where(Report.id == report.id).values(answers=kept))

    def _go_on(self, item: MessageContext, question: OpenQuestion, reference: str) -> None:
        """Ask the next question about the report, or say thanks where there is none."""
        if question.report_id is None or not self.replies.can_reply(item.message, item.contact, QUESTION):
            return
        assert item.contact is not None  # noqa: S101
        report = self._get_report(question)
        asked = list_asked(self.connection, report.id)
        is_again = question.kind in PLACE_KINDS and not is_located(report.place_confidence)
        location = self.reader.locator.locate(item.text, report.text) if is_again and item.text else None
        standing = ConversationState(
            asked=asked,
            is_located=is_located(report.place_confidence) or bool(report.other_places),
            places=list_meant(self.connection, self.reader.campaign_id, location),
            form=find_form(self.reader.conversation, report.text, report.topic),
            answers=report.answers,
            told=self._list_told(item.contact) - {q.kind for q in asked},
            topic=None if report.other_places else report.topic,
            is_urgent=report.is_sensitive or self.reader.is_urgent(report.topic, report.other_topics),
        )
        following = choose_next(self.reader.conversation, standing, self.replies.languages_of(item.contact))
        if following is None:
            self._say(item, Phrase.CLOSED_THANKS, report.id, reference)
        else:
            self._ask(item, report.id, reference, following, standing.form)

    def _list_told(self, contact: KnownContact) -> frozenset[QuestionKind]:
        person = self.reader.conversation.person
        if not (person.asks_sex or person.asks_age_band or person.offers_washington_group):
            return frozenset()
        return frozenset(list_answered_demographics(self.connection, contact.id, now() - _ASKED_AGAIN_AFTER))

    def _ask(
        self,
        item: MessageContext,
        report_id: int,
        reference: str,
        question: NewQuestion,
        form: Form | None,
        *,
        acknowledgement: str = "",
    ) -> None:
        """Ask one question: behind the acknowledgement where one segment holds both, else in a text of its own."""
        assert item.contact is not None  # noqa: S101
        language = self.reader.choose_language(item.contact.language)
        languages = [language, *self.reader.languages]

        def word(*, is_first: bool) -> str:
            return word_question(question, self.reader.conversation, form, languages, reference, is_first=is_first)

        tell = partial(self.replies.tell, item.message, item.contact, report_id=report_id)
        together = f"{acknowledgement} {word(is_first=False)}"
        if acknowledgement and measure(together).count == 1:
            is_told = tell(together, ACKNOWLEDGEMENT)
        else:
            is_told = not acknowledgement or tell(acknowledgement, ACKNOWLEDGEMENT)
            is_told = is_told and tell(word(is_first=bool(acknowledgement)), QUESTION)
        if is_told:
            expires_at = now() + timedelta(hours=self.reader.conversation.expiry_h)
            ask(self.connection, item.contact.id, report_id, question, expires_at)

    def _say(self, item: MessageContext, phrase: Phrase, report_id: int, reference: str) -> None:
        values: Mapping[str, str] = {"reference": reference}
        self.replies.say(item.message, item.contact, phrase, ACKNOWLEDGEMENT, report_id=report_id, **values)


def _declines(question: OpenQuestion, answer: Answer) -> bool:
    """To decline an offer is to skip what it offers."""
    return (
        question.kind is QuestionKind.OFFER_SERIES
        and answer.choice is not None
        and question.choices[answer.choice]["code"] == NO
    )


def _tell(answer: Answer, choice: Mapping[str, Any] | None, text: str) -> object:
    """Give what an answer says: the code of a choice, a number, or the words."""
    if choice is not None:
        return choice["code"]
    number = answer.number
    if number is None:
        return text
    return int(number) if number.is_integer() else number

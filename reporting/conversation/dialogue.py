"""The conversation about a report: asks what is missing, takes the answers, goes back, comes to an end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, exists, select, update

from geo.types import Location
from reporting.campaigns.definition import Form
from reporting.conversation.answers import Answer, AnswerKind
from reporting.conversation.demographics import NO
from reporting.conversation.message_context import MessageContext
from reporting.conversation.next_question import ConversationState, choose_next, find_form
from reporting.conversation.question_texts import word_question
from reporting.conversation.questions import (
    PLACE_KINDS,
    NewQuestion,
    OpenQuestion,
    QuestionKind,
    close_question,
    end_soon,
    list_answered_demographics,
    list_asked,
    record_reminder,
    set_outcome,
)
from reporting.conversation.replies import Replies
from reporting.conversation.report_answers import (
    PEOPLE_KINDS,
    record_asked,
    record_form_people,
    record_person_answer,
    record_skipped,
    select_report_answers,
    take_person_answer_back,
)
from reporting.extraction.place_options import list_meant
from reporting.extraction.reader import TextAnalyser
from reporting.inbox.contacts import KnownContact
from reporting.inbox.work_queue import blank_text
from reporting.incidents.lock import lock_linking
from reporting.incidents.solved_question import YES, record_solved_answer
from reporting.languages.sms_segments import measure
from reporting.languages.sms_texts import Phrase
from reporting.models.base import now
from reporting.models.campaign import Topic
from reporting.models.report import Report
from reporting.models.states import Purpose, QuestionOutcome, ReportState
from reporting.reports.affected import AffectedPeople
from reporting.reports.affected_store import find_affected
from reporting.reports.create import PLACE
from reporting.reports.locate import is_located, locate_choice, locate_position
from reporting.reports.profile import find_age
from reporting.reports.told_later import ToldLater, may_move

# Who told us about themselves is not asked again for so long: it seldom changes, and asking is a burden.
_ASKED_AGAIN_AFTER: Final = timedelta(days=365)
# Who cried for help is asked nothing about people for so long, whatever else they report.
_LEFT_IN_PEACE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _ToldReport:
    """The report that an answer is about, with what the answer has changed of it."""

    id: int
    reference: str
    text: str
    place_confidence: float | None
    answers: Mapping[str, Any]
    state: str
    location_source: str | None
    other_topics: list[str]
    other_places: list[str]
    is_sensitive: bool
    topic: str | None
    is_moved: bool = False

    @property
    def is_placed(self) -> bool:
        """Whether it was located by what was told."""
        return self.is_moved and is_located(self.place_confidence)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The conversations of one batch in one campaign; what they change of reports is collected in `told_later`."""

    connection: Connection
    reader: TextAnalyser
    replies: Replies
    told_later: ToldLater

    def open(self, item: MessageContext, report_id: int, reference: str) -> None:
        """Acknowledge a new report, then ask the first question where something is to be asked."""
        if not self.replies.can_reply(item.message, item.contact, Purpose.ACKNOWLEDGEMENT):
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
            told=self._list_answered(item.contact),
            affected=self._find_affected(report_id),
            topic=None if tells_of_two else topic,  # a report that is two is not whole
            is_urgent=self.reader.is_urgent(topic, item.reading.other_topics),
            may_be_in_danger=self._may_be_in_danger(item.contact),
        )
        acknowledgement = self.replies.acknowledge(item.contact, reference, is_urgent=standing.is_urgent)
        question = choose_next(self.reader.conversation, standing, self.replies.languages_of(item.contact))
        if question is None:
            self.replies.tell(item.message, item.contact, acknowledgement, Purpose.ACKNOWLEDGEMENT, report_id=report_id)
        else:
            self._ask(item, report_id, reference, question, standing.form, acknowledgement=acknowledgement)

    def take_answer(self, item: MessageContext, question: OpenQuestion, answer: Answer) -> bool:
        """Add the answer to the report it is about and ask the next question; returns whether it placed the report."""
        report = self._get_report(question.report_id)
        if question.kind is QuestionKind.MODERATOR:
            return self._store_reply(item, question, report)
        if question.kind is QuestionKind.SOLVED:
            self._store_solved(item, question, answer, report)
            return False
        if answer.kind is AnswerKind.UNREADABLE or (answer.kind is AnswerKind.SKIP and self._insists(question)):
            self._remind(item, question)
            return False
        told = report
        if question.kind in PEOPLE_KINDS:
            blank_text(self.connection, item.message.id)
        if answer.kind is AnswerKind.BACK:
            told = self._go_back(question, report)
        else:
            is_skip = answer.kind is AnswerKind.SKIP or _declines(question, answer)
            close_question(
                self.connection,
                question.id,
                QuestionOutcome.SKIPPED if is_skip else QuestionOutcome.ANSWERED,
                item.message.id,
            )
            if not is_skip:
                told = self._apply(item, question, answer, report)
            elif question.kind in PEOPLE_KINDS:
                record_skipped(self.connection, report.id, question.kind)
        self._go_on(item, question, told)
        return told.is_placed

    def _store_reply(self, item: MessageContext, question: OpenQuestion, report: _ToldReport) -> bool:
        """Keep with the report what somebody answered a moderator, which may also say where it is."""
        end_soon(self.connection, question.id)
        told = report
        if not is_located(report.place_confidence) and item.reading.is_located:
            told = self._keep_place_words(item, question, self._place(item, report))
        if not report.is_sensitive:
            text = self.replies.acknowledge(item.contact, report.reference, is_urgent=False)
            self.replies.tell(item.message, item.contact, text, Purpose.ACKNOWLEDGEMENT, report_id=report.id)
        return told.is_placed

    def _store_solved(self, item: MessageContext, question: OpenQuestion, answer: Answer, report: _ToldReport) -> None:
        """Count what a reporter says of their incident being solved. Nothing else is asked, and nobody is pressed."""
        if answer.choice is None:
            if answer.kind is AnswerKind.SKIP:
                close_question(self.connection, question.id, QuestionOutcome.SKIPPED, item.message.id)
            return
        if item.contact is None or question.code is None:
            raise ValueError(f"question {question.id}, whether an incident is solved, has no contact or no update")
        close_question(self.connection, question.id, QuestionOutcome.ANSWERED, item.message.id)
        is_solved = answer.choice == YES
        record_solved_answer(self.connection, int(question.code), item.contact.id, is_solved=is_solved)
        self._say(item, Phrase.CLOSED_THANKS, report.id, report.reference)

    def continue_report(self, item: MessageContext, report_id: int) -> bool:
        """Add a message to the report that its channel knows it to go on with: it may say where, or correct a form.

        Returns whether it placed the report.
        """
        report = self._get_report(report_id)
        if report.state == ReportState.ERASED:
            return False
        is_correction = bool(item.details.answers)
        if is_correction:
            answers, conversation = item.details.answers, self.reader.conversation
            self.told_later.add_answers(report_id, select_report_answers(answers, conversation))
            record_form_people(self.connection, report_id, answers, conversation, item.message.channel)
        if not is_located(report.place_confidence) or (is_correction and item.details.is_placed):
            return self._place(item, report).is_placed
        return False

    # -- steps

    def _get_report(self, report_id: int | None) -> _ToldReport:
        query = (
            select(
                Report.id, Report.reference, Report.text, Report.place_confidence, Report.answers, Report.state,
                Report.location_source, Report.other_topics, Report.other_places, Report.is_sensitive,
                Topic.code.label("topic"),
            )
            .outerjoin(Topic, Topic.id == Report.topic_id)
            .where(Report.id == report_id)
        )  # fmt: skip
        return _ToldReport(*self.connection.execute(query).one())

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
        self.replies.say(
            item.message, item.contact, phrase, Purpose.QUESTION, report_id=question.report_id, count=count
        )

    def _apply(self, item: MessageContext, question: OpenQuestion, answer: Answer, report: _ToldReport) -> _ToldReport:
        choice = question.choices[answer.choice] if answer.choice is not None else None
        if question.kind is QuestionKind.WHICH_PLACE and choice is not None:
            return self._move(report, locate_choice(choice))
        if question.kind in PLACE_KINDS:
            return self._keep_place_words(item, question, self._place(item, report))
        if question.kind in PEOPLE_KINDS:
            value = str(choice["code"]) if choice is not None else _read_number(question, answer.number or 0)
            if value is not None:
                record_person_answer(self.connection, report.id, question.kind, question.code, value)
        elif question.kind is QuestionKind.FORM and question.code is not None:
            return self._add_answers(report, {question.code: _extract_value(answer, choice, item.text)})
        return report

    def _place(self, item: MessageContext, report: _ToldReport) -> _ToldReport:
        """Locate a report at the position that came with a message, else by its words and those before."""
        details = item.details
        if details.point is not None and details.is_placed:
            return self._move(report, locate_position(details.point, details.point_accuracy_m))
        location = self.reader.locator.locate(item.text, report.text) if item.text else None
        return self._move(report, location) if location is not None else report

    def _move(self, report: _ToldReport, location: Location) -> _ToldReport:
        if not may_move(report.state, report.location_source):
            return report
        self.told_later.place(report.id, location)
        return replace(report, place_confidence=location.confidence, is_moved=True)

    def _add_answers(self, report: _ToldReport, answers: Mapping[str, object]) -> _ToldReport:
        self.told_later.add_answers(report.id, answers)
        return replace(report, answers={**report.answers, **answers})

    def _keep_place_words(self, item: MessageContext, question: OpenQuestion, report: _ToldReport) -> _ToldReport:
        """Keep the words that told where with the report: with a pin they become a learned placement."""
        told = {PLACE: item.text} if item.text else {}
        if question.code is not None:
            told[question.code] = item.text
        return self._add_answers(report, told)

    def _go_back(self, question: OpenQuestion, report: _ToldReport) -> _ToldReport:
        """Take back what the question before the open one brought, so that it is asked again."""
        asked = [q for q in list_asked(self.connection, report.id) if q.outcome != QuestionOutcome.TAKEN_BACK]
        done = [
            q for q in asked if q.outcome in (QuestionOutcome.ANSWERED, QuestionOutcome.SKIPPED) and q.id != question.id
        ]
        close_question(self.connection, question.id, QuestionOutcome.TAKEN_BACK, None)
        if not done:
            return report
        last = done[-1]
        set_outcome(self.connection, [last.id], QuestionOutcome.TAKEN_BACK)
        if last.kind in PEOPLE_KINDS:
            take_person_answer_back(self.connection, report.id, last.kind, last.code)
        else:
            gone = {last.code, PLACE} if last.kind in PLACE_KINDS else {last.code}
            kept = {code: value for code, value in report.answers.items() if code not in gone}
            lock_linking(self.connection, self.reader.campaign_id)
            self.connection.execute(update(Report).where(Report.id == report.id).values(answers=kept))
            return replace(report, answers=kept)
        return report

    def _go_on(self, item: MessageContext, question: OpenQuestion, report: _ToldReport) -> None:
        """Ask the next question about the report, or say thanks where there is none."""
        if not self.replies.can_reply(item.message, item.contact, Purpose.QUESTION):
            return
        assert item.contact is not None  # noqa: S101
        asked = list_asked(self.connection, report.id)
        is_again = question.kind in PLACE_KINDS and not is_located(report.place_confidence)
        location = self.reader.locator.locate(item.text, report.text) if is_again and item.text else None
        standing = ConversationState(
            asked=asked,
            is_located=is_located(report.place_confidence) or bool(report.other_places),
            places=list_meant(self.connection, self.reader.campaign_id, location),
            form=find_form(self.reader.conversation, report.text, report.topic),
            answers=report.answers,
            told=self._list_answered(item.contact) - {q.kind for q in asked},
            affected=self._find_affected(report.id),
            topic=None if report.other_places else report.topic,
            is_urgent=report.is_sensitive or self.reader.is_urgent(report.topic, report.other_topics),
            may_be_in_danger=self._may_be_in_danger(item.contact),
        )
        following = choose_next(self.reader.conversation, standing, self.replies.languages_of(item.contact))
        if following is None:
            self._say(item, Phrase.CLOSED_THANKS, report.id, report.reference)
        else:
            self._ask(item, report.id, report.reference, following, standing.form)

    def _may_be_in_danger(self, contact: KnownContact) -> bool:
        """Whether somebody told something sensitive in the last weeks, about this or in another report."""
        told = exists().where(
            Report.contact_id == contact.id, Report.is_sensitive, Report.reported_at > now() - _LEFT_IN_PEACE
        )
        return bool(self.connection.execute(select(told)).scalar())

    def _find_affected(self, report_id: int) -> AffectedPeople | None:
        is_asked = self.reader.conversation.person.asks_affected
        return find_affected(self.connection, report_id) if is_asked else None

    def _list_answered(self, contact: KnownContact) -> frozenset[QuestionKind]:
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
            is_told = tell(together, Purpose.ACKNOWLEDGEMENT)
        else:
            is_told = not acknowledgement or tell(acknowledgement, Purpose.ACKNOWLEDGEMENT)
            is_told = is_told and tell(word(is_first=bool(acknowledgement)), Purpose.QUESTION)
        if is_told:
            expires_at = now() + timedelta(hours=self.reader.conversation.expiry_h)
            self.replies.ask(item.contact, report_id, question, expires_at)
            if question.kind in PEOPLE_KINDS:
                record_asked(self.connection, report_id, question.kind)

    def _say(self, item: MessageContext, phrase: Phrase, report_id: int, reference: str) -> None:
        values: Mapping[str, str] = {"reference": reference}
        self.replies.say(item.message, item.contact, phrase, Purpose.ACKNOWLEDGEMENT, report_id=report_id, **values)


def _declines(question: OpenQuestion, answer: Answer) -> bool:
    """To decline an offer is to skip what it offers."""
    return (
        question.kind is QuestionKind.OFFER_SERIES
        and answer.choice is not None
        and question.choices[answer.choice]["code"] == NO
    )


def _read_number(question: OpenQuestion, number: float) -> str | None:
    """Read a number that was told about people: how many there are, else an age."""
    return str(int(number)) if question.kind is QuestionKind.AFFECTED_NUMBER else find_age(number)


def _extract_value(answer: Answer, choice: Mapping[str, Any] | None, text: str) -> object:
    """Give what an answer says: the code of a choice, a number, or the words."""
    if choice is not None:
        return choice["code"]
    number = answer.number
    if number is None:
        return text
    return int(number) if number.is_integer() else number

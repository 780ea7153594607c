"""What is asked next about a report: its place, the campaign's form, sometimes its sender, then who is affected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reporting.campaigns import washington_group
from reporting.campaigns.definition import Conversation, Form, FormQuestion
from reporting.conversation.affected_questions import choose_of_affected
from reporting.conversation.demographics import AGE_BANDS, NO, YES, list_choices, list_sex_words
from reporting.conversation.questions import PLACE_KINDS, AskedQuestion, NewQuestion, QuestionKind
from reporting.languages.normalise import words
from reporting.models.states import QuestionOutcome
from reporting.reports.affected import AffectedPeople

_KEYWORD_WORDS: Final = 3  # a form's keyword stands at the beginning of a message


@dataclass(frozen=True, slots=True)
class ConversationState:
    """How far the conversation about a report has come.

    `places` are those that its words may mean, when they may mean several. `told` are the kinds of questions about
    themselves that the person was asked in the last months.
    """

    asked: Sequence[AskedQuestion] = ()
    is_located: bool = False
    places: list[dict[str, Any]] = field(default_factory=list)
    form: Form | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    told: frozenset[QuestionKind] = frozenset()
    affected: AffectedPeople | None = None
    topic: str | None = None
    is_urgent: bool = False  # lives may depend on it: nothing is asked about people
    may_be_in_danger: bool = False  # the sender told something sensitive lately: neither

    @property
    def is_whole(self) -> bool:
        """Whether it is known what happened and where: before that nothing is asked about people."""
        return self.is_located and self.topic is not None and not (self.is_urgent or self.may_be_in_danger)


def find_form(conversation: Conversation, text: str, topic: str | None) -> Form | None:
    """Find the form that a report goes with: the one whose keyword begins the message, else the one of its topic."""
    named = find_named_form(conversation, text)
    of_topic = (form for form in conversation.forms if form.topic is not None and form.topic == topic)
    return named if named is not None else next(of_topic, None)


def find_named_form(conversation: Conversation, text: str) -> Form | None:
    """Find the form whose keyword begins the message."""
    opening = words(text)[:_KEYWORD_WORDS]
    for form in conversation.forms:
        for keyword in (keyword for spoken in form.keywords.values() for keyword in spoken):
            key = words(keyword)
            if key and opening[: len(key)] == key:
                return form
    return None


def choose_next(
    conversation: Conversation, standing: ConversationState, languages: Sequence[str]
) -> NewQuestion | None:
    """Choose the next question, or None when all is asked. `languages` are the person's own first."""
    asked = [question for question in standing.asked if question.outcome != QuestionOutcome.TAKEN_BACK]
    question = _choose_place(conversation, standing, asked)
    if question is None and standing.form is not None:
        question = _choose_of_form(standing.form, standing, asked)
    if question is None and standing.is_whole:
        question = _choose_of_person(conversation, standing, asked, languages)
    if question is None and standing.is_whole:
        done = frozenset(question.kind for question in asked)
        question = choose_of_affected(conversation.person, standing.affected, done)
    return question


def _choose_place(
    conversation: Conversation, standing: ConversationState, asked: Sequence[AskedQuestion]
) -> NewQuestion | None:
    before = [question for question in asked if question.kind in PLACE_KINDS and question.code is None]
    if len(before) >= conversation.place_questions_most or any(q.outcome == QuestionOutcome.SKIPPED for q in before):
        return None
    if standing.places and not any(question.kind is QuestionKind.WHICH_PLACE for question in before):
        return NewQuestion(QuestionKind.WHICH_PLACE, choices=standing.places)
    return None if standing.is_located else NewQuestion(QuestionKind.PLACE)


def _choose_of_form(form: Form, standing: ConversationState, asked: Sequence[AskedQuestion]) -> NewQuestion | None:
    done = {question.code for question in asked} | set(standing.answers)
    for question in form.questions:
        is_known = question.code in done or (question.kind == "place" and standing.is_located)
        if not is_known and all(standing.answers.get(code) == choice for code, choice in question.relevant):
            return _make_form_question(question)
    return None


def _make_form_question(question: FormQuestion) -> NewQuestion:
    if question.kind == "place":
        return NewQuestion(QuestionKind.PLACE, question.code)
    if question.kind == "number":
        return NewQuestion(QuestionKind.FORM, question.code, limits=(question.low, question.high))
    choices = [
        {
            "code": choice.code,
            "words": [*choice.label.values(), *(word for spoken in choice.words.values() for word in spoken)],
        }
        for choice in question.choices
    ]
    return NewQuestion(QuestionKind.FORM, question.code, choices)


def _choose_of_person(
    conversation: Conversation, standing: ConversationState, asked: Sequence[AskedQuestion], languages: Sequence[str]
) -> NewQuestion | None:
    person = conversation.person
    done = {question.kind for question in asked} | standing.told
    if person.asks_sex and QuestionKind.SEX not in done:
        return NewQuestion(QuestionKind.SEX, choices=list_choices(list_sex_words()))
    if person.asks_age_band and QuestionKind.AGE_BAND not in done:
        return NewQuestion(QuestionKind.AGE_BAND, choices=list_choices(AGE_BANDS))
    if not person.offers_washington_group or choose_series_language(conversation, languages) is None:
        return None
    if QuestionKind.OFFER_SERIES not in done:
        return NewQuestion(QuestionKind.OFFER_SERIES, choices=list_choices({YES: (), NO: ()}))
    if not any(
        question.kind is QuestionKind.OFFER_SERIES and question.outcome == QuestionOutcome.ANSWERED
        for question in asked
    ):
        return None
    told = {question.code for question in asked if question.kind is QuestionKind.DIFFICULTY}
    domain = next((domain for domain in washington_group.DOMAINS if domain not in told), None)
    return None if domain is None else _make_difficulty(conversation, domain, languages)


def choose_series_language(conversation: Conversation, languages: Sequence[str]) -> str | None:
    """Find the language of the person in which there is an official wording of the six questions."""
    official = washington_group.list_languages(conversation.person)
    return next((language for language in languages if language in official), None)


def _make_difficulty(conversation: Conversation, domain: str, languages: Sequence[str]) -> NewQuestion:
    language = choose_series_language(conversation, languages) or "en"
    labels = washington_group.list_answers(conversation.person, language)
    return NewQuestion(
        QuestionKind.DIFFICULTY,
        domain,
        [{"code": str(number), "words": [label]} for number, label in enumerate(labels, start=1)],
    )

"""Questions as the texts that go out, in the person's language."""

from collections.abc import Sequence
from typing import Final

from reporting.campaigns import washington_group
from reporting.campaigns.definition import Conversation, Form, spell_question
from reporting.conversation.next_question import choose_series_language
from reporting.conversation.questions import NewQuestion, QuestionKind
from reporting.languages.sms_texts import Phrase, say

_PHRASES: Final = {
    QuestionKind.PLACE: Phrase.ASK_PLACE,
    QuestionKind.SEX: Phrase.ASK_SEX,
    QuestionKind.AGE_BAND: Phrase.ASK_AGE,
    QuestionKind.OFFER_SERIES: Phrase.OFFER_WG,
    QuestionKind.AFFECTED: Phrase.ASK_AFFECTED,
    QuestionKind.AFFECTED_NUMBER: Phrase.ASK_AFFECTED_NUMBER,
    QuestionKind.AFFECTED_SEX: Phrase.ASK_AFFECTED_SEX,
    QuestionKind.AFFECTED_AGE: Phrase.ASK_AFFECTED_AGE,
    QuestionKind.AFFECTED_DIFFICULTY: Phrase.ASK_AFFECTED_DIFFICULTY,
}


def word_question(
    question: NewQuestion,
    conversation: Conversation,
    form: Form | None,
    languages: Sequence[str],
    reference: str,
    *,
    is_first: bool,
) -> str:
    """Word a question about a report. `languages` begins with one that we speak.

    The first one also brings the reference, since nothing else was said about the report before.
    """
    if question.kind is QuestionKind.WHICH_PLACE:
        choices = ", ".join(f"{number} {choice['name']}" for number, choice in enumerate(question.choices, start=1))
        return say(Phrase.ASK_WHICH, languages[0], choices=choices, reference=reference)
    if question.kind is QuestionKind.DIFFICULTY:
        spoken = choose_series_language(conversation, languages) or "en"
        return washington_group.spell_question(conversation.person, spoken, question.code or "")
    of_form = next((q for q in form.questions if q.code == question.code), None) if form is not None else None
    if of_form is not None:
        text = spell_question(of_form, languages)
    else:
        text = say(_PHRASES[question.kind], languages[0], reference=reference)
    return f"{text} ({reference})" if is_first and reference not in text else text

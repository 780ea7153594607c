"""Answers of a report to a campaign's forms, shown with the texts of questions and choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from reporting.campaigns.definition import Form, FormQuestion, Texts, read_conversation
from reporting.conversation.required_answers import find_begun, list_missing
from reporting.models.campaign import Campaign


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer with its question, each as texts by language.

    The language "" holds a text that a person wrote, or a code that has no text.
    """

    question: Texts
    value: Texts


def list_answers(connection: Connection, campaign_id: int, answers: Mapping[str, Any]) -> list[AnswerView]:
    """List the answers in the order of the questions.

    Answers to questions that no form has any more come last, by code.
    """
    if not answers:
        return []
    asked: dict[str, FormQuestion] = {}
    for form in _list_forms(connection, campaign_id):
        for question in form.questions:
            asked.setdefault(question.code, question)
    codes = [code for code in asked if code in answers] + [code for code in answers if code not in asked]
    return [AnswerView(*_word(asked.get(code), code, answers[code])) for code in codes]


def list_unanswered(
    connection: Connection, campaign_id: int, topic: str | None, answers: Mapping[str, Any], *, is_placed: bool
) -> list[Texts]:
    """List the required questions of the report's form that have no answer.

    A report with missing answers is never refused, because it may come from a phone without signal. No SMS demands the
    answers. The pages show such a report as incomplete.
    """
    form = find_begun(_list_forms(connection, campaign_id), topic, answers)
    return [question.text for question in list_missing(form, answers, is_placed=is_placed)] if form is not None else []


def _list_forms(connection: Connection, campaign_id: int) -> Sequence[Form]:
    query = select(Campaign.conversation).where(Campaign.id == campaign_id)
    return read_conversation(connection.execute(query).scalar_one()).forms


def _word(question: FormQuestion | None, code: str, answer: Any) -> tuple[Texts, Texts]:
    if question is None:
        return {"": code}, {"": str(answer)}
    picked = next((choice.label for choice in question.choices if choice.code == answer), None)
    return question.text, picked or {"": str(answer)}

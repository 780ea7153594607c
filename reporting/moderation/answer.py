"""What was answered to a campaign's forms, in the words of its questions and choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from reporting.intake.definition import FormQuestion, Texts, read_conversation
from reporting.models.campaign import Campaign


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer with its question, both by language; under the language "" what was written or has no words."""

    question: Texts
    value: Texts


def list_answers(connection: Connection, campaign_id: int, answers: Mapping[str, Any]) -> list[AnswerView]:
    """The answers in the order of the questions; of what no form asks any more the codes, at the end."""
    if not answers:
        return []
    query = select(Campaign.conversation).where(Campaign.id == campaign_id)
    asked: dict[str, FormQuestion] = {}
    for form in read_conversation(connection.execute(query).scalar_one()).forms:
        for question in form.questions:
            asked.setdefault(question.code, question)
    codes = [code for code in asked if code in answers] + [code for code in answers if code not in asked]
    return [AnswerView(*_word(asked.get(code), code, answers[code])) for code in codes]


def _word(question: FormQuestion | None, code: str, answer: Any) -> tuple[Texts, Texts]:
    if question is None:
        return {"": code}, {"": str(answer)}
    picked = next((choice.label for choice in question.choices if choice.code == answer), None)
    return question.text, picked or {"": str(answer)}

"""Which questions of a form must be answered: what a form on a page or of a program says is missing is asked for.

By SMS nobody is pressed (`conversation/dialogue.py`), and what a phone without signal brings is taken as it is.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from reporting.campaigns.definition import Form, FormQuestion


def is_begun(form: Form, topic: str | None, answered: Collection[str]) -> bool:
    """Whether a form is to be filled in: its topic was chosen, or one of its questions answered and no other topic."""
    if form.topic is not None and topic:
        return form.topic == topic
    return any(question.code in answered for question in form.questions)


def find_begun(forms: Iterable[Form], topic: str | None, answered: Collection[str]) -> Form | None:
    """Find the form that was begun: of several the one with most answers, None where nothing tells which."""
    begun = [form for form in forms if is_begun(form, topic, answered)]
    counts = [sum(question.code in answered for question in form.questions) for form in begun]
    if not begun or counts.count(max(counts)) > 1:
        return None
    return begun[counts.index(max(counts))]


def list_missing(form: Form, answers: Mapping[str, Any], *, is_placed: bool = False) -> list[FormQuestion]:
    """List the required questions without an answer. What is asked only after another answer is not missed without it.

    Who told the place otherwise (`is_placed`) has answered a question for it.
    """
    return [
        question
        for question in form.questions
        if question.is_required
        and answers.get(question.code) is None
        and all(answers.get(earlier) == choice for earlier, choice in question.relevant)
        and not (question.kind == "place" and is_placed)
    ]

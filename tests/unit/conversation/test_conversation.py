"""What a message is in a conversation: an order, an answer, or news that must not be swallowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.conversation.answers import AnswerKind, Hints
from reporting.conversation.demographics import AGE_BANDS, list_choices
from reporting.conversation.intent import Intent, MessageExtras, classify_words, may_ask_for_help
from reporting.conversation.questions import OpenQuestion, QuestionKind
from reporting.languages.keywords import Command

WATER, ROAD = 1, 2
NO_HINTS = Hints(has_place=False, topic_id=None)
PLACE = Hints(has_place=True, topic_id=None)


def ask(kind: QuestionKind, *, choices: tuple[str, ...] = (), is_late: bool = False, **changes: object) -> OpenQuestion:
    """A question about a report on water."""
    listed = [{"code": f"c{number}", "words": [word]} for number, word in enumerate(choices)]
    values: dict[str, object] = {
        "reminders": 0, "topic_id": WATER, "code": None, "said": "no water in our street", **changes,
    }  # fmt: skip
    return OpenQuestion(1, 7, kind, choices=listed, is_late=is_late, **values)  # type: ignore[arg-type]


WHERE = ask(QuestionKind.PLACE)
WHICH = ask(QuestionKind.WHICH_PLACE, choices=("Delmas 33", "Delmas 75"))
CAUSE = ask(QuestionKind.FORM, choices=("Broken pipe", "Power cut", "Not known"), code="cause")
HOW_MANY = ask(QuestionKind.FORM, code="households", limits=(0, 500))
WHAT = ask(QuestionKind.FORM, code="details")
AGE = OpenQuestion(
    1, 7, QuestionKind.AGE_BAND, None, choices=list_choices(AGE_BANDS), is_late=False, reminders=0, topic_id=WATER
)


@pytest.mark.parametrize(
    ("text", "question", "choice"),
    [
        ("1", WHICH, 0), (" 2. ", WHICH, 1), ("२", WHICH, 1), ("٢", WHICH, 1), ("(1)", WHICH, 0), ("#2", WHICH, 1),
        ("delmas 75", WHICH, 1), ("DELMAS 33!", WHICH, 0), ("it is Delmas 33", WHICH, 0),
        ("power cut", CAUSE, 1), ("the power cut", CAUSE, 1), ("3", CAUSE, 2),
    ],
)  # fmt: skip
def test_a_choice_is_made_by_its_number_or_its_words(text: str, question: OpenQuestion, choice: int) -> None:
    classified = classify_words(text, question, NO_HINTS)
    assert (classified.intent, classified.answer.kind, classified.answer.choice) == (
        Intent.ANSWER,
        AnswerKind.CHOICE,
        choice,
    )


@pytest.mark.parametrize(
    ("words", "choice", "years"),
    [("7", None, 7), ("19", None, 19), ("३५", None, 35), ("65", None, 65), ("4", 3, None), ("15-24", 1, None)],
)
def test_an_age_is_told_in_years_or_by_the_number_of_its_band(
    words: str, choice: int | None, years: int | None
) -> None:
    answer = classify_words(words, AGE, NO_HINTS).answer
    assert answer is not None
    assert (answer.choice, answer.number) == (choice, years)


@pytest.mark.parametrize(
    ("text", "question", "hints"),
    [
        ("9", WHICH, NO_HINTS), ("0", CAUSE, NO_HINTS), ("hm", CAUSE, NO_HINTS), ("a lot", HOW_MANY, NO_HINTS),
        ("5000", HOW_MANY, NO_HINTS), ("yes", CAUSE, NO_HINTS),
    ],
)  # fmt: skip
def test_what_is_meant_as_an_answer_and_is_none_is_asked_again(text: str, question: OpenQuestion, hints: Hints) -> None:
    classified = classify_words(text, question, hints)
    assert classified.intent is Intent.ANSWER
    assert classified.answer.kind is AnswerKind.UNREADABLE


@pytest.mark.parametrize(("text", "number"), [("20", 20), ("about 20 houses", 20), ("२०", 20), ("2,5", 2.5)])
def test_a_number_is_read_in_any_digits_and_among_few_words(text: str, number: float) -> None:
    answer = classify_words(text, HOW_MANY, NO_HINTS).answer
    assert answer is not None
    assert answer.number == number


@pytest.mark.parametrize(
    ("text", "question", "hints"),
    [
        ("the road is blocked by a landslide", WHERE, Hints(False, ROAD)),
        ("the road is blocked in Pokhara", WHERE, Hints(True, ROAD)),
        ("the road is blocked", WHICH, Hints(False, ROAD)),
        ("there is a fire near the big market since this morning and nobody comes", WHERE, NO_HINTS),
        ("big landslide on the road in Pokhara, two houses gone", CAUSE, Hints(True, ROAD)),
        ("2 houses burnt on the road to Pokhara", HOW_MANY, Hints(True, ROAD)),
        ("the road is blocked", WHAT, Hints(False, ROAD)),
        ("no water in Pokhara either", WHAT, Hints(True, WATER)),
        ("broken pipe floods Pokhara", WHERE, Hints(True, WATER)),  # of the same topic, and something else
    ],
)
def test_news_is_never_swallowed_as_an_answer(text: str, question: OpenQuestion, hints: Hints) -> None:
    assert classify_words(text, question, hints).intent is Intent.REPORT


@pytest.mark.parametrize(
    ("text", "question", "hints"),
    [
        ("near the temple", WHERE, NO_HINTS),
        ("Pokhara", WHERE, PLACE),
        ("no water in Pokhara", WHERE, Hints(True, WATER)),  # what they reported, said again with its place
        ("in the old bazaar", WHICH, NO_HINTS),  # neither of the two
        ("the old pump", WHAT, Hints(False, WATER)),
    ],
)
def test_words_that_tell_what_was_asked_are_the_answer(text: str, question: OpenQuestion, hints: Hints) -> None:
    classified = classify_words(text, question, hints)
    assert (classified.intent, classified.answer.kind) == (Intent.ANSWER, AnswerKind.WORDS)


@pytest.mark.parametrize(
    ("text", "question", "hints", "intent"),
    [
        ("2", ask(QuestionKind.WHICH_PLACE, choices=("A b", "C d"), is_late=True), NO_HINTS, Intent.ANSWER),
        ("Pokhara", ask(QuestionKind.PLACE, is_late=True), PLACE, Intent.ANSWER),
        ("Pokhara", ask(QuestionKind.PLACE, is_late=True, is_located=True), PLACE, Intent.REPORT),
        ("near the temple", ask(QuestionKind.PLACE, is_late=True), NO_HINTS, Intent.REPORT),
        ("it hurts", ask(QuestionKind.FORM, choices=("A", "B"), is_late=True), NO_HINTS, Intent.REPORT),
        ("7", ask(QuestionKind.FORM, choices=("A", "B"), is_late=True), NO_HINTS, Intent.NOTHING),
    ],
)
def test_after_the_end_only_what_can_mean_nothing_else_is_an_answer(
    text: str, question: OpenQuestion, hints: Hints, intent: Intent
) -> None:
    assert classify_words(text, question, hints).intent is intent


@pytest.mark.parametrize("text", ["ok", "Thank you!", "mèsi", "धन्यवाद", "شكرا", "👍", "🙏🙏"])
def test_a_courtesy_is_no_report(text: str) -> None:
    assert classify_words(text, None, NO_HINTS).intent is Intent.COURTESY


@pytest.mark.parametrize("text", ["🆘", "🔥🔥", "ok there is a fire", "thank you but the water is still off", "x"])
def test_a_sign_of_distress_and_anything_more_than_a_courtesy_is_a_report(text: str) -> None:
    assert classify_words(text, None, NO_HINTS).intent is Intent.REPORT


@pytest.mark.parametrize("text", ["skip", "7", "...", "yes"])
def test_an_answer_to_nothing_makes_nothing(text: str) -> None:
    assert classify_words(text, None, NO_HINTS).intent is Intent.NOTHING


def test_skip_and_back_are_answers_and_stop_is_always_an_order() -> None:
    assert classify_words("SKIP", CAUSE, NO_HINTS).answer.kind is AnswerKind.SKIP
    assert classify_words("back", CAUSE, NO_HINTS).answer.kind is AnswerKind.BACK
    classified = classify_words("STOP", CAUSE, NO_HINTS)
    assert (classified.intent, classified.command.command) == (Intent.COMMAND, Command.STOP)


def test_yes_and_no_answer_a_question_that_takes_them() -> None:
    offer = ask(QuestionKind.OFFER_SERIES, choices=("", ""))
    assert [classify_words(text, offer, NO_HINTS).answer.choice for text in ("yes", "wi", "no", "non")] == [0, 0, 1, 1]


def test_a_position_without_words_tells_where_and_a_picture_without_words_is_a_report() -> None:
    position, picture = MessageExtras(has_point=True), MessageExtras(has_media=True)
    assert classify_words("", WHERE, NO_HINTS, position).intent is Intent.ANSWER
    assert classify_words("", None, NO_HINTS, position).intent is Intent.REPORT
    assert classify_words("", None, NO_HINTS, picture).intent is Intent.REPORT
    assert classify_words("", None, NO_HINTS).intent is Intent.NOTHING


@pytest.mark.parametrize(
    ("text", "is_cry"), [("HELP", True), ("ede", True), ("मद्दत", True), ("info", False), ("help the pump", False)]
)
def test_a_lone_help_may_be_a_cry(text: str, *, is_cry: bool) -> None:
    assert may_ask_for_help(text) is is_cry


@given(
    st.text(max_size=200),
    st.sampled_from([None, WHERE, WHICH, CAUSE, HOW_MANY, WHAT, AGE]),
    st.booleans(),
    st.sampled_from([None, WATER, ROAD]),
)
def test_every_text_is_something(
    text: str, question: OpenQuestion | None, has_place: bool, topic_id: int | None
) -> None:
    classified = classify_words(text, question, Hints(has_place, topic_id))
    assert (classified.answer is not None) == (classified.intent is Intent.ANSWER)
    assert (classified.command is not None) == (classified.intent is Intent.COMMAND)
    if topic_id == ROAD and classified.intent is not Intent.COMMAND and text.strip():
        kinds = {AnswerKind.CHOICE, AnswerKind.UNREADABLE, AnswerKind.SKIP, AnswerKind.BACK}
        numbers = {AnswerKind.NUMBER} if question is AGE else set()
        assert classified.answer is None or classified.answer.kind in kinds | numbers

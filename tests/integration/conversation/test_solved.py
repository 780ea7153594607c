"""Who is told that their incident is solved is asked once whether it is: yes and no count, and nobody is pressed."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from reporting.bootstrap import Program
from reporting.incidents.solved_question import count_solved_answers
from reporting.languages.sms_texts import Phrase, say
from reporting.moderation import bulk
from reporting.moderation.undo import undo
from tests.integration.conversation.test_exchange import Phone, one, phone

__all__ = ["one", "phone"]

One = Callable[[str], Any]
REPORT = "no water in Lalitpur"
ANSWERS = "SELECT is_solved FROM update_recipient WHERE is_asked"


@pytest.fixture
def solve(program: Program, one: One) -> Callable[[], int]:
    """A moderator says that the first incident is solved; returns how many are told."""

    def run() -> int:
        with program.app.begin() as connection:
            campaign, incident = one("SELECT campaign_id FROM report"), one("SELECT min(incident_id) FROM report")
            return bulk.notify_all(connection, campaign, incident, 1, texts={}, kind="solved")

    return run


def list_told(program: Program) -> list[str]:
    with program.owner.begin() as connection:
        query = text("SELECT text FROM message WHERE direction = 'out' AND purpose = 'update' ORDER BY id")
        return list(connection.execute(query).scalars())


def change(program: Program, words: str) -> None:
    with program.owner.begin() as connection:
        connection.execute(text(words))


@pytest.mark.parametrize(
    ("answer", "is_solved"),
    [("1", True), ("2", False), ("yes", True), ("No", False), ("हो", True), ("1.", True)],
)
def test_a_yes_or_a_no_is_counted(
    program: Program, phone: Phone, one: One, solve: Callable[[], int], answer: str, is_solved: bool
) -> None:
    phone.send(REPORT)
    assert solve() == 1
    reference = one("SELECT reference FROM report")
    assert list_told(program) == [say(Phrase.ASK_SOLVED, "en", reference=reference)]
    phone.send(answer)
    assert one(ANSWERS) is is_solved
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT outcome FROM question WHERE kind = 'solved'") == "answered"
    with program.app.begin() as connection:
        counted = count_solved_answers(connection, one("SELECT id FROM incident_update"))
    assert (counted.asked, counted.solved, counted.disputed) == (1, int(is_solved), int(not is_solved))


@pytest.mark.parametrize("said", ["SKIP", "thank you", "👍", "3"])
def test_who_does_not_answer_is_asked_nothing_more(
    program: Program, phone: Phone, one: One, solve: Callable[[], int], said: str
) -> None:
    phone.send(REPORT)
    solve()
    before = one("SELECT count(*) FROM message WHERE direction = 'out' AND purpose IN ('question', 'update')")
    phone.send(said)
    assert one(ANSWERS) is None
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT count(*) FROM message WHERE direction = 'out' AND purpose IN ('question', 'update')") == before
    assert solve() == 0  # the same again asks nobody twice
    assert len(list_told(program)) == 1


def test_news_is_a_report_and_no_answer(phone: Phone, one: One, solve: Callable[[], int]) -> None:
    phone.send(REPORT)
    solve()
    phone.send("not yet, the road is blocked as well in Pokhara")
    assert one(ANSWERS) is None
    assert one("SELECT count(*) FROM report") == 2


def test_stop_is_stop(phone: Phone, one: One, solve: Callable[[], int]) -> None:
    phone.send(REPORT)
    solve()
    phone.send("STOP")
    assert one("SELECT opted_out_at IS NOT NULL FROM contact")
    assert one(ANSWERS) is None


QUIET = {
    "told something sensitive": "INSERT INTO report (campaign_id, reference, source, text, contact_id, incident_id,"
    " occurred_at, reported_at, is_sensitive) SELECT campaign_id, 'SENSITIVE', 'test', '', contact_id,"
    " (SELECT max(id) + 0 FROM incident), now(), now(), true FROM report",
    "an urgent topic": "UPDATE topic SET is_urgent = true",
    "a sensitive topic": "UPDATE topic SET sensitivity = 'high'",
    "another question waits": "INSERT INTO question (contact_id, kind, expires_at)"
    " SELECT contact_id, 'sex', now() + interval '1 hour' FROM report",
}


@pytest.mark.parametrize("statement", QUIET.values(), ids=list(QUIET))
def test_in_peace_is_left_who(
    program: Program, phone: Phone, one: One, solve: Callable[[], int], statement: str
) -> None:
    phone.send(REPORT)
    change(program, statement)
    assert solve() == 1
    reference = one("SELECT reference FROM report ORDER BY id")
    assert list_told(program) == [say(Phrase.RESOLVED, "en", reference=reference)]
    assert one("SELECT count(*) FROM question WHERE kind = 'solved'") == 0


def test_what_is_taken_back_ends_the_question(
    program: Program, phone: Phone, one: One, solve: Callable[[], int]
) -> None:
    phone.send(REPORT)
    solve()
    with program.app.begin() as connection:
        undo(connection, one("SELECT id FROM report"), 1, decision_id=one("SELECT max(id) FROM decision"))
    assert one("SELECT outcome FROM question WHERE kind = 'solved'") == "superseded"
    phone.send("1")
    assert one("SELECT count(*) FROM update_recipient") == 0


def test_an_answer_to_a_question_of_no_update_is_set_down_as_a_failure(
    program: Program, phone: Phone, one: One, solve: Callable[[], int]
) -> None:
    phone.send(REPORT)
    solve()
    change(program, "UPDATE question SET code = NULL WHERE kind = 'solved'")
    assert phone.send("1") == ""
    assert "ValueError at reporting.conversation.dialogue" in one("SELECT error FROM message ORDER BY id DESC LIMIT 1")
    assert one(ANSWERS) is None
    assert one("SELECT answered_at IS NULL FROM question WHERE kind = 'solved'")

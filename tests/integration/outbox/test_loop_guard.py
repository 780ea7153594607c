"""Two machines that answer each other fall silent, and every message of theirs is kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from reporting.bootstrap import Program
from reporting.languages.keywords import Command, list_command_words
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.models.message import Contact, Message
from reporting.outbox.delivery import deliver
from reporting.outbox.loop_guard import find_muted
from reporting.outbox.outbox import queue_text
from reporting.processing.worker import drain
from tests.conftest import AUTH_TOKEN
from tests.gateway import sign, twilio_form

URL = "http://localhost/channels/twilio/sms"
MACHINE = "+9779800000001"


class Machine:
    """A phone whose program answers every text: the gateway's way out, with its answers by the real webhook."""

    def __init__(self, client: FlaskClient, answer: Callable[[str], str]) -> None:
        self.client = client
        self.answer = answer
        self.taken: list[str] = []
        self.said = 0

    def write(self, words: str) -> None:
        form = twilio_form(words, sender=MACHINE)
        assert (
            self.client.post("/channels/twilio/sms", data=form, headers=sign(URL, form, AUTH_TOKEN)).status_code == 200
        )
        self.said += 1

    def send(self, *, campaign_address: str, address: str, text: str) -> str:  # noqa: ARG002
        self.taken.append(text)
        self.write(self.answer(text))
        return f"OUT{len(self.taken)}"


def talk(program: Program, machine: Machine, rounds: int) -> None:
    """Let both sides say what they have to say, a round after the other; a minute passes between two of them."""
    for _ in range(rounds):
        drain(program.app, program.pipeline, is_patient=False)
        if not deliver(program.app, {"twilio": machine}, program.pseudonyms):
            return
        with program.owner.begin() as connection:
            for column in ("received_at", "sent_at"):
                connection.execute(text(f"UPDATE message SET {column} = {column} - interval '1 minute'"))


def count_inbound(program: Program) -> int:
    with program.owner.begin() as connection:
        query = text("SELECT count(*) FROM message WHERE direction = 'in' AND state IN ('processed', 'repeated')")
        return int(connection.execute(query).scalar_one())


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (lambda words: words, 2),
        (lambda words: f"  {words.upper()}! ", 2),
        (lambda _words: "I am away until Monday and shall read your message then.", 6),  # two texts to a report
    ],
    ids=["echo", "echo in capitals", "absence note"],
)
def test_a_machine_that_answers_is_soon_not_answered_and_all_it_said_is_kept(
    program: Program, client: FlaskClient, answer: Callable[[str], str], most: int
) -> None:
    machine = Machine(client, answer)
    machine.write("no water in our street")
    talk(program, machine, 30)
    assert 1 <= len(machine.taken) <= most
    assert count_inbound(program) == machine.said == len(machine.taken) + 1
    with program.owner.begin() as connection:
        contact = connection.execute(select(Contact.id)).scalar_one()
        assert find_muted(connection, [contact]) == {contact}
        muted_until = connection.execute(select(Contact.muted_until)).scalar_one()
        assert timedelta(minutes=58) < muted_until - now() < timedelta(minutes=61)


@pytest.mark.usefixtures("campaign")
def test_a_machine_that_says_something_else_each_time_but_at_once_is_noticed(
    program: Program, client: FlaskClient
) -> None:
    asked = (
        words
        for command in (Command.HELP, Command.START)
        for of_language in list_command_words()[command].values()
        for words in of_language
    )
    spoken = list(list_command_words()[Command.HELP])
    with program.owner.begin() as connection:
        connection.execute(update(Campaign).values(languages=spoken))
    machine = Machine(client, lambda _words: next(asked))
    machine.write("no water in our street")
    for _ in range(60):
        drain(program.app, program.pipeline, is_patient=False)
        if not deliver(program.app, {"twilio": machine}, program.pseudonyms):
            break
    assert 20 <= len(machine.taken) <= 23
    assert count_inbound(program) == machine.said


@pytest.mark.usefixtures("campaign")
def test_each_silence_is_twice_as_long_as_the_one_before(program: Program, client: FlaskClient) -> None:
    machine = Machine(client, lambda words: words)
    machine.write("no water in our street")
    for hours in (1, 2, 4):
        talk(program, machine, 30)
        with program.owner.begin() as connection:
            muted_until = connection.execute(select(Contact.muted_until)).scalar_one()
            assert abs(muted_until - now() - timedelta(hours=hours)) < timedelta(minutes=1)
            connection.execute(update(Contact).values(muted_until=now() - timedelta(seconds=1)))
            connection.execute(text("UPDATE message SET received_at = received_at - interval '2 hours'"))
        machine.write(f"after {hours} hours of silence the water is back")


@pytest.mark.usefixtures("campaign")
def test_somebody_muted_still_can_leave_and_moderators_still_reach_them(program: Program, client: FlaskClient) -> None:
    machine = Machine(client, lambda words: words)
    machine.write("no water in our street")
    talk(program, machine, 30)
    with program.owner.begin() as connection:
        contact = connection.execute(select(Contact.id)).scalar_one()
        written = queue_text(connection, contact_id=contact, text="Who is there?", report_id=None)
        assert connection.execute(select(Message.state).where(Message.id == written)).scalar_one() == "queued"
    machine.write("STOP")
    drain(program.app, program.pipeline, is_patient=False)
    with program.owner.begin() as connection:
        assert connection.execute(select(Contact.opted_out_at)).scalar_one() is not None


@pytest.mark.usefixtures("campaign")
def test_a_person_who_reports_often_or_gives_the_same_short_answer_is_no_machine(
    program: Program, client: FlaskClient
) -> None:
    said = iter(["yes", "yes", "yes", "no", "no", "no", "skip", "skip", "skip", "1", "1", "1"])
    person = Machine(client, lambda _words: next(said, "thank you"))
    person.write("no water in our street")
    talk(program, person, 9)
    with program.owner.begin() as connection:
        assert connection.execute(select(Contact.muted_until)).scalar_one() is None

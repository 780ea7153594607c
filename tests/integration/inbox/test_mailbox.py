"""A real IMAP server and a real mail server: letters in once, marked after they are stored; answers out."""

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text

from channels.base.errors import SendError
from channels.base.gateway import Gateway, MailboxAccess
from channels.base.items import InboundMessage
from channels.registry import make_gateways
from config.settings import Settings
from reporting.bootstrap import Program
from reporting.crypto.details import unseal_details
from reporting.inbox.imap import MailboxUnavailable, MailFetch
from reporting.inbox.store import StoreUnavailable
from reporting.jobs import jobs
from reporting.outbox.outbox import is_reachable
from tests.channels.email.mailbox import ADDRESS, Mailbox, run_mailbox
from tests.port import find_free_port


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An empty mailbox."""
    with run_mailbox() as made:
        yield made


@pytest.fixture
def with_mail(settings: Settings, database_url: str, redis_url: str, mailbox: Mailbox) -> Iterator[Program]:
    """The program with a channel that is the mailbox."""
    built = Program(replace(settings, channels={"email": mailbox.options}), database_url, redis_url)
    yield built
    built.close()


@pytest.fixture
def access(with_mail: Program) -> MailboxAccess:
    """What the channel says of the mailbox."""
    found = with_mail.gateways["email"].mailbox
    assert found is not None
    return found


def write(body: str, message_id: str = "<1@mail.example>", picture: bytes | None = None, **headers: str) -> bytes:
    """A letter."""
    letter = EmailMessage()
    for name, value in {"From": "asha@mail.example", "To": ADDRESS, "Message-ID": message_id, **headers}.items():
        letter[name] = value
    letter.set_content(body)
    if picture is not None:
        letter.add_attachment(picture, maintype="image", subtype="jpeg", filename="p.jpg")
    return letter.as_bytes()


def list_messages(program: Program) -> list[Any]:
    """What is stored."""
    with program.app.begin() as connection:
        return list(connection.execute(text("SELECT * FROM message ORDER BY id")))


def test_letters_are_stored_and_then_marked(with_mail: Program, mailbox: Mailbox, access: MailboxAccess) -> None:
    mailbox.put(write("no water in Dhading"))
    mailbox.put(write("the road is gone", "<2@mail.example>"))
    assert with_mail.make_mail_fetch("email", access).run() == 2
    rows = list_messages(with_mail)
    assert [(row.text, row.external_id, row.campaign_address) for row in rows] == [
        ("no water in Dhading", "<1@mail.example>", ADDRESS), ("the road is gone", "<2@mail.example>", ADDRESS),
    ]  # fmt: skip
    assert with_mail.pseudonyms.unseal(rows[0].address_encrypted) == "asha@mail.example"
    assert "asha" not in str(rows)
    assert mailbox.count_unseen() == 0
    assert with_mail.make_mail_fetch("email", access).run() == 0


def test_a_letter_that_could_not_be_stored_is_not_marked(
    with_mail: Program, mailbox: Mailbox, access: MailboxAccess
) -> None:
    mailbox.put(write("no water"))

    def refuse(_message: InboundMessage) -> None:
        raise StoreUnavailable

    fetch = MailFetch("email", access, with_mail.app.engine, refuse, with_mail.media_store)
    with pytest.raises(StoreUnavailable):
        fetch.run()
    assert mailbox.count_unseen() == 1
    assert with_mail.make_mail_fetch("email", access).run() == 1


def test_reading_everything_again_stores_nothing_twice(
    with_mail: Program, mailbox: Mailbox, access: MailboxAccess
) -> None:
    mailbox.put(write("no water"))
    mailbox.put(b"From: a@b.example\r\n\r\nwithout an id\r\n")
    with_mail.make_mail_fetch("email", access).run()
    mailbox.forget_marks()
    assert with_mail.make_mail_fetch("email", access).run() >= 2
    said = [row.text for row in list_messages(with_mail)]
    assert (said.count("no water"), said.count("without an id")) == (1, 1)


def test_other_words_under_a_known_id_are_kept(with_mail: Program, mailbox: Mailbox, access: MailboxAccess) -> None:
    mailbox.put(write("no water"))
    mailbox.put(write("the bridge fell"))
    with_mail.make_mail_fetch("email", access).run()
    assert [row.text for row in list_messages(with_mail)] == ["no water", "the bridge fell"]


def test_a_letter_whose_words_are_gone_does_not_come_back(
    with_mail: Program, mailbox: Mailbox, access: MailboxAccess
) -> None:
    mailbox.put(write("no water"))
    with_mail.make_mail_fetch("email", access).run()
    with with_mail.owner.begin() as connection:
        connection.execute(text("UPDATE message SET text = ''"))
    mailbox.forget_marks()
    assert with_mail.make_mail_fetch("email", access).run() >= 1
    assert "no water" not in [row.text for row in list_messages(with_mail)]


def test_a_broken_letter_does_not_hold_up_the_next(with_mail: Program, mailbox: Mailbox, access: MailboxAccess) -> None:
    mailbox.put(b"Content-Type: multipart/mixed; boundary=\xff\r\nFrom: <<<\r\n\r\n\xff\xfe")
    mailbox.put(write("no water"))
    assert with_mail.make_mail_fetch("email", access).run() == 2
    assert list_messages(with_mail)[-1].text == "no water"


def test_a_picture_waits_in_the_store_and_the_letter_names_it(
    with_mail: Program, mailbox: Mailbox, access: MailboxAccess
) -> None:
    mailbox.put(write("see the road", picture=b"\xff\xd8" + b"p" * 200_000))
    with_mail.make_mail_fetch("email", access).run()
    [row] = list_messages(with_mail)
    [media] = unseal_details(with_mail.pseudonyms, row.details_encrypted).media
    assert media.url.startswith("upload:")
    assert with_mail.media_store.open("upload/" + media.url.removeprefix("upload:")) == b"\xff\xd8" + b"p" * 200_000


def test_what_a_machine_wrote_says_so_to_the_pipeline(
    with_mail: Program, mailbox: Mailbox, access: MailboxAccess
) -> None:
    mailbox.put(write("I am away", **{"Auto-Submitted": "auto-replied"}))
    with_mail.make_mail_fetch("email", access).run()
    [row] = list_messages(with_mail)
    assert unseal_details(with_mail.pseudonyms, row.details_encrypted).is_automatic


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"folder": "No such folder"}, {"host": "127.0.0.1", "port": 1}]
)
def test_a_mailbox_that_does_not_open_is_said_without_what_the_server_said(
    with_mail: Program, access: MailboxAccess, change: dict[str, Any]
) -> None:
    with pytest.raises(MailboxUnavailable) as raised:
        with_mail.make_mail_fetch("email", replace(access, **change)).run()
    assert str(raised.value).replace("_", "").isalnum()
    assert access.password not in repr(access)


def test_the_job_looks_into_every_mailbox_and_goes_on_past_one_that_is_away(
    settings: Settings, database_url: str, redis_url: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = mailbox.options | {"adapter": "email", "port": 1}
    channels = {"away": away, "email": mailbox.options}
    program = Program(replace(settings, channels=channels), database_url, redis_url)
    monkeypatch.setattr(jobs, "get_program", lambda: program)
    mailbox.put(write("no water"))
    jobs.fetch_mail()
    assert [row.text for row in list_messages(program)] == ["no water"]
    program.close()


@pytest.fixture
def outgoing() -> Iterator[tuple[Gateway, list[bytes]]]:
    """A gateway that sends by a mail server which keeps what it gets and knows nobody called nobody."""
    kept: list[bytes] = []

    class Handler:
        async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
            if address.startswith("nobody@"):
                return "550 no such mailbox"
            if address.startswith("later@"):
                return "450 come back"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            kept.append(envelope.content)
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=find_free_port())
    controller.start()
    options = {"host": "127.0.0.1", "user": ADDRESS, "password": "", "smtp_host": "127.0.0.1",
               "smtp_port": controller.port, "smtp_tls": False}  # fmt: skip
    yield make_gateways({"email": options}, "https://baraza.example")["email"], kept
    controller.stop()


def test_an_answer_goes_out_as_a_letter_that_no_machine_answers(outgoing: tuple[Gateway, list[bytes]]) -> None:
    gateway, kept = outgoing
    assert gateway.sender is not None
    sent_id = gateway.sender.send(campaign_address=ADDRESS, address="asha@mail.example", text="धन्यवाद. 7QX2M9HC")
    letter = BytesParser().parsebytes(kept[0])
    assert (letter["Message-ID"], letter["To"], letter["From"]) == (sent_id, "asha@mail.example", ADDRESS)
    assert letter["Auto-Submitted"] == "auto-replied"
    assert "धन्यवाद" in letter.get_payload(decode=True).decode()


@pytest.mark.parametrize(
    ("address", "retryable"), [("nobody@mail.example", False), ("later@mail.example", True), ("a\n@b.example", False)]
)
def test_a_refused_letter_is_tried_again_only_where_that_can_help(
    outgoing: tuple[Gateway, list[bytes]], address: str, retryable: bool
) -> None:
    sender = outgoing[0].sender
    assert sender is not None
    with pytest.raises(SendError) as raised:
        sender.send(campaign_address=ADDRESS, address=address, text="x")
    assert raised.value.retryable is retryable
    assert address not in str(raised.value)


def test_an_address_is_reachable() -> None:
    assert is_reachable("asha@mail.example")
    assert not is_reachable("ACME")

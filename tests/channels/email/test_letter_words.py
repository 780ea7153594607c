"""Letters as mail programs really write them: their words arrive, and what machines wrote is known as such."""

from email import policy
from email.parser import BytesParser

import pytest

from channels.base.items import InboundMessage
from channels.email.message import read_email

OURS = ("reports@baraza.example",)
WORDS = "Pa gen dlo nan Pòtoprens"


def read(head: str, body: bytes) -> InboundMessage:
    """The message in a letter of these headers."""
    return read_email(f"From: a@mail.example\r\nTo: {OURS[0]}\r\n{head}\r\n\r\n".encode() + body, OURS).message


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "text/plain; charset=us-ascii", "text/plain; charset=x-unknown", "text/plain; charset=latin1",
     'text/plain; charset="utf8mb4"', "text/plain; charset=", "text", "nonsense", "text/html",
     "text/html; charset=ascii", "text/enriched", "text/markdown", "multipart/alternative"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["8bit", "7bit", "binary", "no-such"])
def test_words_arrive_whatever_the_letter_calls_them(kind: str, encoding: str) -> None:
    message = read(f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}", WORDS.encode())
    assert message.text == WORDS
    assert message.payload["body"] == WORDS


def test_a_subject_and_a_name_are_read_by_the_same_rules() -> None:
    head = b"From: Jos\xe9 <a@mail.example>\r\nSubject: =?us-ascii?q?P=C3=B2toprens?= =?cp-850?q?_=82cole?="
    message = read_email(head + b"\r\n\r\nno water", OURS).message
    assert message.text == "Pòtoprens école\nno water"
    assert message.payload["from"] == "José <a@mail.example>"
    assert message.address == "a@mail.example"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("format=flowed; delsp=yes", "near Saint-M \r\narc hospital.\r\n", "near Saint-Marc hospital."),
        ("format=flowed", "near \r\nthe hospital.\r\nSecond line.\r\n", "near the hospital.\nSecond line."),
        ("Format=Flowed; DelSp=Yes", "a\r\n\r\nb c \r\nd\r\n", "a\n\nb cd"),
        ("format=flowed", " From here\r\n  two blanks\r\n", "From here\n two blanks"),
        ("format=fixed", "near \r\nthe hospital.\r\n", "near \nthe hospital."),
        ("format=flowed", "> old \r\n> older\r\nnew \r\n", "> old older\nnew"),
    ],
)
def test_lines_that_a_program_broke_are_whole_again(kind: str, body: str, text: str) -> None:
    assert read(f"Content-Type: text/plain; charset=utf-8; {kind}", body.encode()).text == text


def test_what_an_unwrapped_answer_quotes_is_still_known_as_quoted() -> None:
    head = "In-Reply-To: <q@baraza.example>\r\nContent-Type: text/plain; format=flowed"
    assert read(head, b"Delmas 33\r\n> Where \r\n> is it?\r\n>> old\r\n").text == "Delmas 33"


def both(plain: str, page: str) -> InboundMessage:
    """The message of a letter that says it in two ways."""
    parts = f"--b\r\nContent-Type: text/plain\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n{page}\r\n--b--"
    return read('Content-Type: multipart/alternative; boundary="b"', parts.encode())


@pytest.mark.parametrize(
    "notice",
    [
        "This message contains HTML. Please use a reader that shows HTML.", "Ce message est au format HTML.",
        "Your e-mail client cannot display this message.", "Este mensaje es HTML; use otro programa de correo.",
        "This is a multi-part message in MIME format.", "To view it, open it in your browser", "", "\u200b\n",
    ],
)  # fmt: skip
def test_a_plain_part_that_only_speaks_of_the_html_gives_way_to_it(notice: str) -> None:
    assert both(notice, "<p>Tiyo dlo a kase nan Delmas 33</p>").text == "Tiyo dlo a kase nan Delmas 33"


@pytest.mark.parametrize(
    "plain", ["The HTML page of the ministry says no water", "no water in Delmas", "I saw it in my browser: a flood"]
)
def test_a_plain_part_that_says_something_stays(plain: str) -> None:
    assert both(plain, f"<p>{plain}</p><p>Sent with a program</p>").text == plain
    assert both(plain, "").text == plain


@pytest.mark.parametrize(
    "head",
    [
        "X-Autoreply: yes", "X-Autorespond: 1", "X-Autoresponder: on", "X-Auto-Reply: yes", "X-Mail-Autoreply: x",
        "X-Autoreply-From: a@b.example", "Precedence: auto-reply", "Precedence: auto_reply", "Precedence: AutoReply",
        "X-Precedence: auto-reply", "Auto-Submitted: auto-replied (vacation)", "X-POST-MessageClass: 9; Autoresponder",
        "Delivered-To: Autoresponder", "X-Failed-Recipients: b@c.example", "X-Vacation: yes",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        "Content-Type: message/delivery-status", "Return-Path: <>\r\nSubject: Undelivered Mail",
        "In-Reply-To: <q@b.example>\r\nSubject: Automatic reply: Baraza",
        "In-Reply-To: <q@b.example>\r\nSubject: =?utf-8?q?R=C3=A9ponse_automatique?= : absent",
        "Subject: Out of Office: Baraza", "In-Reply-To: <q@b.example>\r\nSubject: Respuesta automática: x",
        "In-Reply-To: <q@b.example>\r\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
        "In-Reply-To: <q@b.example>\r\nReturn-Path: <>", "Precedence: bulk\r\nSubject: Abwesenheit",
    ],
)  # fmt: skip
def test_absence_notes_bounces_and_receipts_are_notices(head: str) -> None:
    message = read(head, b"I am away until Monday.")
    assert (message.is_automatic, message.is_notice) == (True, True)


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mail.example", "Mail Delivery System <mailer-daemon@x.example>"])
def test_a_letter_of_a_mail_server_is_a_notice(sender: str) -> None:
    message = read_email(f"From: {sender}\r\nSubject: hello\r\n\r\nuser unknown".encode(), OURS).message
    assert (message.is_automatic, message.is_notice) == (True, True)


@pytest.mark.parametrize(
    "head",
    [
        "Precedence: list", "List-Id: <x.example>", "Auto-Submitted: auto-generated", "Return-Path: <>",
        "X-Auto-Response-Suppress: All", "X-MS-Exchange-Inbox-Rules-Loop: a@b.example", "Subject: On leave, no water",
        "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
    ],
)  # fmt: skip
def test_what_a_machine_passed_on_is_not_answered_and_stays_a_report(head: str) -> None:
    message = read(head, b"no water in Delmas")
    assert (message.is_automatic, message.is_notice) == (True, False)


@pytest.mark.parametrize(
    "head",
    [
        "Subject: Auto accident on the bridge", "Subject: Automatic gun fire in Delmas", "Subject: Absence of water",
        "Auto-Submitted: no", "X-Autoreply: no", "Precedence: first-class", "X-Mailer: Autopilot",
        "Subject: Re: out of office", "Return-Path: <a@mail.example>", "Subject: Autobus brule",
    ],
)  # fmt: skip
def test_a_persons_letter_is_a_persons(head: str) -> None:
    message = read(head, b"no water in Delmas")
    assert (message.is_automatic, message.is_notice) == (False, False)


def test_the_parser_leaves_us_the_octets() -> None:
    letter = BytesParser(policy=policy.default).parsebytes(b"Subject: caf\xe9\r\n\r\nx")
    assert dict(letter.raw_items())["Subject"] == "caf\udce9"

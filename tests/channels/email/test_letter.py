"""Letters of all kinds: the new words are found, and none is ever lost."""

import time
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.html import flatten_html
from channels.email.message import make_id, read_email
from channels.email.text import strip_quotes

OURS = ("reports@baraza.example", "water@baraza.example")


def write(body: str = "no water", **headers: str) -> bytes:
    """A letter; header names with underscores for hyphens."""
    letter = EmailMessage()
    values = {"From": "Asha <asha@mail.example>", "To": OURS[0], "Message_ID": "<1@mail.example>", **headers}
    for name, value in values.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(body)
    return letter.as_bytes()


def test_a_plain_letter_is_read() -> None:
    raw = write("बाटो भत्कियो\n", Subject="Road in Dhading", Date="Fri, 20 Nov 2026 10:00:00 +0545")
    message = read_email(raw, OURS).message
    assert (message.external_id, message.address, message.campaign_address) == (
        "<1@mail.example>",
        "asha@mail.example",
        OURS[0],
    )
    assert message.text == "Road in Dhading\nबाटो भत्कियो"
    assert message.sent_at == datetime(2026, 11, 20, 4, 15, tzinfo=UTC)
    assert not message.is_automatic


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ({"To": "Water <WATER@baraza.example>"}, OURS[1]),
        ({"To": "x@else.example", "Cc": f"y@else.example, {OURS[1]}"}, OURS[1]),
        ({"To": OURS[0], "Delivered_To": OURS[1]}, OURS[1]),
        ({"To": "undisclosed-recipients:;"}, OURS[0]),
    ],
)
def test_the_line_is_the_one_of_our_addresses_that_was_written_to(headers: dict[str, str], line: str) -> None:
    assert read_email(write(**headers), OURS).message.campaign_address == line


def test_a_letter_without_an_id_is_known_by_its_content() -> None:
    raw = b"From: a@b.example\r\n\r\nno water\r\n"
    assert read_email(raw, OURS).message.external_id == make_id(raw)


def test_an_answer_says_what_it_answers_and_only_what_is_new() -> None:
    introduction = "On Fri, 20 Nov 2026 at 10:00, Baraza\n<reports@baraza.example> wrote:"
    body = f"It is still dry.\n\n{introduction}\n> Where is this?\n> Reply.\n"
    message = read_email(write(body, Subject="Re: Baraza", In_Reply_To="<q@baraza.example>"), OURS).message
    assert (message.text, message.replies_to) == ("It is still dry.", "<q@baraza.example>")
    assert "Where is this?" in message.payload["body"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("new\n\n> old\n> older", "new"),
        ("> Where?\nDelmas 33\n> When?\nMonday", "Delmas 33\nMonday"),
        ("new\n\nLe 20 novembre 2026, x@y.example a écrit :\n> old", "new"),
        ("new\n\n-----Original Message-----\nFrom: x\nold", "new"),
        ("new\n\n---------- Message transféré ----------\nold", "new"),
        ("new\n\nFrom: x <x@y.example>\nSent: Friday\nTo: z\n\nold", "new"),
        ("Call 98000\nAsha a@b.example wrote:\n> old", "Call 98000"),
        ("Three things happened:\n> old", "Three things happened:"),
        ("new\n-- \nAsha\n+977 980", "new"),
        ("> only quoted", "> only quoted"),
        ("-- \nonly a signature", "-- \nonly a signature"),
        ("-----Original Message-----\nold", "-----Original Message-----\nold"),
        ("Needed:\nWater: much\nFood: none\nDoctors: two", "Needed:\nWater: much\nFood: none\nDoctors: two"),
    ],
)
def test_of_an_answer_the_new_words_are_kept(body: str, words: str) -> None:
    assert strip_quotes(body, is_reply=True) == words


def test_a_letter_that_answers_nothing_keeps_every_line() -> None:
    body = ">30 houses gone\n> more to come\n-----Original Message-----\nit rained"
    assert strip_quotes(body, is_reply=False) == body


@given(st.lists(st.sampled_from(["dry well", "> old words", "", "-- ", "Asha wrote:", "--", ">"]), max_size=8))
def test_something_is_always_left_of_what_was_written(lines: list[str]) -> None:
    body = "\n".join(lines)
    for is_reply in (True, False):
        kept = strip_quotes(body, is_reply=is_reply)
        assert bool(kept) == bool(body.strip())
        is_first_new = lines[:1] == ["dry well"]
        assert "dry well" in kept or not is_first_new


def test_html_becomes_its_words() -> None:
    html = (
        "<html><head><title>x</title><style>p{color:red}</style></head><body><p>No&nbsp;water<br>in <b>Ward 3</b></p>"
        "<script>alert(1)</script><div>since &lt;Monday&gt;</div><blockquote>old<br>older</blockquote></body></html>"
    )
    assert flatten_html(html) == "No water\nin Ward 3\n\nsince <Monday>\n\n> old\n> older"


def test_a_letter_in_html_alone_is_read() -> None:
    letter = EmailMessage()
    letter["From"] = "a@b.example"
    letter.set_content("<p>No water</p>", subtype="html")
    assert read_email(letter.as_bytes(), OURS).message.text == "No water"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=y"}, {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"}, {"Return_Path": "<>"}, {"List_Unsubscribe": "<mailto:a@b.example>"},
    ],
)  # fmt: skip
def test_what_a_machine_wrote_is_known_as_such(headers: dict[str, str]) -> None:
    assert read_email(write(**headers), OURS).message.is_automatic
    assert read_email(write(**headers), OURS).message.text == "no water"


def test_what_a_person_wrote_is_not_taken_for_a_machine() -> None:
    headers = {"Auto_Submitted": "no", "Return_Path": "<asha@mail.example>"}
    assert not read_email(write(**headers), OURS).message.is_automatic


@pytest.mark.parametrize(
    ("subject", "body", "text"),
    [
        ("Flood", "STOP", "Flood\nSTOP"),
        ("Delmas 33", "Inondasyon", "Delmas 33\nInondasyon"),
        ("Kibera fire", "help", "Kibera fire\nhelp"),
        ("Re: Kibera fire", "help", "Kibera fire\nhelp"),
        ("Baraza", "STOP", "STOP"),
        ("Re: Baraza", "help", "help"),
        ("RE: Re: baraza", "1", "1"),
        ("Re:", "STOP", "STOP"),
        ("stop", "stop", "stop"),
        ("STOP", "", "STOP"),
        ("Flood in Bhaktapur, come", "Help!", "Flood in Bhaktapur, come\nHelp!"),
        ("no water", "no water", "no water"),
    ],
)
def test_the_subject_is_said_unless_it_says_nothing(subject: str, body: str, text: str) -> None:
    assert read_email(write(body, Subject=subject), OURS).message.text == text


@pytest.mark.parametrize(
    ("subject", "body", "below"),
    [
        ("Flood", "STOP", "STOP"),
        ("", "STOP", None),
        ("Re: Baraza", "STOP", None),
        ("Flood", "word " * 20, None),
    ],
)
def test_what_may_be_an_order_below_a_subject_stands_by_itself_too(subject: str, body: str, below: str | None) -> None:
    assert read_email(write(body, Subject=subject), OURS).message.below == below


def test_pictures_are_taken_and_other_files_left() -> None:
    letter = EmailMessage()
    letter["From"] = "a@b.example"
    letter.set_content("see")
    letter.add_attachment(b"\xff\xd8picture", maintype="image", subtype="jpeg", filename="a.jpg")
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    assert read_email(letter.as_bytes(), OURS).pictures == (b"\xff\xd8picture",)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00\xff\xfe", b"no headers at all",
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\nno w\xe9ter",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nno water",
        b"Content-Transfer-Encoding: base64\r\n\r\nno water !!!",
        b"From: =?no-such?q?x?= <a@b.example>\r\nDate: yesterday\r\n\r\nno water",
    ],
)  # fmt: skip
def test_a_broken_letter_is_read_as_well_as_it_can_be(raw: bytes) -> None:
    message = read_email(raw, OURS).message
    assert message.external_id
    assert "no w" in message.text or b"no w" not in raw or b"base64" in raw


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(
        st.sampled_from(["From", "To", "Date", "Subject", "Message-ID", "Content-Type", "In-Reply-To", "Precedence",
                         "Content-Transfer-Encoding", "MIME-Version", "Content-Disposition"]),
        st.one_of(st.text(max_size=60), st.sampled_from(["multipart/mixed; boundary=b", "text/html; charset=x",
                                                         "base64", "quoted-printable", "<a@b>", '"', "=?utf-8?q?=?="])),
    ), max_size=8),
    st.one_of(st.binary(max_size=300), st.just(b"--b\r\n\r\nx\r\n--b--")),
)  # fmt: skip
def test_no_letter_whatever_is_in_it_raises(headers: list[tuple[str, str]], body: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "replace")
    message: Any = read_email(head + b"\r\n" + body, OURS).message
    assert isinstance(message.text, str)
    assert 0 < len(message.external_id) <= 200
    for word in (message.external_id, message.address or "", message.replies_to or ""):
        assert "\x00" not in word
        word.encode()


SERVER = "mx.baraza.example"


@pytest.mark.parametrize(
    "result",
    [
        f"{SERVER}; dmarc=pass header.from=mail.example",
        f"{SERVER} 1; spf=fail smtp.mailfrom=x.example; dmarc=pass (p=none) header.from=MAIL.example",
        f"{SERVER};\n dkim=pass (2048-bit key) header.d=mail.example header.s=a",
        f"{SERVER.upper()}; dkim=fail header.d=mail.example; dkim=pass header.d=mail.example",
    ],
)
def test_a_letter_that_the_mail_server_vouches_for_has_its_sender(result: str) -> None:
    raw = f"Authentication-Results: {result}\n".encode() + write()
    assert read_email(raw, OURS, SERVER).message.address == "asha@mail.example"


@pytest.mark.parametrize(
    "results",
    [
        [],
        [f"{SERVER}; none"],
        [f"{SERVER}; dmarc=fail header.from=mail.example"],
        [f"{SERVER}; dmarc=pass header.from=other.example"],
        [f"{SERVER}; dkim=pass header.d=other.example"],
        [f"{SERVER}; dkim=pass header.d=ail.example"],
        [f"{SERVER}; dkim=pass header.d=example"],
        [f"{SERVER}; spf=pass smtp.mailfrom=mail.example"],
        [f"{SERVER}; x=y (dmarc=pass header.from=mail.example)"],
        [f"{SERVER}; x=y (a (b) dmarc=fail; dmarc=pass header.from=mail.example)"],
        [f'{SERVER}; spf=pass smtp.mailfrom="a; dmarc=pass header.from=mail.example"@x.example'],
        [f'{SERVER}; spf=pass smtp.mailfrom="a\\" ; dmarc=pass header.from=mail.example "@x.example'],
        [f"{SERVER}; spf=pass (an open one; dmarc=pass header.from=mail.example"],
        [f"{SERVER}; spf=pass smtp.mailfrom=a dmarc=pass header.from=mail.example"],
        [f"{SERVER}; dmarc=pass header.from=mail.example.evil.example"],
        ["mx.else.example; dmarc=pass header.from=mail.example"],
        [f"{SERVER}; dmarc=fail header.from=mail.example", f"{SERVER}; dmarc=pass header.from=mail.example"],
        [";", ""],
    ],
)
def test_a_letter_that_it_does_not_vouch_for_is_from_nobody_and_keeps_its_words(results: list[str]) -> None:
    raw = b"".join(f"Authentication-Results: {result}\n".encode() for result in results) + write("STOP")
    message = read_email(raw, OURS, SERVER).message
    assert (message.address, message.text) == (None, "STOP")
    assert read_email(raw, OURS).message.address == "asha@mail.example"


def test_a_domain_below_the_one_that_signed_is_vouched_for_and_one_above_is_not() -> None:
    for signed, sender, is_known in (
        ("example.org", "a@mail.example.org", True), ("mail.example.org", "a@example.org", False),
    ):  # fmt: skip
        raw = f"Authentication-Results: {SERVER}; dkim=pass header.d={signed}\n".encode() + write(From=sender)
        assert (read_email(raw, OURS, SERVER).message.address is not None) is is_known


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"])))
def test_whatever_stands_in_the_results_costs_no_words(result: str) -> None:
    raw = f"Authentication-Results: {result}\n".encode() + write("no water")
    assert read_email(raw, OURS, SERVER).message.text == "no water"


def _cost_s(raw: bytes) -> float:
    started = time.thread_time()
    read_email(raw, ["a@b.org"], "mx.example.org")
    return time.thread_time() - started


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b"a@b.org, " * 20_000 + b"\r\n\r\nno water",
        b"From: a@b.org\r\nContent-Type: text/html\r\n\r\n" + b"<a " * 100_000,
        b"From: a@b.org\r\nContent-Type: text/html\r\n\r\n" + b"<a b='" * 50_000,
        b"From: a@b.org\r\nContent-Type: text/html\r\n\r\n" + b"<b>" * 60_000,
        b"From: a@b.org\r\nContent-Type: multipart/mixed; boundary=x\r\n" + b"\r\n--x\r\n\r\na" * 50_000,
        b"From: a@b.org\r\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n) for n in range(2_000)
        ),
        b"Authentication-Results: mx.example.org; " + b"(" * 20_000 + b")" * 20_000 + b"\r\n\r\nno water",
        b"From: a@b.org\r\nIn-Reply-To: <x>\r\n\r\n" + b"2020 " * 50_000 + b":\r\n> no water\r\n",
    ],
    ids=("addresses", "tags", "quotes", "bold", "parts", "depth", "comments", "years"),
)  # fmt: skip
def test_no_letter_costs_more_than_a_fraction_of_a_second(raw: bytes) -> None:
    """Each of these took more than twelve seconds, in the worker that sends all answers."""
    assert _cost_s(raw) < 0.5


def test_the_words_of_a_letter_of_too_many_parts_are_kept() -> None:
    first = b"From: a@b.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nno water\r\n"
    assert read_email(first + b"--x\r\n\r\n\r\n" * 5_000, ["a@b.org"]).message.text.startswith("no water")


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ('<a title="a > b">here</a>', "here"),
        ("<p>one<p>two", "one\ntwo"),
        ("water <script>if (a < b) { c }</script>now", "water now"),
        ("<![CDATA[x]]>water", "water"),
        ("before <!-- hidden --> after", "before after"),
        ("caf&eacute; &#233;&#99999999999999999999;", "café é&#99999999999999999999;"),
        ("we have <unfinished", "we have <unfinished"),
    ],
)
def test_pages_that_are_no_good_html_are_read_as_browsers_show_them(html: str, words: str) -> None:
    assert flatten_html(html) == words

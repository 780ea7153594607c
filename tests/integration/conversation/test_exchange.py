"""Orders, choices, positions, cries for help and what must not be read by chance, from the inbox to the answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from channels.base.items import InboundMessage, MediaReference
from reporting.bootstrap import Program
from reporting.languages.sms_texts import Phrase, say
from reporting.moderation import decisions
from reporting.privacy.erasure import drop_numbers
from reporting.processing.worker import drain
from tests.conftest import LINE

ANNA = "+9779800000001"


class Phone:
    """A phone that texts and reads."""

    def __init__(self, program: Program, number: str = ANNA) -> None:
        self.program = program
        self.number = number
        self.serial = 0

    def send(self, words: str, **changes: object) -> str:
        """Text, let it be worked on, and return the newest text that came back; empty when none did."""
        before = len(self.read())
        self.post(words, **changes)
        drain(self.program.app, self.program.pipeline, is_patient=False)
        return "".join(self.read()[before:][-1:])

    def post(self, words: str, **changes: object) -> str:
        """Text, and nothing more; the message's id."""
        self.serial += 1
        external_id = f"{self.number}-{self.serial}"
        message = InboundMessage(external_id, self.number, LINE, words)
        self.program.intake.accept("twilio", replace(message, **changes))  # type: ignore[arg-type]
        return external_id

    def read(self) -> list[str]:
        """Every text to this phone."""
        query = text(
            "SELECT message.text FROM message JOIN contact ON contact.id = contact_id"
            " WHERE direction = 'out' AND number_encrypted IS NOT NULL ORDER BY message.id"
        )
        with self.program.owner.begin() as connection:
            return list(connection.execute(query).scalars())


@pytest.fixture
def phone(program: Program, campaign: int) -> Phone:
    """A phone in a country where two towns share a name."""
    places = [
        ("Lalitpur", 27.667, 85.325), ("Pokhara", 28.209, 83.985), ("Rampur", 27.10, 87.90), ("Rampur", 28.60, 81.20),
    ]  # fmt: skip
    with program.owner.begin() as connection:
        for number, (name, lat, lon) in enumerate(places):
            connection.execute(
                text(
                    "INSERT INTO place (campaign_id, source, source_id, name, names, kind, population, radius_m, geom)"
                    " VALUES (:c, 'test', :n, :name, '{}', 'city', 50000, 2000,"
                    " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
                ),
                {"c": campaign, "n": str(number), "name": name, "lat": lat, "lon": lon},
            )
        for code, name, west in (("E", "East", 86.0), ("W", "West", 80.0)):
            connection.execute(
                text(
                    "INSERT INTO area (campaign_id, source, level, code, name, names, geom)"
                    " VALUES (:c, 'test', 1, :code, :name, '{}',"
                    " ST_Multi(ST_MakeEnvelope(:west, 26, :west + 4, 30, 4326)))"
                ),
                {"c": campaign, "code": code, "name": name, "west": west},
            )
        connection.execute(text("UPDATE gazetteer SET version = version + 1"))
    return Phone(program)


@pytest.fixture
def one(program: Program) -> Callable[[str], object]:
    """The first value of a query."""

    def run(query: str) -> object:
        with program.owner.begin() as connection:
            return connection.execute(text(query)).scalar()

    return run


def test_of_two_places_of_one_name_the_sender_chooses_and_the_report_is_there(
    phone: Phone, one: Callable[[str], object]
) -> None:
    question = phone.send("no water in Rampur")
    assert "Rampur, East" in question
    assert "Rampur, West" in question
    number = "1" if "1 Rampur, West" in question else "2"
    phone.send(number)
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT round(ST_X(point)::numeric, 1)::float8 FROM report") == pytest.approx(81.2)


def test_no_more_than_two_questions_are_asked_about_a_place(phone: Phone) -> None:
    phone.send("no water since yesterday")
    phone.send("by the old tree")
    phone.send("where we always meet")
    assert "we have everything" in phone.read()[-1]
    assert len(phone.read()) == 4


def test_a_position_sent_after_the_question_is_its_answer(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("no water since yesterday")
    phone.send("", point=(28.2, 83.98))
    assert one("SELECT count(*) FROM report WHERE point IS NOT NULL") == 1
    assert one("SELECT count(*) FROM report") == 1


def test_a_picture_alone_is_a_report_and_its_file_is_noted(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("", media=(MediaReference("https://api.twilio.com/x", "image/jpeg"),))
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT count(*) FROM media WHERE state = 'waiting'") == 1


def test_status_is_told_of_ones_own_reports_only(phone: Phone, program: Program, one: Callable[[str], object]) -> None:
    phone.send("no water in Lalitpur")
    reference = str(one("SELECT reference FROM report"))
    assert reference in phone.send(f"status {reference.lower()}")
    stranger = Phone(program, "+9779800000002")
    assert reference not in stranger.send(f"STATUS {reference}")
    with program.app.begin() as connection:
        decisions.approve(connection, int(str(one("SELECT id FROM report"))), 1)
    assert "accepted" in phone.send("status")
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "WITH made AS (INSERT INTO release (campaign_id, campaign_slug, campaign_name, cube, period, version,"
                " policy, quality, topics, code_version)"
                " SELECT id, slug, name, 'incidents', 'all', 1, '{}', '{}', '{}', '' FROM campaign RETURNING id)"
                " INSERT INTO cube_month (campaign_id, cube, month, revision, release_id, counted_sha256, strength,"
                " frozen_at) SELECT campaign.id, 'incidents', to_char(occurred_at AT TIME ZONE timezone, 'YYYY-MM'), 1,"
                " made.id, '', 0.7, now() + interval '1 minute' FROM made, campaign, report"
            )
        )
    assert "counts in published figures" in phone.send(f"status {reference}")


def test_a_language_is_set_by_name_or_chosen_and_kept(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("no water in Lalitpur")
    assert "नेपाली" in phone.send("language नेपाली")
    phone.send("the road is blocked near Pokhara since the landslide this morning")  # English, and yet:
    assert one("SELECT language FROM contact") == "ne"
    listed = phone.send("भाषा")
    assert "1 " in listed
    assert "English" in listed


def test_forget_asks_first_and_then_leaves_nothing_of_the_sender(
    phone: Phone, program: Program, one: Callable[[str], object]
) -> None:
    phone.send("no water in Lalitpur")
    phone.send("by the temple gate road is blocked near Pokhara")
    with program.app.begin() as connection:
        decisions.move_pin(connection, int(str(one("SELECT min(id) FROM report"))), 1, lat=27.7, lon=86.3, radius_m=50)
    assert one("SELECT count(*) FROM learned_placement") == 1
    assert "1" in phone.send("FORGET")
    assert one("SELECT count(*) FROM report WHERE text <> ''") == 2  # not before it is confirmed
    phone.send("1")
    said = phone.read()[-1]  # what was said before is tied to nobody any more
    assert "deleted" in said
    for query in (
        "SELECT count(*) FROM report WHERE text <> '' OR point IS NOT NULL OR contact_id IS NOT NULL",
        "SELECT count(*) FROM report WHERE state <> 'erased'",
        "SELECT count(*) FROM message WHERE direction = 'in' AND (text <> '' OR address_hash IS NOT NULL)",
        "SELECT count(*) FROM message WHERE payload_encrypted IS NOT NULL OR address_encrypted IS NOT NULL",
        "SELECT count(*) FROM learned_placement",
        "SELECT count(*) FROM question",
        "SELECT count(*) FROM decision WHERE after <> '{}' OR before <> '{}'",
    ):
        assert one(query) == 0, query
    with program.app.begin() as connection:
        assert drop_numbers(connection) == 0  # one text still has to leave
        connection.execute(text("UPDATE message SET state = 'sent' WHERE state = 'queued'"))
        assert drop_numbers(connection) == 1
    phone.send("no water in Lalitpur")  # somebody new
    assert one("SELECT count(*) FROM contact") == 2


def test_who_keeps_what_they_sent_keeps_it(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("no water in Lalitpur")
    phone.send("FORGET")
    phone.send("2")
    assert one("SELECT count(*) FROM report WHERE text <> '' AND state = 'queued'") == 1


def test_a_lone_help_is_answered_and_shown_to_a_moderator_once(phone: Phone, one: Callable[[str], object]) -> None:
    assert phone.send("HELP")
    phone.send("help")
    phone.send("info")
    assert one("SELECT count(*) FROM report WHERE state = 'queued'") == 1


def test_what_the_gateway_answered_is_not_answered_again(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("no water in Lalitpur")
    assert phone.send("STOP", is_gateway_answered=True) == ""
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True


def test_a_thank_you_makes_no_report_and_gets_no_answer(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("no water since yesterday")
    assert phone.send("Thank you!") == ""
    assert one("SELECT count(*) FROM report") == 1
    phone.send("Pokhara")  # the question is still open
    assert one("SELECT count(*) FROM report WHERE point IS NOT NULL") == 1


def test_a_sensitive_report_gets_the_fixed_text_and_no_question(phone: Phone, one: Callable[[str], object]) -> None:
    said = phone.send("my husband beats me every night")
    assert one("SELECT is_sensitive FROM report") is True
    assert one("SELECT count(*) FROM question") == 0
    assert "beat" not in said
    assert "husband" not in said
    assert one("SELECT count(*) FROM message WHERE direction = 'out'") == 2
    first, fixed = phone.read()
    assert str(one("SELECT reference FROM report")) in first
    assert "emergency services" in fixed


def test_an_answer_that_tells_more_restricts_its_report(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("we are not safe at home")
    phone.send("he raped me")
    assert one("SELECT count(*) FROM report WHERE is_sensitive") >= 1
    assert one("SELECT count(*) FROM report WHERE NOT is_sensitive AND text LIKE '%raped%'") == 0


def test_a_message_that_goes_on_with_another_joins_its_report(phone: Phone, one: Callable[[str], object]) -> None:
    first = phone.post("no water since yesterday")
    phone.send("Pokhara", follows=first)
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT count(*) FROM report WHERE point IS NOT NULL") == 1
    phone.send("the road is blocked", follows="unknown")
    assert one("SELECT count(*) FROM report") == 2


def test_an_order_or_an_answer_in_reply_to_ours_is_what_it_says(phone: Phone, one: Callable[[str], object]) -> None:
    phone.send("no water since yesterday", replies_to="<ours@baraza.example>")
    assert one("SELECT count(*) FROM message WHERE direction = 'out'") > 0
    phone.send("Pokhara", replies_to="<ours@baraza.example>")
    assert one("SELECT count(*) FROM report WHERE point IS NOT NULL") == 1
    phone.send("STOP\n\nSent from my iPhone", replies_to="<ours@baraza.example>")
    assert one("SELECT opted_out_at IS NOT NULL FROM contact") is True
    assert one("SELECT count(*) FROM report") == 1


def test_what_goes_on_with_a_letter_of_theirs_joins_its_report(phone: Phone, one: Callable[[str], object]) -> None:
    first = phone.post("no water since yesterday")
    phone.send("people drink from the river now", replies_to=first)
    assert one("SELECT count(*) FROM report") == 1
    assert one("SELECT count(*) FROM message WHERE report_id IS NOT NULL AND direction = 'in'") == 2


def test_a_form_brings_topic_place_answers_and_person_at_once(phone: Phone, one: Callable[[str], object]) -> None:
    answers = {"topic": "road", "place": "Pokhara", "sex": "F", "age_band": "Y25T64", "since": "monday"}
    phone.send("something happened", answers=answers, reference="CCCC222233", language="ne")
    assert one("SELECT reference FROM report") == "CCCC222233"
    assert one("SELECT code FROM topic JOIN report ON topic_id = topic.id") == "road"
    assert one("SELECT round(ST_X(point)::numeric) FROM report") == 84
    assert one("SELECT sex || age FROM reporter_profile") == "FY25T64"
    assert one("SELECT answers ->> 'since' FROM report") == "monday"
    assert one("SELECT answers ? 'sex' FROM report") is False


def test_a_flood_lets_others_go_first_keeps_its_own_order_and_loses_nothing(
    phone: Phone, program: Program, one: Callable[[str], object]
) -> None:
    for number in range(60):
        phone.post(f"no water in street {number}")
    Phone(program, "+9779800000009").post("the road is blocked")
    drain(program.app, program.pipeline, is_patient=False)
    assert one("SELECT count(*) FROM message WHERE direction = 'in' AND state = 'processed'") == 61
    other = "SELECT report.id FROM report WHERE text LIKE 'the road%'"
    assert int(str(one(f"SELECT count(*) FROM report WHERE id > ({other})"))) >= 50
    assert one(
        "SELECT bool_and(ordered) FROM (SELECT message_id > lag(message_id) OVER (ORDER BY id) AS ordered"
        " FROM report WHERE text LIKE 'no water%') AS own WHERE ordered IS NOT NULL"
    )
    assert one("SELECT count(*) FROM message WHERE purpose = 'slowed'") == 1


def test_in_a_flood_too_what_goes_on_with_a_restricted_report_is_restricted_and_help_is_named_once(
    phone: Phone, program: Program, one: Callable[[str], object]
) -> None:
    for words in ("my husband beats me every night", "he lives near the temple", "my husband beats me again"):
        phone.post(words)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE message SET priority = 1"))
    drain(program.app, program.pipeline, is_patient=False)
    assert one("SELECT count(*) FROM report WHERE is_sensitive") == 3
    assert one("SELECT count(DISTINCT in_reply_to_id) FROM message WHERE purpose = 'hotline'") == 1


def test_a_message_that_goes_on_with_one_of_its_own_batch_joins_its_report_and_with_an_unknown_one_makes_its_own(
    phone: Phone, one: Callable[[str], object]
) -> None:
    first = phone.post("no water in Pokhara", address=None)
    second = phone.post("since monday", address=None, follows=first)
    phone.post("and no light", address=None, follows=second)
    phone.send("the bridge is gone", address=None, follows="nobody knows it")
    assert one("SELECT count(*) FROM report") == 2
    joined = "SELECT array_agg(text ORDER BY id) FROM message WHERE report_id ="
    own = "(SELECT id FROM report WHERE text = 'no water in Pokhara')"
    assert one(f"{joined} {own}") == ["no water in Pokhara", "since monday", "and no light"]
    assert one("SELECT text FROM report WHERE text LIKE 'the bridge%'") == "the bridge is gone"


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("who are you and who reads this", "en"),
        ("combien ça coûte ?", "fr"),
        ("यो निःशुल्क हो?", "ne"),
        ("هل هذا آمن؟", "ar"),
        ("je ni bure?", "sw"),
    ],
)
def test_a_question_about_the_number_is_answered_and_makes_no_report(
    phone: Phone, one: Callable[[str], object], words: str, language: str
) -> None:
    assert say(Phrase.HELP, language) in phone.send(words)
    assert one("SELECT count(*) FROM report") == 0

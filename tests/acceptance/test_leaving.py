"""Leaving: whoever orders it by their own phone is forgotten or left alone, and nobody else orders it for them."""

import json

from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation
from tests.acceptance.visitor import Visitor, sign_in, take_report
from tests.fake_twilio import FakeTwilio

SENDER = "+9779800000001"
SECRET = "kumbheshwar"


def text(installation: Installation, *words: str) -> None:
    """Let a phone text, each time when the text before is processed."""
    for each in words:
        assert installation.bring(each, sender=SENDER).status == 200
        installation.wait_until_processed()


def test_forget_does_not_need_a_way_out(installation: Installation) -> None:
    """H8: where no answer can be sent, FORGET erases all the same; the words are nowhere in the database."""
    with installation.serve_as_installed():
        text(installation, f"no water near {SECRET}")
        assert find(installation, SECRET)
        text(installation, "FORGET", "1")
    assert find(installation, SECRET) == []


def test_forget_of_a_muted_person_is_heard(installations: Installations, fake_twilio: FakeTwilio) -> None:
    """H8: somebody who is sent nothing for a while, as they wrote too often, is forgotten when they order it."""
    with installations.make(**with_twilio(fake_twilio)) as installation:
        with installation.serve_as_installed():
            text(installation, f"no water near {SECRET}")
            installation.sql("UPDATE contact SET muted_until = now() + interval '1 day'")
            text(installation, "FORGET", "1")
        assert find(installation, SECRET) == []


def find(installation: Installation, words: str) -> list[str]:
    """Tables in which the words are."""
    return sorted({row.partition(":")[0] for row in installation.dump() if words in row})


def with_twilio(twilio: FakeTwilio) -> dict[str, str]:
    """Settings by which texts go out to a stand-in."""
    return {
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_API_URL": twilio.url,
    }


def test_a_partner_cannot_silence_a_number(installations: Installations, fake_twilio: FakeTwilio) -> None:
    """H9: STOP that a partner's program hands over in somebody's name changes nothing: their own SMS is answered."""
    with installations.make(**with_twilio(fake_twilio)) as installation:
        key = installation.command("api-key", "create", "partner").split()[-1]
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        with installation.serve_as_installed():
            body = json.dumps({"id": "a-1", "text": "STOP", "sender": SENDER})
            assert installation.call("POST", "/api/v1/messages", body, headers).status == 201
            installation.wait_until_processed()
            text(installation, "no water in ward 4")
        assert count_answers(installation) > 0, "nobody was answered"


def count_answers(installation: Installation) -> int:
    """Texts that were sent or wait to be."""
    return sum(row["direction"] == "out" for row in installation.export_messages())


def test_after_forget_nothing_tells_what_kind_of_report_it_was(
    installations: Installations, fake_twilio: FakeTwilio
) -> None:
    """M7: after FORGET no row says any more that the number's message was a restricted one."""
    with installations.make(**with_twilio(fake_twilio)) as installation:
        with installation.serve_as_installed():
            text(installation, "my husband beats me")
            assert count_sensitive(installation) == 1
            text(installation, "FORGET", "1")
        assert count_sensitive(installation) == 0


def count_sensitive(installation: Installation) -> int:
    """Rows of reports that are marked as restricted."""
    return int(installation.sql("SELECT count(*) FROM report WHERE is_sensitive")[0][0])


def test_a_number_typed_into_the_web_form_is_sent_nothing(
    installations: Installations, fake_twilio: FakeTwilio
) -> None:
    """LOW: whoever types another's number into the form has no text sent to it, also after the report is approved."""
    with installations.make(**with_twilio(fake_twilio)) as installation:
        with installation.serve():
            visitor = Visitor(installation)
            fields = {"text": "no water in ward 4", "topic": "water", "phone": SENDER}
            assert visitor.submit(visitor.get("/report"), "/report", **fields).status < 300
            installation.work()
            moderator = sign_in(installation, "moderator")
            assert moderator.submit(take_report(moderator), "/approve").status == 200
        assert count_answers(installation) == 0

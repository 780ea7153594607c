"""What gateways, phones and forms bring: each message once, whole, and at the place that somebody was asked for."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from tests.acceptance.cases import gateways
from tests.acceptance.cases.workbooks import fill, send_form, write_workbook
from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Answer, Installation
from tests.acceptance.visitor import Visitor, sign_in

PASSWORD: Final = "a long password of the tests"
Bring = Callable[[Installation, str, str, str], Answer]
COUNTED: Final[dict[str, Bring]] = {
    "smssync": gateways.bring_smssync, "kannel": gateways.bring_kannel, "jasmin": gateways.bring_jasmin,
    "africastalking": gateways.bring_africastalking, "smsgate": gateways.bring_smsgate, "acme": gateways.bring_acme,
}  # fmt: skip
# Of a character that takes two units, the first one only.
HALF: Final = r"half \ud83d of a sign"
_LONG: Final = "Tiyo dlo a kase nan Delmas. " * 5 + "Pa gen dlo nan Leyogàn"
CUT: Final = {
    # The end is half a letter: "à" without its second byte.
    "long": (b64encode((_LONG + "à").encode()[:-1]).decode().rstrip("="), _LONG),
    "short": (b64encode("पानी छैन तीन दिन भयो".encode()).decode(), "पानी छैन तीन दिन भयो"),
}
OCTETS: Final = {"gsm": ("%05v%05nement", "0", "événement"), "two bytes": ("%09*%09%3E%09(%09@", "8", "पानी")}
PHONE_AT, ASKED_AT = "27.70 85.32 10 5", "27.8000 85.0000 0 8"
FORMS: Final = {
    "asked": {"warmup": PHONE_AT, "what": "the asked pump", "place": ASKED_AT},
    "not answered": {"warmup": PHONE_AT, "what": "the other pump", "place": ""},
    "zero": {"warmup": "", "what": "the zero pump", "place": "0.0 0.0 0.0 0.0"},
}
_NAME: Final = "<instanceName>jean.pierre - tap 3</instanceName>"
_ENCRYPTED: Final = (
    '<data id="pump" encrypted="yes" version="" xmlns="http://opendatakit.org/submissions">'
    '<base64EncryptedKey>RVhBTVBMRUtFWQ==</base64EncryptedKey><m:meta xmlns:m="http://openrosa.org/xforms">'
    "<m:instanceID>uuid:22222222-2222-3333-4444-555555555555</m:instanceID></m:meta>"
    "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>"
)


@dataclass(frozen=True)
class Received:
    """What was answered to calls, by their names, and the installation when all was processed."""

    installation: Installation
    statuses: Mapping[str, int]

    def find_texts(self, channel: str) -> list[str]:
        """Texts that came by a channel."""
        rows = self.installation.sql(f"SELECT text FROM message WHERE channel = '{channel}' AND direction = 'in'")
        return [text for (text,) in rows]

    def find_points(self, words: str) -> list[tuple[float | None, float | None, float | None]]:
        """Where the reports with these words are: latitude, longitude, radius."""
        found = self.installation.sql(
            f"SELECT ST_Y(point), ST_X(point), radius_m FROM report WHERE text LIKE '%{words}%'"
        )
        return [(lat, lon, radius) for lat, lon, radius in found]


@pytest.fixture(scope="module")
def received(installations: Installations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Received]:
    """All calls of these tests, and what was made of them."""
    channels = tmp_path_factory.mktemp("received") / "channels.yaml"
    channels.write_text(gateways.CHANNELS)
    with installations.make(CHANNELS_FILE=str(channels)) as installation:
        rows: list[list[object]] = [
            ["type", "name", "label"], ["start-geopoint", "warmup", None], ["text", "what", "What happened?"],
            ["geopoint", "place", "Where is the pump?"],
        ]  # fmt: skip
        book = installation.var / "pump.xlsx"
        book.write_bytes(write_workbook(rows, form_id="pump"))
        installation.command("campaign", "import-form", book)
        key = installation.command("api-key", "create", "partner").split()[-1]
        with installation.serve():
            statuses = bring_all(installation, key)
        installation.work()
        yield Received(installation, statuses)


def bring_all(installation: Installation, key: str) -> dict[str, int]:
    """Make every call; what was answered, by name."""
    ahead = gateways.make_payload("+9779800000071", "no water by a fast clock", "FAST", ahead_s=120)
    picture = gateways.add_picture(gateways.make_payload("+9779800000072", "no water with a picture", "MMS"))
    began = time.monotonic()
    said = {"fast 1": gateways.bring_event(installation, "fast-1", ahead).status,
            "picture 1": gateways.bring_event(installation, "picture-1", picture).status}  # fmt: skip
    for name, bring in COUNTED.items():
        said[f"{name} 1"] = bring(installation, "same", "+9779800000003", "no water at all").status
        said[f"{name} 2"] = bring(installation, "same", "+9779800000004", "the road is cut").status
    said |= bring_halves(installation, key) | send_forms(installation)
    for name, (content, coding, _) in OCTETS.items():
        said[f"octets {name}"] = gateways.bring_octets(installation, f"o-{coding}", content, coding).status
    for number, (content, _) in enumerate(CUT.values()):
        said[f"cut {number}"] = installation.bring(content, sender=f"+97798000010{number:02}").status
    zero = {"id": "zero", "text": "nothing at zero by the API", "lat": 0, "lon": 0.0}
    said["zero api"] = post_api(installation, key, json.dumps(zero)).status
    fields = Visitor(installation).get("/report?lang=en").form("/report").fields
    fields |= {"text": "nothing at zero by the form", "lat": "0", "lon": "0.0", "topic": "water"}
    said["zero form"] = installation.post_form("/report?lang=en", fields).status
    time.sleep(max(0.0, began + 6 - time.monotonic()))  # what comes again within five seconds was known before
    said["fast 2"] = gateways.bring_event(installation, "fast-2", ahead).status
    said["picture 2"] = gateways.bring_event(installation, "picture-2", picture).status
    return said


def post_api(installation: Installation, key: str, body: str) -> Answer:
    """Hand over a message as a partner's program does."""
    return gateways.post_json(installation, "/api/v1/messages", body, {"Authorization": f"Bearer {key}"})


def bring_halves(installation: Installation, key: str) -> dict[str, int]:
    """Bring half a character by every way that takes JSON."""
    fields = f'"msisdn": "9779800000060", "to": "1", "messageId": "B4", "text": "{HALF}", "timestamp": "1794816000"'
    payload = gateways.make_payload("+9779800000061", "@", "HALF")
    event = {"id": "half", "webhookId": "w1", "deviceId": "d1", "event": "sms:received", "payload": payload}
    signed = json.dumps(event).replace('"@"', f'"{HALF}"')
    acme = f'{{"id": "half", "from": "+9779800000062", "text": "{HALF}"}}'
    return {
        "half vonage": gateways.post_json(installation, "/channels/vonage/sms", f'{{{fields}, "sig": "00"}}').status,
        "half vonage messages": gateways.post_json(installation, "/channels/vonage/messages", f"{{{fields}}}").status,
        "half smsgate": gateways.bring_event(installation, "half", payload, signed).status,
        "half acme": gateways.post_json(installation, f"/channels/acme/sms/{gateways.TOKEN}", acme).status,
        "half api": post_api(installation, key, f'{{"id": "half", "text": "{HALF}"}}').status,
    }


def send_forms(installation: Installation) -> dict[str, int]:
    """Send filled forms as a volunteer's phone."""
    sign_in(installation, "volunteer")
    said = {}
    for number, (name, answers) in enumerate(FORMS.items()):
        xml = fill("pump", str(number), answers, _NAME)
        said[f"form {name}"] = send_form(installation, "volunteer@example.org", PASSWORD, xml).status
    said["encrypted"] = send_form(installation, "volunteer@example.org", PASSWORD, _ENCRYPTED).status
    return said


def test_everything_else_was_taken(received: Received) -> None:
    """Case 06, 18, 24: calls that are in order are answered as such, so that the tests below mean something."""
    refused = ("half", "encrypted")
    taken = {name: status for name, status in received.statuses.items() if not name.startswith(refused)}
    assert {name: status for name, status in taken.items() if status >= 300} == {}


@pytest.mark.parametrize("channel", COUNTED)
def test_another_message_under_a_known_id_is_kept(received: Received, channel: str) -> None:
    """Case 06: a counter that begins anew brings another person's words under a known id."""
    assert {"no water at all", "the road is cut"} <= set(received.find_texts(channel))


@pytest.mark.parametrize("words", ["no water by a fast clock", "no water with a picture"])
def test_a_message_that_comes_twice_is_one_report(received: Received, words: str) -> None:
    """Case 18: another event of the same message, with a clock that is ahead, and with a picture."""
    assert len(received.find_points(words)) == 1


@pytest.mark.parametrize("way", ["vonage", "vonage messages"])
def test_half_a_character_without_proof_is_refused(received: Received, way: str) -> None:
    """Case 05: half a character in a call that nobody signed is no error of ours."""
    assert received.statuses[f"half {way}"] in (401, 403)


@pytest.mark.parametrize("way", ["smsgate", "acme", "api"])
def test_half_a_character_loses_no_words(received: Received, way: str) -> None:
    """Case 05: with proof the words around it are kept; a partner's program may be told."""
    status = received.statuses[f"half {way}"]
    assert status < 300 or (way, status) == ("api", 422)
    if status < 300:
        assert any(text.startswith("half") and text.endswith("of a sign") for text in received.find_texts(way))


@pytest.mark.parametrize("name", OCTETS)
def test_octets_are_read_by_the_operators_alphabet(received: Received, name: str) -> None:
    """Case 24: a call of Jasmin without `binary`."""
    assert OCTETS[name][2] in received.find_texts("jasmin")


@pytest.mark.parametrize("name", CUT)
def test_words_in_base64_are_words(received: Received, name: str) -> None:
    """Case 31: a long SMS in base64 that was cut within a letter, and a short one."""
    assert CUT[name][1] in [text.strip() for text in received.find_texts("twilio")]


def test_the_place_is_the_one_that_was_asked_for(received: Received) -> None:
    """Case 03: the position of the phone when the form was opened is not the place of the pump."""
    [(lat, lon, _)] = received.find_points("the asked pump")
    assert (lat, lon) == (27.8, 85.0)


def test_a_position_that_nobody_asked_for_is_a_guess(received: Received) -> None:
    """Case 03: where the question for the place has no answer, the phone's position is no exact one."""
    [(_, _, radius_m)] = received.find_points("the other pump")
    assert radius_m is None or radius_m >= 1000


def test_a_sealed_form_stays_on_the_phone(received: Received) -> None:
    """Case 04: encrypted answers are refused, so that the phone keeps them; no report has their key."""
    assert 400 <= received.statuses["encrypted"] < 500
    assert received.installation.sql("SELECT 1 FROM report WHERE text LIKE '%base64Encrypted%'") == []


@pytest.mark.parametrize("words", ["the zero pump", "nothing at zero by the API", "nothing at zero by the form"])
def test_zero_is_no_point(received: Received, words: str) -> None:
    """Case 17: what a device says that knows of no point, by ODK Collect, the web form and the API."""
    assert received.find_points(words) == [(None, None, None)]


def test_the_name_of_an_instance_is_no_word(received: Received) -> None:
    """The case without a number: `meta/instanceName` has the volunteer's name."""
    assert received.installation.sql("SELECT 1 FROM report WHERE text LIKE '%jean%'") == []

"""What is read in a quick way at the webhooks is read as the library does it that it stands for."""

import random
from urllib.parse import parse_qsl

import phonenumbers
import pytest
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from channels.base.errors import SignatureRefused
from channels.base.request import GatewayRequest
from channels.twilio.signature import TwilioSignature
from channels.webhook import read_form
from reporting.crypto.pseudonyms import normalise_address

URL = "https://reports.example.org/channels/twilio/sms"
PIECES = ("a", "=", "&", "+", "%", "%41", "%C3%A9", "%c3", "%zz", "é", "\udcff", ";", " ", "\x00", "Body", "%26", "%3D")
FORMS = (
    {"From": "+50937000001", "Body": "dlo a sal"},
    {"b": "2", "a": "1", "B": "", "é": "धारामा पानी छैन", "a1": "", "": "x"},
    {},
)


def test_a_form_is_read_as_the_general_parser_reads_it() -> None:
    chance = random.Random(14)
    for _ in range(3000):
        body = "".join(chance.choices(PIECES, k=chance.randrange(12))).encode("utf-8", "surrogateescape")
        first: dict[str, str] = {}
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"):
            first.setdefault(name, value)
        assert read_form(body) == first, body


@pytest.mark.parametrize("algorithm", [HMAC_SHA1, HMAC_SHA256])
@pytest.mark.parametrize("form", FORMS)
def test_a_signature_of_the_library_is_good_and_any_other_is_not(form: dict[str, str], algorithm: str) -> None:
    signature = RequestValidator("secret").compute_signature(URL, form, algorithm)
    body = b"" if not form else b"a form"
    headers = {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": f"algorithm={algorithm}"}
    call = GatewayRequest(url=URL, headers=headers, body=body, form=form)
    TwilioSignature(["old", "secret"], {}).verify(call)
    with pytest.raises(SignatureRefused):
        TwilioSignature(["another"], {}).verify(call)
    changed = GatewayRequest(url=URL, headers=headers, body=body, form={**form, "Body": "another"})
    with pytest.raises(SignatureRefused):
        TwilioSignature(["secret"], {}).verify(changed)


@pytest.mark.parametrize("number", ["+50937000001", "50937000001", "12345", "whatsapp:+50937000001", "+0012345"])
def test_a_plain_number_stands_for_what_the_library_keeps_of_it(number: str) -> None:
    kept = phonenumbers.normalize_diallable_chars_only(number.rpartition(":")[2])
    assert normalise_address(number) == kept


def test_other_spellings_of_a_number_are_still_the_same() -> None:
    spellings = ("+509 37 00-0001", "whatsapp:+50937000001", "+509(37)000001", " +50937000001")
    assert {normalise_address(spelling) for spelling in spellings} == {"+50937000001"}


@pytest.mark.parametrize("name", ["1234", "++12345", "12345\n"])
def test_what_is_no_plain_number_goes_the_long_way(name: str) -> None:
    kept = phonenumbers.normalize_diallable_chars_only(name)
    assert normalise_address(name) == (kept if sum(map(str.isdigit, kept)) >= 5 else name)

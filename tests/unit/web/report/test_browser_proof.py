"""The proof of work of a browser: what is right counts, and everything else is a sender whom nobody knows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from reporting.crypto.pseudonyms import Pseudonyms
from reporting.web.report.browser_proof import (
    CHALLENGE,
    PARTS,
    PROOF,
    ROUNDS_LEAST,
    TOKEN,
    VALID_S,
    BrowserProofs,
    Challenge,
    find_limit,
    hash_number,
)

_AT = datetime(2026, 11, 10, tzinfo=UTC)
_MINE, _OTHER = "5a" * 16, "7b" * 16
_PROOFS = BrowserProofs(Pseudonyms("a pepper of the tests"), 3 * ROUNDS_LEAST)


def _solve(challenge: Challenge, token: str = _MINE) -> dict[str, str]:
    """The fields that a browser sends."""
    numbers = []
    for part in range(challenge.parts):
        number = 0
        while hash_number(token, challenge.challenge, part, number) >= find_limit(challenge.tries):
            number += 1
        numbers.append(str(number))
    return {TOKEN: token, CHALLENGE: challenge.challenge, PROOF: ".".join(numbers)}


def _ask(token: str = _MINE, proofs: BrowserProofs = _PROOFS) -> Challenge:
    challenge = proofs.make_challenge(token, _AT)
    assert challenge is not None
    return challenge


def _find(fields: Mapping[str, str], campaign_id: int = 1, at: datetime = _AT) -> int | None:
    return _PROOFS.find_browser(fields, campaign_id, at)


def test_a_browser_that_did_the_work_is_known_again_in_a_campaign_and_not_in_another() -> None:
    first, again = _solve(_ask()), _solve(_ask())
    mine = _find(first)
    assert mine is not None
    assert 0 <= mine < 2**60  # the range of numbers that units of figures leave for browsers
    assert mine == _find(again) == _find(first, at=_AT + timedelta(minutes=50))
    assert len({mine, _find(first, campaign_id=2), _find(_solve(_ask(_OTHER), _OTHER))}) == 3


def test_a_challenge_of_another_browser_or_an_expired_or_forged_one_is_nobodys() -> None:
    fields = _solve(_ask())
    replayed = _solve(_ask(), _OTHER)  # the work was done, for a token that the challenge was not made for
    easier = fields | {CHALLENGE: fields[CHALLENGE].replace("-3-", "-1-")}
    later = int(_AT.timestamp()) + VALID_S
    longer = fields | {CHALLENGE: fields[CHALLENGE].replace(str(later), str(later + 99))}
    foreign = _solve(_ask(proofs=BrowserProofs(Pseudonyms("another pepper"), _PROOFS.rounds)))
    for forged in (replayed, easier, longer, foreign):
        assert _find(forged) is None
    assert _find(fields, at=_AT + timedelta(seconds=VALID_S)) is None
    assert _find(fields) is not None


def test_work_that_was_not_done_is_nobodys() -> None:
    fields = _solve(_ask())
    numbers = fields[PROOF].split(".")
    limit = find_limit(_ask().tries)
    for part in range(PARTS):
        wrong = next(number for number in range(1000) if hash_number(_MINE, fields[CHALLENGE], part, number) >= limit)
        changed = [*numbers[:part], str(wrong), *numbers[part + 1 :]]
        assert _find(fields | {PROOF: ".".join(changed)}) is None
    assert _find(fields | {PROOF: ".".join(numbers[:-1])}) is None
    assert _find(fields | {PROOF: ".".join([*numbers, "1"])}) is None


@pytest.mark.parametrize("name", [TOKEN, CHALLENGE, PROOF])
@pytest.mark.parametrize("value", [None, "", "x", "\x00", "-1", "1.2.3", "9" * 5000, "٣" * 32, "1.1.1.१", "1e9-1-1"])
def test_whatever_stands_in_the_fields_is_no_error(name: str, value: str | None) -> None:
    fields = {key: each for key, each in (_solve(_ask()) | {name: value}).items() if each is not None}
    assert _find(fields) is None


def test_without_work_asked_for_nobody_is_told_apart() -> None:
    off = BrowserProofs(_PROOFS.pseudonyms, 0)
    assert off.make_challenge(_MINE, _AT) is None
    assert off.find_browser(_solve(_ask()), 1, _AT) is None
    for token in ("", "A" * 32, "5a" * 17, "५" * 32):
        assert _PROOFS.make_challenge(token, _AT) is None

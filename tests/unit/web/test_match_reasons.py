"""Why two reports are thought alike is stored as a code with figures and said in the language of the page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reporting.incidents.similarity import Observation, compare
from reporting.web.match_reasons import Reason, word_similarity

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEEN = Observation(
    1, NOON, 27.5, 85.5, 150.0, "water", "the main pipe burst at the temple", "a", "sms", "Temple 5", "en"
)
OTHERS = [
    replace(SEEN, id=2, lat=27.501, at=NOON + timedelta(hours=2), text="the main pipe burst at the old school"),
    replace(SEEN, id=2, radius_m=2_000.0, at=NOON + timedelta(days=3), topic="road", sender="b"),
    replace(SEEN, id=2, lat=None, lon=None, at=None, language="ne", text="मुख्य पाइप फुट्यो मन्दिरमा हिजो राति"),
    replace(SEEN, id=2, at=NOON + timedelta(minutes=12)),
]


def rows(other: Observation) -> list[dict[str, Any]]:
    return [reason.to_row() for reason in compare(SEEN, other, window_s=259_200).reasons]


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize("other", OTHERS)
def test_every_reason_is_said_in_the_language_of_the_page(other: Observation) -> None:
    for row in rows(other):
        [reason] = word_similarity(row)
        assert reason.is_known
        assert any("\u0600" <= letter <= "\u06ff" for letter in reason.text), row


@pytest.mark.usefixtures("english")
def test_what_is_stored_are_codes_and_figures_and_they_say_what_the_sentence_says() -> None:
    first, gap, text, *_ = rows(OTHERS[0])
    assert (first["code"], first["values"]) == ("apart", {"apart_m": 111.2, "near_m": 150.0, "far_m": 150.0})
    assert (gap["code"], gap["values"]) == ("gap", {"gap_s": 7_200.0})
    assert text["code"] == "text_alike"
    assert word_similarity(gap)[0].text == gap["text"] == "2 h apart"
    assert first["text"] == "111 m apart (both ±150 m)"


@pytest.mark.usefixtures("arabic")
def test_what_was_stored_without_a_code_is_shown_as_it_is_and_what_a_person_said_is_worded() -> None:
    assert word_similarity({"text": "same topic; 12 min apart"}) == [Reason("same topic; 12 min apart", is_known=False)]
    assert word_similarity({"kind": "person"})[0].is_known

"""Who a message is from and whether they want to hear from us, however they write both."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.acceptance.cases.ground import make_ground, write_table
from tests.acceptance.installation import Installation

LEAVING: Final = [
    "Please stop", "STOP SMS", "kanpe tanpri", "stop stop", "stop svp", "Stop. Thank you", "arrêt s'il vous plaît",
    "por favor alto", "unsubscribe me please", "pa voye mesaj ban mwen ankò", "tafadhali acha", "कृपया बन्द गर्नुहोस्",
    "Stop messages", "please parar", "من فضلك توقف",
]  # fmt: skip
STAYING: Final = ["please stop the fighting", "stop sending trucks through our village", "tanpri kanpe dlo a"]
SPELLINGS: Final = [
    "37000006",
    "50937000006",
    "+509 3700-0006",
    "00509 37 00 00 06",
    "tel:+50937000006",
    "50,937,000,006",
]
CUT: Final = ["5.0937E+10", "5,09370E+10"]  # by a spreadsheet
_OPTED_OUT: Final = """
SELECT message.external_id, contact.opted_out_at IS NOT NULL
  FROM message JOIN contact ON contact.id = message.contact_id WHERE message.channel = 'people'
"""


@pytest.fixture(scope="module")
def opted_out(shared: Installation) -> Mapping[str, bool]:
    """Whether the sender of a message is opted out, by its words or its id; without those who are nobody."""
    people = make_ground(shared, "people", "HT", "ht", "fr", "en", "es", "pt", "sw", "ne", "ar")
    rows = [(text, text, f"+509370001{n:02}") for n, text in enumerate([*LEAVING, *STAYING])]
    rows.append(("stop", "STOP", "+50937000006"))
    rows += [(f"again {n}", "Pa gen dlo", sender) for n, sender in enumerate(SPELLINGS)]
    rows += [(f"cut {n}", f"Wout {n} bloke", sender) for n, sender in enumerate(CUT)]
    path = write_table(people.folder / "messages.csv", ["id", "text", "sender"], rows)
    people.try_command("messages", "import", path, "--channel", "people")
    shared.work()
    return dict(shared.sql(_OPTED_OUT))


@pytest.mark.parametrize("text", LEAVING)
def test_who_says_stop_in_more_words_is_left_alone(opted_out: Mapping[str, bool], text: str) -> None:
    """Case 07: STOP with politeness, a noun or thanks, in every language."""
    assert opted_out[text]


@pytest.mark.parametrize("text", STAYING)
def test_who_wants_something_else_to_stop_is_not(opted_out: Mapping[str, bool], text: str) -> None:
    """Case 07: a report with such a word opts nobody out."""
    assert not opted_out[text]


def test_one_number_is_one_person_however_it_is_written(opted_out: Mapping[str, bool]) -> None:
    """Case 14: somebody who said STOP under one spelling of their number is opted out under all of them."""
    assert {name: is_out for name, is_out in opted_out.items() if name.startswith("again")} == {
        f"again {n}": True for n in range(len(SPELLINGS))
    }


def test_a_number_that_a_spreadsheet_has_cut_is_nobody(opted_out: Mapping[str, bool]) -> None:
    """Case 14: people whose numbers stand as 5.0937E+10 are not one contact, nor any."""
    assert [name for name in opted_out if name.startswith("cut")] == []

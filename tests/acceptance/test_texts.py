"""What one anonymous text can do to everybody else's."""

import pytest

from tests.acceptance.conftest import Installations
from tests.acceptance.installation import Installation

# Texts of the attack; each would pass as one SMS or one web form, and patterns backtrack on it.
BACKTRACKING = {
    "metres_in_lines": "water 500000" + "\n" * 400 + "5000000" + "\n" * 1150 + "x",
    "at_signs": "@" * 2000,
    "one_long_word": "water " + "a" * 9900,
}
COPIES = 5
EXTRA_S = 4  # of processor for all copies, where some hundredths are used; a busy machine needs more for anything


@pytest.fixture(scope="module")
def ordinary_s(installations: Installations) -> float:
    """Processor seconds of a command that works on ordinary messages."""
    with installations.make() as installation:
        import_from_strangers(installation, ["no water in ward 4"] * COPIES)
        return installation.work().processor_s


def import_from_strangers(installation: Installation, texts: list[str]) -> None:
    """Store a message of each of so many people."""
    rows = [
        {"id": str(number), "text": text, "sender": f"+97798{number:08}"} for number, text in enumerate(texts, start=1)
    ]
    installation.import_messages(rows)


@pytest.mark.parametrize("text", BACKTRACKING.values(), ids=BACKTRACKING)
def test_one_text_stops_no_other(installation: Installation, ordinary_s: float, text: str) -> None:
    """C2: after texts on which patterns backtrack the next person's message becomes a report at once."""
    import_from_strangers(installation, [text] * COPIES + ["no water in ward 4"])
    limit_s = int(2 * ordinary_s + EXTRA_S) + 1
    worked = installation.try_command("work", "--until-empty", processor_s=limit_s)
    assert worked.code == 0, f"stopped after {worked.processor_s:.0f} s of processor, ordinary: {ordinary_s:.1f} s"
    status = installation.status()
    assert (status["unprocessed"], status["set_aside"]) == (0, 0)
    assert installation.export_messages()[-1]["report"]

"""No id is a plain hash of what somebody wrote: with the database alone all numbers could be tried."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
# Where else octets are hashed in a channel, and why nothing of it is kept as an id.
_OTHERWISE = {
    "httpsms.py": "the key of the app's encryption",
    "vonage/signature.py": "a signature and the digest within a token",
    "twilio/signature.py": "the digest that the address must have",
}


def test_only_one_file_of_the_channels_makes_ids_of_content() -> None:
    found = {
        path.relative_to(_ROOT / "channels").as_posix()
        for path in (_ROOT / "channels").rglob("*.py")
        if re.search(r"\bhashlib\b|\bhash\(|\bcrc32\b|\buuid[35]\(", path.read_text(encoding="utf-8"))
    }
    assert found == {"content_ids.py", *_OTHERWISE}


def test_what_it_makes_is_keyed_before_it_is_stored() -> None:
    """`make_row` alone stores inbound messages, and `key_id` is what it passes each id through."""
    store = (_ROOT / "reporting" / "inbox" / "store.py").read_text(encoding="utf-8")
    assert '"external_id": external_id' in store
    assert "external_id = key_id(" in store
    kept = [
        path.relative_to(_ROOT).as_posix()
        for path in (_ROOT / "reporting").rglob("*.py")
        if "INSERT INTO message " in path.read_text(encoding="utf-8")
    ]
    assert [path for path in kept if "/migrations/" not in path] == ["reporting/inbox/store.py"]

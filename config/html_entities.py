"""Characters that came as references of HTML ("&eacute;", "&#233;"), as web forms of gateways leave them."""

import html
import re
from typing import Final

_LONG_NUMBER: Final = re.compile(r"&#x?[0-9a-f]{9,}", re.IGNORECASE)  # of no character; the library's reading is slow


def unescape(text: str) -> str:
    """The text with its characters. Never raises: a number of thousands of digits means none and stays."""
    if _LONG_NUMBER.search(text):
        text = _LONG_NUMBER.sub(lambda match: match[0].replace("&", "&amp;"), text)
    return html.unescape(text)

"""Decodes HTML character references ("&eacute;", "&#233;"), as web forms of gateways leave them."""

import html
import re
from typing import Final

_LONG_NUMBER: Final = re.compile(r"&#x?[0-9a-f]{9,}", re.IGNORECASE)  # not a character; html.unescape is slow for these


def unescape(text: str) -> str:
    """Decode the character references of a text.

    Never raises: a number of thousands of digits is no character and stays.
    """
    if _LONG_NUMBER.search(text):
        text = _LONG_NUMBER.sub(lambda match: match[0].replace("&", "&amp;"), text)
    return html.unescape(text)

"""Decodes obfuscated words: signs instead of letters, letters of another alphabet, or spaces between letters."""

import re
from typing import Final

# Letters of the Cyrillic and Greek alphabets that look like Latin ones.
_ALIKE: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u043a\u0432\u03bf\u03b1\u03b5\u03b9\u03ba\u03bd\u03c1\u03c5"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425",
    "aeopcyxijsdhkboaeikvpuABEKMHOPCTX",
)
_WORD: Final = re.compile(r"\w+")
_MIXED: Final = re.compile(r"[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
_SIGNS: Final = str.maketrans("@301$4!5", "aeoisais")
_SIGN_INSIDE: Final = re.compile(r"(?<=[^\W\d_])[@301$4!5]{1,2}(?=[^\W\d_])")
_SPACED: Final = re.compile(r"(?<!\w)(?:[^\W\d_][ .*_-]{1,2}){3,40}[^\W\d_](?!\w)")
_BETWEEN: Final = re.compile(r"[ .*_-]+")


def unmask(text: str) -> str:
    """Return the text with obfuscated words decoded; unchanged where there are none."""
    shown = _WORD.sub(_show_mixed, text) if _MIXED.search(text) else text
    shown = _SIGN_INSIDE.sub(lambda sign: sign[0].translate(_SIGNS), shown)
    return _SPACED.sub(lambda letters: _BETWEEN.sub("", letters[0]), shown)


def _show_mixed(word: re.Match[str]) -> str:
    """Replace look-alike letters by Latin ones in a word that mixes two alphabets."""
    return word[0].translate(_ALIKE) if _MIXED.search(word[0]) else word[0]

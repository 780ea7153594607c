"""Phonetic keys: words that sound alike, and are therefore spelt in many ways, get one key.

The rules follow how French and English place names are heard and then written in Creole or in a hurried text
("Carrefour" and "kafou", "Léogâne" and "leyogan"), and what transliteration leaves of other scripts. The key only finds
candidates; how well two names agree is measured on their real spelling.
"""

import re

from config.bounded_cache import remember_words

# Applied in this order: each rule sees the result of the earlier ones.
_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"^h|(?<=[^cspt])h", ""),
        (r"(?<=t)h", ""),
        (r"ph", "f"),
        (r"tch|tsh", "C"),
        (r"sch|ch|sh", "C"),
        (r"eaux?|aux?", "o"),
        (r"oix?|oua|wa", "wa"),
        (r"ueill?e?s?|euill?e?s?|eill?e?s?$|eye?s?$", "e"),
        (r"aill?e?s?$|aye?$", "ay"),
        (r"ille", "i"),
        (r"ou|oo|w(?=[^aeiou]|$)", "u"),
        (r"qu|ck|q|k", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"x$", ""),
        (r"x", "ks"),
        (r"g(?=[ei])", "j"),
        (r"gn(?=[aeiou])", "ni"),
        (r"ai|ei|ay|ey|ae|oe", "e"),
        (r"[ei]n(?=[^aeiouyn])", "en"),
        (r"y", "i"),
        (r"z", "s"),
        (r"(.)\1+", r"\1"),
        (r"r(?=[^aeiou])|(?<=[aeiou])r$", ""),
        (r"(?<=..)(?:es|e)$", ""),
        (r"(?<=..[aeiou])[stdp]{1,2}$|(?<=.[nl])[tds]$", ""),
        (r"m(?=[bp]|$)", "n"),
        (r"(.)\1+", r"\1"),
    ]
]
_DOUBLED = re.compile(r"([^0-9])\1+")
_REMEMBERED_BYTES = 64 << 20
_SOFT = str.maketrans("", "", "aeiouwr")  # the letters that are dropped or swapped most often


@remember_words(_REMEMBERED_BYTES)
def sound(word: str) -> str:
    """Compute the phonetic key of one folded word; the key of a number is the number without leading zeros."""
    if word[0].isdigit():
        return word.lstrip("0") or "0"
    if len(word) < 3:
        return word.replace("y", "i").replace("k", "c")
    key = word
    for rule, replacement in _RULES:
        key = rule.sub(replacement, key)
    return key or word


def skeleton(words: list[str]) -> str:
    """Compute the consonant skeleton of several words, glued to one: the coarsest key, used only to find candidates."""
    keys = [sound(word) for word in words]
    glued = "".join(keys)
    return _DOUBLED.sub(r"\1", glued[:1] + glued[1:].translate(_SOFT))

"""What makes two texts in nearly the same words two things: another number, another word in the same place, a "not".

People who report from neighbouring camps, streets or blocks often use one template. How much of two texts agrees says
nothing then; the few words that do not agree say everything. Spelling is forgiven, and what one text merely adds.
"""

from functools import lru_cache

from rapidfuzz import fuzz

from reporting.triage.textlike import fold

_SPELT_ALIKE = 75.0  # rapidfuzz ratio, 0 to 100: one word in two spellings
_LEAST_LETTERS = 4  # shorter words have no two spellings
# "Not", "no", "none" and "again" in the languages of the conversation; folded as texts are.
_NOT_WORDS = """
    no not none never again back pa non ne pas plus jamais rien anko ankor encore sin nunca jamas otra vez nao sem
    hakuna si sio hapana tena haina hatuna ma la laysa lam lan bidun لا ليس لم لن بدون ما छैन होइन नभएको फेरि
    chhaina hoina pheri
"""
_NOT = frozenset(_NOT_WORDS.split())


@lru_cache(maxsize=16_384)
def contradict(a: str, b: str) -> bool:
    """Whether two texts differ in what tells one thing from another, however much of the rest agrees; symmetric."""
    words_a, words_b = set(fold(a).split()), set(fold(b).split())
    only_a, only_b = _drop_spellings(words_a - words_b, words_b - words_a)
    only = only_a | only_b
    if not only:
        return False
    if any(word.isdecimal() for word in only) and _have_numbers(words_a) and _have_numbers(words_b):
        return True
    return bool(only & _NOT) or bool(only_a and only_b)


def _have_numbers(words: set[str]) -> bool:
    return any(word.isdecimal() for word in words)


def _drop_spellings(only_a: set[str], only_b: set[str]) -> tuple[set[str], set[str]]:
    """Both without the words that stand in the other in another spelling."""
    pairs = {
        (one, other)
        for one in only_a
        for other in only_b
        if min(len(one), len(other)) >= _LEAST_LETTERS
        and not (one.isdecimal() or other.isdecimal())
        and fuzz.ratio(one, other) >= _SPELT_ALIKE
    }
    return only_a - {one for one, _ in pairs}, only_b - {other for _, other in pairs}

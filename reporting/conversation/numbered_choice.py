"""Which of several numbered things somebody chose, where they say more than the bare number.

For instance "option 2", "the second one", "mbili", "2 please".
"""

from collections.abc import Sequence
from typing import Final

from reporting.languages.normalise import words

_LONGEST: Final = 4  # words
# How "first", "second" ... are said, then "one", "two" ..., in the languages we speak; from 1 on.
_ORDINALS: Final = (
    "1st first 1er premier premiere primero primera primeiro primeira premye kwanza pahilo पहिलो الاول الاولى",
    "2nd second 2e deuxieme segundo segunda dezyem pili dosro दोस्रो الثاني الثانية",
    "3rd third 3e troisieme tercero tercera terceiro terceira twazyem tesro तेस्रो الثالث الثالثة",
    "4th fourth 4e quatrieme cuarto cuarta quarto quarta katriyem chautho चौथो الرابع الرابعة",
    "5th fifth 5e cinquieme quinto quinta senkyem pachau पाँचौं الخامس",
    "6th sixth 6e sixieme sexto sexta sizyem छैटौं السادس",
    "7th seventh 7e septieme septimo setimo setyem सातौं السابع",
    "8th eighth 8e huitieme octavo oitavo wityem आठौं الثامن",
    "9th ninth 9e neuvieme noveno nono nevyem नवौं التاسع",
)
_CARDINALS: Final = (
    "1 one un une uno una um uma youn moja ek एक واحد واحدة",
    "2 two deux dos dois duas mbili dui दुई اثنان اثنين",
    "3 three trois tres twa tatu tin तीन ثلاثة",
    "4 four quatre cuatro quatro kat nne char चार اربعة",
    "5 five cinq cinco senk tano panch पाँच خمسة",
    "6 six seis sis sita chha छ ستة",
    "7 seven sept siete sete saba sat सात سبعة",
    "8 eight huit ocho oito uit nane ath आठ ثمانية",
    "9 nine neuf nueve nove nef tisa nau नौ تسعة",
)
# What may stand around it. Any other word makes it something else: "ward 2" is a place.
_AROUND: Final = """
    please pls plz the it its is i choose reply answer option number choice thanks ok
    svp option numero choix reponse je choisis le la c est el opcion respuesta favor por es o opcao resposta
    tanpri silvouple chwa chwazi nimewo repons se li tafadhali jibu namba chaguo ni ya kripaya nambar नम्बर कृपया
    رقم الخيار هو من فضلك
"""


def _number(lines: Sequence[str]) -> dict[str, int]:
    return {word: number for number, line in enumerate(lines, 1) for word in words(line)}


_BY_ORDINAL, _BY_CARDINAL, _FILLERS = _number(_ORDINALS), _number(_CARDINALS), frozenset(words(_AROUND))


def find_choice(said: Sequence[str]) -> int | None:
    """Find the number from 1 to 9 that folded words choose, None where they say anything else or more than one."""
    if not said or len(said) > _LONGEST:
        return None
    ordinals = [_BY_ORDINAL[word] for word in said if word in _BY_ORDINAL]
    if len(ordinals) == 1:  # "the second one" is one choice
        return ordinals[0] if all(_is_around(word) or word in _BY_ORDINAL for word in said) else None
    numbers = [_BY_CARDINAL[word] for word in said if word in _BY_CARDINAL]
    if len(numbers) != 1 or ordinals:
        return None
    return numbers[0] if all(word in _FILLERS or word in _BY_CARDINAL for word in said) else None


def _is_around(word: str) -> bool:
    return word in _FILLERS or _BY_CARDINAL.get(word) == 1

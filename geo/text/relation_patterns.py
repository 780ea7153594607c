"""Patterns of spatial relations ("5 km north of x", "between a and b") in the supported languages.

The patterns expect text from `strip` of geo/text/direction_words.py: lower case, no accents, ASCII digits, single
blanks. Words have up to 40 letters, so that matching stays linear in the text. The groups `a`, `b` and `x` hold the
words that may name places; whether they do is decided by looking them up.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from geo.text.direction_words import DIRECTIONS, UNITS, join_words

_WORD = r"[^\s,;:!?()،؛।]{1,40}"
_FEW = rf"{_WORD}(?:\s+{_WORD}){{0,3}}?"  # lazy: as few words as the rest of the pattern allows
_MANY = rf"{_WORD}(?:\s+{_WORD}){{0,3}}"
_BARE = r"[^\s,;:!?()،؛।/-]{1,40}"
_TWO = rf"{_WORD}(?:\s+{_WORD})?"
_START, _END = r"(?:(?<=\s)|(?<=[,;:(/])|^)", r"(?=\s|[,;:.!?()،؛।]|$)"
_DIRECTION = rf"(?P<way>{join_words(DIRECTIONS)})(?:ern|wards|ى|ي|ا)?(?:\s*(?:मा|तिर|ma|tira|tarfa))?{_END}"
_DISTANCE = rf"(?P<far>\d{{1,9}}(?:[.,]\d{{1,9}})?)\s*(?P<unit>{join_words(UNITS)}){_END}"
# Swahili and Arabic may put the unit first: "kilomita 5", "كيلومتر 5".
_FAR = (
    rf"{_START}(?:{_DISTANCE}|(?P<unit2>kilomita|km|maili|mita|كيلومتر)\s+(?P<far2>\d{{1,9}}(?:[.,]\d{{1,9}})?)){_END}"
)
_TOWARDS = (
    r"(?:(?:to\s+the|due|away|au|al|ao|a|a\s+la|na|nan|sou|sou\s+bo|bo|kote|upande\s+wa|la|to|direction|hacia\s+el"
    r"|الي|نحو|في|ناحيه)\s+){0,2}"
)
_OF = r"(?:(?:of|from|du|des|de\s+la|de|del|do|da|dos|mwa|ya|wa|kwa|من|ak)\s+|d'\s?|ال(?=\s))?"


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern with its cues, of which a text must contain one.

    Cues are searched first, since most texts have none.
    """

    pattern: re.Pattern[str]
    cues: tuple[str, ...]

    def find(self, bare: str) -> re.Match[str] | None:
        """Find the first match in a stripped text with single blanks; None where there is none."""
        return self.pattern.search(bare) if any(cue in bare for cue in self.cues) else None


def find_shapes(shapes: Sequence[Shape], bare: str) -> Iterator[re.Match[str]]:
    """Iterate over the matches of several shapes in a stripped text, in the order of the shapes."""
    return (match for shape in shapes if (match := shape.find(bare)) is not None)


def _shape(pattern: str, cues: str) -> Shape:
    return Shape(re.compile(pattern.replace(r"\s+", " ").replace(r"\s*", " ?")), tuple(cues.split("|")))


_FROM: Final = "बाट|देखि|को |भन्दा| bata | dekhi | ko | bhanda "

OFFSETS: Final = [
    _shape(
        rf"{_FAR}\s+{_TOWARDS}{_DIRECTION}\s+{_OF}(?P<x>{_MANY})",
        cues="0|1|2|3|4|5|6|7|8|9",
    ),
    _shape(
        rf"{_START}(?P<x>{_FEW})\s*(?:बाट|देखि|को|भन्दा|\s(?:bata|dekhi|ko|bhanda))\s+{_DISTANCE}\s*{_DIRECTION}",
        cues=_FROM,
    ),
]
# A distance without a direction: a ring around the place.
RINGS: Final = [
    _shape(
        rf"{_FAR}\s+(?:away\s+)?(?:from|outside|de|du|d'|desde|kutoka|toka|da|do|من|عن|ak|apre|anvan|apres|avant|after|before)"
        rf"(?:\s+|(?<='))(?P<x>{_MANY})",
        cues="0|1|2|3|4|5|6|7|8|9",
    ),
    _shape(
        rf"{_START}(?P<x>{_FEW})\s*(?:बाट|देखि|\s(?:bata|dekhi))\s+{_DISTANCE}(?:\s*(?:टाढा|tadha|पर|para))?",
        cues=_FROM,
    ),
]
# A direction without a distance: a point beside the place.
SIDES: Final = [
    _shape(
        rf"{_START}{_DIRECTION}\s+of\s+(?:the\s+)?(?P<x>{_MANY})",
        cues=" of ",
    ),
    _shape(
        rf"{_START}(?:au|al|ao|a\s+la)\s+{_DIRECTION}\s+(?:(?:de\s+la|de|du|del|do|da)\s+|d')(?P<x>{_MANY})",
        cues="au |al |ao |a la ",
    ),
    _shape(
        rf"{_START}{_DIRECTION}\s+(?:mwa|ya)\s+(?P<x>{_MANY})",
        cues=" mwa | ya ",
    ),
]
BETWEEN: Final = [
    _shape(
        rf"{_START}(?:between|entre|ant|nan\s+mitan|mitan|kati\s+ya|katikati\s+ya|baina\s+ya)\s+(?P<a>{_FEW})"
        rf"\s+(?:and|et|ak|avek|avec|ac|y|e|na|&)\s+(?P<b>{_MANY})",
        cues="between |entre |ant |mitan |kati|baina ",
    ),
    _shape(
        rf"{_START}(?P<a>{_FEW})\s+(?:र|ra)\s+(?P<b>{_FEW})\s*(?:को|\s+ko)?\s+(?:बीच|बिच|bich|beech|bicha)(?:मा|को|ma|ko)?{_END}",
        cues="बीच|बिच| bich| beech",
    ),
    _shape(
        rf"{_START}بين\s+(?P<a>{_FEW})\s+و\s*(?P<b>{_MANY})",
        cues="بين",
    ),
    # along a road that is named by its two ends
    _shape(
        rf"{_START}(?P<a>{_TWO})\s+(?:to|-)\s+(?P<b>{_TWO})\s+(?:road|rd|highway|hwy|route|bypass){_END}",
        cues=" to | - ",
    ),
    _shape(
        rf"{_START}(?P<a>{_BARE})\s?[-/]\s?(?P<b>{_BARE})\s+(?:road|rd|highway|hwy|सडक|राजमार्ग|बाटो|sadak|rajmarga|bato)",
        cues="-|/",
    ),
    _shape(
        rf"{_START}(?:road|highway|rd)\s+from\s+(?P<a>{_FEW})\s+to\s+(?P<b>{_MANY})",
        cues=" from ",
    ),
    _shape(
        rf"{_START}(?:route|rout|wout)\s+(?:de\s+|d')?(?P<a>{_FEW})\s+(?:a|vers|pour|jusqu'a|pou|pou\s+ale|rive|ale|al|jiska)"
        rf"\s+(?P<b>{_MANY})",
        cues="rout|wout",
    ),
    _shape(
        rf"{_START}(?:route|wout|rout|carretera|estrada|barabara|طريق|الطريق)\s+(?:ya\s+|de\s+)?(?P<a>{_BARE})\s?[-/]\s?(?P<b>{_BARE})",
        cues="-|/",
    ),
    _shape(
        rf"{_START}(?:carretera|camino|ruta|estrada|rodovia|via)\s+(?:de\s+|desde\s+|da\s+|do\s+)?(?P<a>{_FEW})"
        rf"\s+(?:a|al|hasta|hacia|para|ate)\s+(?P<b>{_MANY})",
        cues="carretera|camino|ruta|estrada|rodovia|via ",
    ),
    _shape(
        rf"{_START}barabara\s+(?:kuu\s+)?(?:ya\s+|ya\s+kutoka\s+|kutoka\s+)?(?P<a>{_FEW})\s+(?:kwenda|hadi|mpaka|kuelekea)\s+(?P<b>{_MANY})",
        cues="barabara",
    ),
    _shape(
        rf"{_START}(?P<a>{_FEW})\s*(?:देखि|\s+dekhi)\s+(?P<b>{_FEW})\s*(?:सम्म(?:को)?|जाने|\s+samma(?:ko)?|\s+jane)\s*"
        r"(?:सडक|राजमार्ग|बाटो|sadak|rajmarga|bato)?",
        cues="देखि| dekhi",
    ),
    _shape(
        rf"{_START}(?:ال)?طريق\s+(?:من\s+)?(?P<a>{_FEW})\s+(?:الي|حتي|-)\s*(?P<b>{_MANY})",
        cues="طريق",
    ),
]
# Near, across from, behind, in front of: close to the place, not the place itself.
BESIDE: Final = [
    _shape(
        rf"{_START}(?:near|nearby|close\s+to|next\s+to|beside|behind|in\s+front\s+of|across\s+from|opposite|around"
        r"|bo|bo\s+kote|kote|pre|toupre|tou\s+pre|anfas|deye|devan|akote"
        r"|pres\s+de|pres\s+du|pres\s+d'|a\s+cote\s+de|a\s+cote\s+du|en\s+face\s+de|en\s+face\s+du|derriere|devant|vers"
        r"|cerca\s+de|cerca\s+del|al\s+lado\s+de|al\s+lado\s+del|frente\s+a|frente\s+al|detras\s+de|detras\s+del|junto\s+a"
        r"|perto\s+de|perto\s+do|perto\s+da|ao\s+lado\s+de|ao\s+lado\s+do|em\s+frente\s+a|em\s+frente\s+ao|atras\s+de|atras\s+do"
        r"|karibu\s+na|jirani\s+na|mkabala\s+na|nyuma\s+ya|mbele\s+ya|kando\s+ya|pembeni\s+mwa"
        rf"|قرب|بالقرب\s+من|بجانب|بجوار|جنب|مقابل|امام|خلف|وراء|قبال)(?:\s+|(?<='))(?P<x>{_MANY})",
        cues=" ",
    ),
    _shape(
        rf"{_START}(?P<x>{_FEW})\s*(?:को|\s+ko)?\s*(?:नजिकै?|नजिक|छेउ|छेउमा|अगाडि|पछाडि|सामुन्ने|नेर"
        rf"|\s+(?:najik|najikai|najikkai|nira|nera|cheu|chheu|cheuma|chheuma|agadi|pachadi|pachhadi|samunne)){_END}",
        cues="नजि|छेउ|अगाडि|पछाडि|सामुन्ने|नेर| naj| nira| nera| cheu| chheu| aga| pach| sam",
    ),
]

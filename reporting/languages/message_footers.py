"""Strips what programs add below a message: the footer of a phone, a quotation with its header, a rule.

Only for reading commands: the message itself is stored whole. Only the first hundred lines are read.
"""

import re
from typing import Final

_LINES_MOST: Final = 100
_LINE_LONGEST: Final = 400  # characters; a longer one is no footer

# "Sent from my iPhone" in the languages of phones' mail programs; compared by casefold alone.
_FOOTERS: Final = (
    *("(?:sent|written|composed|typed) (?:from|with|via|using|by|on) ", "sent (?:securely|wirelessly)", "yahoo mail"),
    *("get (?:the )?(?:bluemail|outlook|yahoo|gmail|spark|aqua mail)", "download (?:the )?(?:yahoo|outlook)"),
    *(
        "envoy[ée]e? (?:de|depuis|avec|à partir|par|du|via) ",
        "(?:obtenez|téléchargez|télécharger) (?:outlook|yahoo|bluemail)",
    ),
    *(
        "enviad[oa] (?:desde|do|a partir|de|con|com|usando|pelo|através|por) ",
        "(?:obtener|obtén|consigue|descargar?) outlook",
    ),
    *(
        "(?:obter|obtenha|baixe) (?:o )?outlook",
        "voye (?:sot|soti|depi|ak|nan) ",
        "imetumwa (?:kutoka|kwa|na) ",
        "pata outlook",
    ),
    *(
        "von (?:meinem|meiner|mobile) ",
        "gesendet (?:von|mit|über) ",
        "holen sie sich",
        "outlook für",
        "diese nachricht wurde",
    ),
    *("verstuurd vanaf", "inviato (?:da|dal)", "أ?رسلت? (?:من|بواسطة|باستخدام) ", "أُرسلت من ", "مرسلة? من "),
    *("تم ال[إا]رسال من ", "(?:ال)?حصول على outlook", "احصل على outlook", ".{0,40}बाट (?:पठाइएको|पठाएको)"),
    r"(?:sent|envoy[ée]|enviado|gesendet|inviato)\b.{0,60}\b(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|nokia|"
    r"blackberry|proton|protonmail|yahoo|gmx|outlook|gmail|bluemail|mail)\b",
    *("mit freundlichen", r"cordialement\b", "regards,?$", "(?:best|kind|warm) regards"),
)
_FOOTER: Final = re.compile(rf"[\s>*_-]*(?:{'|'.join(_FOOTERS)})")
# A rule of dashes or underscores, and "-- ": what follows is a signature or a quotation.
_RULE: Final = re.compile(r"^\s*(?:--\s*|[-_=*~]{3,}.*)$")
_HEADER: Final = re.compile(
    r"^\s*\*?(?:from|sent|to|subject|date|de|envoy[ée]|à|objet|para|asunto|assunto|enviado|von|gesendet|an|betreff|kutoka|kwa|tarehe|"
    r"من|إلى|تاريخ|الموضوع|प्रेषक|बाट|मिति)\*?\s*:\s*\S"
)
# "On Mon, 16 Nov 2026, Baraza <...> wrote:", without ">" before what is quoted.
_WROTE: Final = (
    *("wrote", "writes", "écrit", "ecrit", "escribió", "escribio", "escreveu", "schrieb", "ha scritto", "ekri"),
    *("andika", "كتب", "كتبت", "लेख्नुभयो", "लेखेको", "लेखे"),
)
_WROTE_START: Final = re.compile(r"^\s*(?:on|le|el|em|am|il|kwa|tarehe|nan|في|बुध|सोम|मंगल|बिही|शुक्र|शनि|आइत)\b.{0,200}\d")


def strip_footers(text: str) -> str:
    """Return the lines above the first footer, quotation or rule, without lines quoted by ">"; all if none are left."""
    if "\n" not in text:
        return text
    own: list[str] = []
    lines = text.split("\n")[:_LINES_MOST]
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        if own and any(map(str.strip, own)) and _ends_words(line, lines[number + 1 : number + 3]):
            break
        own.append(line)
    kept = "\n".join(own).strip()
    return kept or text


def _ends_words(line: str, following: list[str]) -> bool:
    if len(line) > _LINE_LONGEST:
        return False
    low, after = line.casefold(), [each.casefold() for each in following]
    if _FOOTER.match(low) or _RULE.match(low):
        return True
    if _HEADER.match(low):
        return any(map(_HEADER.match, after))
        # The line "On ... wrote:" may be broken into two or three lines.
    return _introduces(low) or (bool(_WROTE_START.match(low)) and any(map(_introduces, after)))


def _introduces(line: str) -> bool:
    end = line.rstrip()[-80:]
    return end.endswith((":", "：")) and any(said in end for said in _WROTE)

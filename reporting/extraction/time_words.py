"""Vocabulary of temporal expressions by language: days, parts of days, units, numbers, weekdays and months.

All words are normalised as by `reporting.languages.normalise`. A word with another common meaning is listed only as
part of a phrase.
"""

from collections.abc import Mapping
from typing import Final

# "yè" is yesterday, "ye" the verb of every second Creole sentence: the accent is kept, written behind the letter.
CREOLE_YESTERDAY: Final = "ye`"

# How many days back.
DAYS_BACK: Final[Mapping[int, tuple[str, ...]]] = {
    0: (
        *("today", "aujourd'hui", "aujourdhui", "hoy", "hoje", "leo", "jodi a", "jodia", "joudi a", "jounen jodi a"),
        *("aaja", "aja", "aajai", "आज", "आजै", "اليوم"),
    ),
    1: (
        *("yesterday", "yestarday", "yday", "hier", "ayer", "ontem", "tangu jana", CREOLE_YESTERDAY),
        *("hijo", "hijoo", "hizo", "हिजो", "امس", "البارحه"),
    ),
    2: (
        *("day before yesterday", "avant-hier", "avant hier", "anteayer", "antier", "anteontem", "juzi"),
        *("avan ye`", "avanye`", "avant ye`", "asti", "hijo asti", "अस्ति", "اول امس"),
    ),
}

# Local hours from and to; beyond 24 is the next morning.
PARTS: Final[Mapping[str, tuple[float, float]]] = {
    "morning": (5, 11),
    "noon": (11, 14),
    "afternoon": (13, 18),
    "evening": (17, 22),
    "night": (20, 28),
}
PART_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "morning": (
        *("morning", "matin", "matinee", "maten", "maten an", "manana", "manha", "asubuhi"),
        *("bihana", "bihan", "bihanai", "बिहान", "बिहानै", "صباحا", "صباح"),
    ),
    "noon": ("noon", "midi", "mediodia", "meio-dia", "mchana", "diuso", "दिउँसो", "ظهرا"),
    "afternoon": ("afternoon", "apres-midi", "apre midi", "apremidi", "tarde", "alasiri", "عصرا"),
    "evening": (
        "evening",
        "soir",
        "soiree",
        "swa",
        "aswe",
        "jioni",
        "beluka",
        "saanjh",
        "sanjha",
        "बेलुका",
        "साँझ",
        "مساء",
    ),
    "night": (
        "night",
        "nite",
        "nuit",
        "nannwit",
        "lannwit",
        "noche",
        "noite",
        "usiku",
        "rati",
        "raati",
        "राति",
        "ليلا",
    ),
}

# Fixed phrases: (days back, part). "Last night" is the night that began yesterday.
PHRASES: Final[Mapping[str, tuple[int, str]]] = {
    **dict.fromkeys(("last night", "lastnight", "last nite", "la nuit derniere", "anoche", "jana usiku"), (1, "night")),
    # A bare "jana" is yesterday in Swahili and "people" in Nepali (12 jana birami).
    **dict.fromkeys(("jana jioni",), (1, "evening")),
    **dict.fromkeys(("jana asubuhi",), (1, "morning")),
    **dict.fromkeys(("ontem a noite", "ليله امس", "ye` swa", "yeswa`", "hier soir"), (1, "evening")),
    **dict.fromkeys(("hijo rati", "hijo raati", "हिजो राति", "cette nuit"), (1, "night")),
    **dict.fromkeys(
        ("this morning", "ce matin", "maten an", "esta manana", "hoje de manha", "leo asubuhi"), (0, "morning")
    ),
    **dict.fromkeys(("aaja bihana", "aja bihana", "आज बिहान", "هذا الصباح"), (0, "morning")),
    **dict.fromkeys(("this afternoon", "cet apres-midi", "esta tarde", "apremidi a"), (0, "afternoon")),
    **dict.fromkeys(
        ("tonight", "this evening", "ce soir", "aswe a", "esta noche", "aaja beluka", "aja beluka"), (0, "evening")
    ),
}

UNIT_S: Final[Mapping[str, int]] = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}
UNIT_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "minute": ("min", "mins", "minute", "minutes", "minutos", "minit", "dakika", "मिनेट", "دقيقه", "دقايق"),
    "hour": (
        *("hr", "hrs", "hour", "hours", "heure", "heures", "hora", "horas", "masaa", "edtan"),
        *("ghanta", "ghantaa", "घण्टा", "घन्टा", "ساعه", "ساعات"),
    ),
    "day": (*("day", "days", "jour", "jours", "dia", "dias", "siku", "jou", "din", "दिन", "يوم", "ايام", "يوما"),),
    "week": (
        *("week", "weeks", "semaine", "semaines", "semana", "semanas", "wiki", "semen", "semenn", "hapta", "haptaa"),
        *("saptaha", "हप्ता", "اسبوع", "اسابيع"),
    ),
    "month": (
        "month",
        "months",
        "mois",
        "mes",
        "meses",
        "mwezi",
        "miezi",
        "mwa",
        "mahina",
        "maina",
        "महिना",
        "شهر",
        "اشهر",
    ),
}

NUMBERS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("a", "an", "one", "un", "une", "una", "uno", "um", "uma", "moja", "yon", "ek", "एक"),
    2: ("two", "deux", "dos", "dois", "duas", "mbili", "de", "dui", "duita", "दुई"),
    3: ("three", "trois", "tres", "tatu", "twa", "tin", "teen", "तीन", "ثلاثه"),
    4: ("four", "quatre", "cuatro", "quatro", "nne", "kat", "char", "chaar", "चार", "اربعه"),
    5: ("five", "cinq", "cinco", "tano", "senk", "panch", "paanch", "पाँच", "خمسه"),
    6: ("six", "seis", "sita", "sis", "छ", "سته"),
    7: ("seven", "sept", "siete", "sete", "saba", "set", "sat", "saat", "सात", "سبعه"),
    8: ("eight", "huit", "ocho", "oito", "nane", "uit", "aath", "आठ"),
    9: ("nine", "neuf", "nueve", "nove", "tisa", "nef", "nau", "नौ"),
    10: ("ten", "dix", "diez", "dez", "kumi", "dis", "das", "दश", "दस"),
}

# "For three days" is past in "no water for three days" and not in "we need food for three days".
FOR: Final = "for"
LACKING: Final = ("no", "not", "without", "been", "nothing", "hasnt", "hasn't", "havent", "haven't", "gone", "out")

# In Swahili the number follows the unit: siku tatu. Its hours are left out, because "saa 3" is a time of the day.
UNITS_BEFORE_NUMBER: Final = ("dakika", "masaa", "siku", "wiki", "mwezi", "miezi")

# Words that put a weekday into the future.
COMING: Final = (
    "next",
    "coming",
    "prochain",
    "pwochen",
    "proximo",
    "proxima",
    "ijayo",
    "arko",
    "aaune",
    "आउने",
    "القادم",
)

# A number of units ("3 days") means the past only with one of these words before or after it.
AGO_BEFORE: Final = (
    *("since", "past", "last", "il y a", "depuis", "ca fait", "hace", "desde hace"),
    *("ha", "faz", "depi", "gen", "sa fe", "fe", "kwa", "tangu", "منذ", "قبل"),
)
AGO_BEHIND: Final = (
    *("ago", "back", "already", "atras", "ziliyopita", "zilizopita", "iliyopita", "pase", "depi", "de sa"),
    *("aghi", "agadi", "agi", "dekhi", "bhayo", "vayo", "bho", "bhaisakyo", "bhai sakyo"),
    *("अघि", "अगाडि", "देखि", "भयो", "भैसक्यो", "भइसक्यो"),
)
LAST_UNIT: Final[Mapping[str, tuple[str, ...]]] = {
    "week": (
        *("last week", "la semaine derniere", "semaine derniere", "la semana pasada", "semana passada"),
        *("wiki iliyopita", "semen pase", "semen ki pase a", "gata hapta", "gako hapta", "गत हप्ता", "الاسبوع الماضي"),
    ),
    "month": (
        *("last month", "le mois dernier", "mois dernier", "el mes pasado", "mes passado", "mwezi uliopita"),
        *("mwa pase", "gata mahina", "गत महिना", "الشهر الماضي"),
    ),
}

# Monday is 0.
WEEKDAYS: Final[Mapping[int, tuple[str, ...]]] = {
    0: ("monday", "lundi", "lunes", "segunda-feira", "jumatatu", "lendi", "sombar", "सोमबार", "सोमवार", "الاثنين"),
    1: (
        "tuesday",
        "mardi",
        "martes",
        "terca-feira",
        "jumanne",
        "depi madi",
        "madi pase",
        "mangalbar",
        "मंगलबार",
        "الثلاثاء",
    ),
    2: (
        "wednesday",
        "mercredi",
        "miercoles",
        "quarta-feira",
        "jumatano",
        "mekredi",
        "budhbar",
        "बुधबार",
        "الاربعاء",
    ),
    3: (
        "thursday",
        "jeudi",
        "jueves",
        "quinta-feira",
        "alhamisi",
        "jedi",
        "bihibar",
        "बिहीबार",
        "الخميس",
    ),
    4: ("friday", "vendredi", "viernes", "sexta-feira", "ijumaa", "vandredi", "sukrabar", "शुक्रबार", "الجمعه"),
    5: ("saturday", "samedi", "sabado", "jumamosi", "samdi", "sanibar", "shanibar", "शनिबार", "السبت"),
    6: ("sunday", "dimanche", "domingo", "jumapili", "dimanch", "aaitabar", "aitabar", "आइतबार", "الاحد"),
}

MONTHS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("january", "jan", "janvier", "enero", "janeiro", "januari", "janvye", "जनवरी", "يناير"),
    2: ("february", "feb", "fevrier", "febrero", "fevereiro", "februari", "fevriye", "फेब्रुअरी", "فبراير"),
    3: ("march", "mars", "marzo", "marco", "machi", "मार्च", "مارس"),
    4: ("april", "apr", "avril", "abril", "aprili", "अप्रिल", "ابريل"),
    5: ("may", "mai", "mayo", "maio", "mei", "मे", "مايو"),
    6: ("june", "jun", "juin", "junio", "junho", "juni", "जुन", "يونيو"),
    7: ("july", "jul", "juillet", "julio", "julho", "julai", "jiye", "जुलाई", "يوليو"),
    8: ("august", "aug", "aout", "agosto", "agosti", "अगस्ट", "اغسطس"),
    9: ("september", "sept", "sep", "septembre", "septiembre", "setembro", "septemba", "septanm", "सेप्टेम्बर", "سبتمبر"),
    10: ("october", "oct", "octobre", "octubre", "outubro", "oktoba", "oktob", "अक्टोबर", "اكتوبر"),
    11: ("november", "nov", "novembre", "noviembre", "novembro", "novemba", "novanm", "नोभेम्बर", "نوفمبر"),
    12: ("december", "dec", "decembre", "diciembre", "dezembro", "desemba", "desanm", "डिसेम्बर", "ديسمبر"),
}

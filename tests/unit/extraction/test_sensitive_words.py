"""What is kept from the ordinary queue: in eight languages, of every kind, and what only looks like it."""

import pytest

from reporting.extraction.sensitivity import (
    GENDER_BASED_VIOLENCE,
    MINOR,
    NAMED_PERPETRATOR,
    READ_REASONS,
    SELF_HARM,
    SensitiveReader,
)

MUST_BE_KEPT_BACK: dict[tuple[str, str], list[str]] = {
    ("en", GENDER_BASED_VIOLENCE): [
        "X raped me last night",
        "my husband beats me every day",
        "they ask for sex before they give food",
        "a woman was raped behind the toilets",
        "He beats his wife in block 4",
        "Domestic violence next door",
        "The guards demand sex for food cards",
    ],
    ("en", MINOR): [
        "child abuse in our street",
        "the teacher is touching girls at the school",
        "they sold my daughter",
        "a 13 year old girl is pregnant by her uncle",
        "early marriage in our village",
        "A man kidnapped two children",
    ],
    ("en", SELF_HARM): [
        "I want to kill myself",
        "my sister tried suicide",
        "i want to die",
        "He hanged himself",
        "I don't want to live anymore",
    ],
    ("en", NAMED_PERPETRATOR): [
        "Chief Kamau is stealing the relief food",
        "police officer Otieno beat my brother",
        "We were beaten by Sergeant Kiprop",
        "chief kamau takes bribes and beats people",
        "Juma Otieno killed my neighbour",
        "Pastor Mwangi has robbed us",
        "Yesterday Juma stole our tents",
    ],
    ("fr", GENDER_BASED_VIOLENCE): [
        "mon mari me bat",
        "une femme a été violée au camp",
        "Violences conjugales chez le voisin",
        "Ils demandent de coucher contre la nourriture",
    ],
    ("fr", MINOR): [
        "un enfant est battu par son père",
        "mariage précoce dans le village",
        "ils ont vendu la petite fille",
        "trafic d'enfants à la frontière",
    ],
    ("fr", SELF_HARM): [
        "je veux mourir",
        "je veux me tuer",
        "Ma soeur s'est suicidée",
    ],
    ("fr", NAMED_PERPETRATOR): [
        "Le policier Jean Baptiste a frappé mon frère",
        "frappée par le commissaire Dupont",
        "Pasteur Paul nous a volé l'argent",
    ],
    ("es", GENDER_BASED_VIOLENCE): [
        "mi marido me pega",
        "fue violada anoche",
        "Violencia doméstica en la casa de al lado",
        "El guardia pide sexo a cambio de comida",
    ],
    ("es", MINOR): [
        "abuso infantil en la escuela",
        "el padrastro golpea a la niña",
        "robaron a mi hija",
        "Un hombre abusó de una niña",
    ],
    ("es", SELF_HARM): [
        "quiero morirme",
        "me quiero matar",
        "mi hermano se suicidó",
        "ya no quiero vivir",
    ],
    ("es", NAMED_PERPETRATOR): [
        "El policía Ramírez golpeó a mi hermano",
        "el alcalde Pedro Gómez robó la ayuda",
        "fui golpeado por el sargento López",
    ],
    ("sw", GENDER_BASED_VIOLENCE): [
        "mume wangu ananipiga",
        "alinibaka jana usiku",
        "amebakwa",
        "ukatili wa kijinsia kwetu",
        "anampiga mke wake",
    ],
    ("sw", MINOR): [
        "ndoa za utotoni kijijini",
        "mtoto amebakwa na jirani",
        "wanauza watoto",
        "Mwalimu amempa mwanafunzi mimba",
    ],
    ("sw", SELF_HARM): [
        "nataka kujiua",
        "nataka kufa",
        "amejinyonga",
    ],
    ("sw", NAMED_PERPETRATOR): [
        "Chifu Kamau ameiba chakula cha msaada",
        "nilipigwa na afisa Otieno",
        "chifu kamau anadai hongo",
    ],
    ("ht", GENDER_BASED_VIOLENCE): [
        "yo vyole yon fanm nan kan an",
        "mari m bat mwen",
        "li fè kadejak sou li",
        "yo mande kouche avan yo bay kat manje",
    ],
    ("ht", MINOR): [
        "yo vann timoun yo",
        "yo kidnape ti fi a",
        "yo abize timoun nan kan an",
        "timoun yo rete pou kont yo",
    ],
    ("ht", SELF_HARM): [
        "mwen vle touye tèt mwen",
        "m vle mouri",
        "li swiside",
        "mwen pa vle viv ankò",
    ],
    ("ht", NAMED_PERPETRATOR): [
        "Polisye Jean Pierre bat frè m",
        "chef seksyon Joseph vòlè tant yo",
        "Pastè Pòl vann manje yo",
    ],
    ("ne", GENDER_BASED_VIOLENCE): [
        "श्रीमानले कुट्नुहुन्छ",
        "मलाई बलात्कार गर्यो",
        "घरेलु हिंसा भइरहेको छ",
        "mero shriman le kutchha",
        "balatkar bhayo",
        "gharelu hinsa",
    ],
    ("ne", MINOR): [
        "बालविवाह हुँदैछ",
        "बच्चालाई यौन दुर्व्यवहार गरे",
        "छोरीलाई बेचेका छन्",
        "bal bibaha huna lagyo",
        "bachcha lai kutpit gareko",
    ],
    ("ne", SELF_HARM): [
        "म मर्न चाहन्छु",
        "आत्महत्या गर्न खोज्यो",
        "marna man lagyo",
        "atmahatya garchu",
        "बाँच्न मन छैन",
    ],
    ("ne", NAMED_PERPETRATOR): [
        "प्रहरी रमेशले मेरो भाइलाई कुट्यो",
        "वडा अध्यक्ष हरिले घुस माग्यो",
        "prahari ramesh le bhai lai kutyo",
        "Adhyaksha Hari Thapa le ghus magyo",
    ],
    ("pt", GENDER_BASED_VIOLENCE): [
        "meu marido me bate",
        "ela foi violada",
        "violência doméstica no bairro",
        "O chefe exige sexo em troca de comida",
        "foi estuprada",
    ],
    ("pt", MINOR): [
        "casamento prematuro na aldeia",
        "abuso infantil na escola",
        "o padrasto espanca a menina",
        "raptaram crianças",
        "venda de crianças",
    ],
    ("pt", SELF_HARM): [
        "quero morrer",
        "vou me matar",
        "ele se suicidou",
        "não quero mais viver",
    ],
    ("pt", NAMED_PERPETRATOR): [
        "O polícia João Machava bateu no meu irmão",
        "o régulo Mateus desviou a comida",
        "fui agredido pelo agente Carlos",
    ],
    ("ar", GENDER_BASED_VIOLENCE): [
        "زوجي يضربني كل يوم",
        "تعرضت للاغتصاب",
        "تحرش بي في المخيم",
        "عنف منزلي عند الجيران",
        "يطلبون الجنس مقابل الطعام",
    ],
    ("ar", MINOR): [
        "زواج القاصرات في قريتنا",
        "خطفوا طفلة من المخيم",
        "ضرب الأطفال في المدرسة",
        "طفل تعرض للتحرش",
    ],
    ("ar", SELF_HARM): [
        "أريد أن أموت",
        "سأقتل نفسي",
        "حاولت الانتحار",
        "صديقي انتحر",
    ],
    ("ar", NAMED_PERPETRATOR): [
        "الشرطي أحمد سرق خيمتنا",
        "الشيخ علي سرق المساعدات",
        "ضرب الضابط محمود جاري",
    ],
}
HARMLESS = [
    "the market was killed by the storm",
    "We grow rape seed in the valley",
    "rape seed oil is too expensive",
    "fromage râpé 250 gourdes",
    "la loi a été violée par le gouvernement : viole la loi",
    "violación de los derechos humanos en la oficina",
    "Suicide bomber attack at the station",
    "no water in Delmas 33",
    "the road to Kathmandu is blocked by a landslide",
    "Hurricane Matthew killed 20 people in Jeremie",
    "5 children without food and water",
    "we don't want to die, send food",
    "nou pa vle mouri grangou",
    "yo vyole dwa nou",
    "Kè m ap bat fò",
    "पानी आएको छैन",
    "मेरो घर भत्कियो",
    "maji hakuna tangu jana",
    "barabara imeharibika karibu na kituo cha polisi",
    "Police came to Kibera today",
    "Chief Kamau came to see the water point",
    "les policiers bloquent la route",
    "El alcalde visitó el barrio San Juan",
    "لا يوجد ماء في الحي",
    "انقطعت الكهرباء منذ أمس",
    "مات الناس من الزلزال",
    "não há água no bairro",
    "ponte destruída pela cheia",
    "mabaka kwenye ngozi ya mtoto",
    "kibaka ameiba simu",
    "my wife is in the hospital",
    "la viola de gamba",
    "prahari chauki najikai pahiro gayo",
    "The teacher is absent since Monday",
    "Cholera killed my neighbour",
    "timoun yo grangou",
    "Mr Jean needs a tent in Carrefour",
    "heart beats fast after the medicine",
]

CASES = [(reason, text) for (_language, reason), texts in MUST_BE_KEPT_BACK.items() for text in texts]


@pytest.fixture(scope="module")
def reader() -> SensitiveReader:
    return SensitiveReader({})


def test_every_kind_is_listed_in_every_language() -> None:
    languages = ("en", "fr", "es", "sw", "ht", "ne", "pt", "ar")
    assert set(MUST_BE_KEPT_BACK) == {(language, reason) for language in languages for reason in READ_REASONS}


@pytest.mark.parametrize(("reason", "text"), CASES)
def test_a_sensitive_text_is_kept_back_with_its_reason(reader: SensitiveReader, reason: str, text: str) -> None:
    assert reader.read(text) == reason


@pytest.mark.parametrize("text", HARMLESS)
def test_a_text_that_only_looks_like_one_is_left_alone(reader: SensitiveReader, text: str) -> None:
    assert reader.read(text) is None


def test_capitals_and_punctuation_hide_nothing(reader: SensitiveReader) -> None:
    assert reader.read("HELP!!! MY HUSBAND...BEATS ME") == GENDER_BASED_VIOLENCE
    assert reader.read("Vyolé—yo vyole yon fanm") == GENDER_BASED_VIOLENCE
    assert reader.read("I want to k\u200bill myself") == SELF_HARM


def test_a_person_named_without_an_accusation_is_no_perpetrator(reader: SensitiveReader) -> None:
    assert reader.read("Please tell Pastor Mwangi that the tap is broken") is None
    assert reader.read("Pastor Mwangi stole the tap") == NAMED_PERPETRATOR


def test_of_several_reasons_the_most_urgent_is_told(reader: SensitiveReader) -> None:
    assert reader.read("he raped me and now I want to kill myself") == SELF_HARM


def test_a_campaign_adds_words_of_its_own() -> None:
    reader = SensitiveReader(
        {MINOR: {"en": ["street famil*", "blue house (old)"]}, "hostage": {"en": ["held hostage"]}}
    )
    assert reader.read("the Street-Families again") == MINOR
    assert reader.read("in the blue house old gate") == MINOR
    assert reader.read("we are held hostage") == "hostage"
    assert reader.read("the street is flooded") is None


def test_nothing_that_can_be_typed_is_too_much(reader: SensitiveReader) -> None:
    for text in ("", " ", "^^^ *** ((( |||", "A" * 1_600, "a " * 800, "\x00\ud800 \U0001f600", "beaten by " * 160):
        reader.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "no water and my husband beats me",
        "no water since the flood and i was raped",
        "pas d'eau depuis l'inondation et j'ai été violée",
        "nao ha agua desde a cheia e fui violada",
        "no hay agua desde la inundacion y me violaron",
        "pa gen dlo depi inondasyon an epi yo vyole m",
        "after the flood he hits me",
        "the house is cold and he beats me every night",
        "the man next door says he will cut my throat if i tell anyone",
        "the river flooded and the soldiers beat my brother",
        "il n'y a pas d'eau et mon mari me frappe",
        "depuis le séisme mon père nous bat",
        "no hay agua y mi marido me pega",
        "desde o terremoto ele bate-me",
        "hakuna maji tangu mafuriko na nilibakwa",
        "hakuna maji na mume wangu ananipiga",
        "pa gen dlo epi mari m ap bat mwen",
        "पानी छैन र श्रीमानले मलाई पिट्छ",
        "بعد الفيضان هو يضربني",
    ],
)
def test_who_tells_of_a_need_and_of_violence_is_heard(text: str) -> None:
    assert SensitiveReader({}).read(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "the flood killed my husband",
        "rain and wind hit us",
        "the storm hit my father's house",
        "l'inondation a frappé mon père",
    ],
)
def test_what_a_thing_did_to_somebody_is_no_violence(text: str) -> None:
    assert SensitiveReader({}).read(text) is None

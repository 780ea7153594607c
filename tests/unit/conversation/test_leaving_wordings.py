"""Wordings of leaving as people answer a service: three labelled sets, and what holds in every language."""

import pytest

from bench.leaving import FOLDER, FORGET, REPORT, STOP, count, read_labelled, understand

FIFTH_SET = read_labelled(FOLDER / "fifth")
SIXTH_SET = read_labelled(FOLDER / "sixth")
SEVENTH_SET = read_labelled(FOLDER / "seventh")


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr", "ht", "ne", "pt", "sw"])
def test_no_report_of_the_fifth_set_is_an_order(language: str) -> None:
    figures = count([each for each in FIFTH_SET if each.language == language])
    assert figures["reports"] == 13
    assert figures["false_alarms"] == 0


def test_what_the_fifth_set_has_for_mending_is_understood() -> None:
    figures = count([each for each in FIFTH_SET if not each.is_held_out])
    assert (figures["stop_found"], figures["forget_found"]) == (figures["stop"], figures["forget"])


def test_most_of_what_was_held_out_of_the_fifth_set_is_understood() -> None:
    figures = count([each for each in FIFTH_SET if each.is_held_out])
    assert figures["stop_found"] >= 0.65 * figures["stop"]
    assert figures["forget_found"] >= 0.9 * figures["forget"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Sorry, you have the wrong number"),
        ("fr", "vous avez le mauvais numéro"),
        ("es", "tiene el número equivocado"),
        ("pt", "desculpe, número errado"),
        ("ht", "padon, nou tronpe nimewo"),
        ("sw", "samahani umekosea namba"),
        ("ne", "गलत नम्बर पर्यो"),
        ("ne", "wrong number paryo"),
        ("ar", "عندكم رقم خطأ"),
    ],
)
def test_a_wrong_number_is_leaving_in_every_language(language: str, text: str) -> None:
    assert understand(text, [language]) == STOP


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "i gave the wrong number"),
        ("en", "wrong number of bags were given out"),
        ("fr", "le mauvais numéro est sur le panneau"),
        ("sw", "namba ya simu ya shule si sahihi"),
        ("ar", "رقم الباص غلط"),
        ("es", "ya no hay agua"),
        ("es", "ya no quiero vivir"),
        ("fr", "on veut plus d'eau"),
        ("es", "no quiero participar en la limpieza"),
        ("en", "i dont want to take part"),
        ("ar", "ازعجونا الجيران"),
    ],
)
def test_a_correction_or_news_in_those_words_stays_a_report(language: str, text: str) -> None:
    assert understand(text, [language]) == REPORT


@pytest.mark.parametrize(
    ("language", "text", "order"),
    [
        ("es", "ya no quiero participar", STOP),
        ("fr", "je ne veux plus participer", STOP),
        ("sw", "sijajiandikisha niondoeni", STOP),
        ("ne", "maile darta gareko chaina hatau", STOP),
        ("ar", "ازعجتوني خلص", STOP),
        ("en", "stop ths sms", STOP),
        ("ne", "malai birsideu", FORGET),
    ],
)
def test_what_the_fifth_set_missed_is_understood_as_a_concept(language: str, text: str, order: str) -> None:
    assert understand(text, [language]) == order


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr", "ht", "ne", "pt", "sw"])
def test_the_sixth_set_is_understood_in_every_language_and_none_of_its_reports(language: str) -> None:
    figures = count([each for each in SIXTH_SET if each.language == language])
    assert figures["stop_found"] >= 0.7 * figures["stop"]
    assert (figures["reports"], figures["false_alarms"]) == (8, 0)


def test_most_of_what_was_held_out_of_the_sixth_set_is_understood() -> None:
    figures = count([each for each in SIXTH_SET if each.is_held_out])
    assert figures["stop_found"] >= 0.8 * figures["stop"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how did you get my number? stop"),
        ("fr", "comment avez vous eu mon numero? arretez"),
        ("es", "de donde sacaron mi numero? paren"),
        ("pt", "onde arranjaram o meu numero? parem"),
        ("ht", "ki kote nou jwenn nimewo m? sispann"),
        ("sw", "mmepata wapi namba yangu? acheni"),
        ("ne", "मेरो नम्बर कहाँबाट ल्याउनुभयो? बन्द गर्नुस्"),
        ("ar", "من وين جبتوا رقمي؟ وقفوا"),
        ("en", "i have moved, do not write"),
        ("sw", "nimehama, msitume tena"),
        ("es", "me mude, no escriban"),
        ("es", "please no more mensajes"),
        ("sw", "please stop kutuma meseji"),
        ("ne", "malai text nagarnu please"),
    ],
)
def test_leaving_is_understood_with_its_reason_and_in_two_languages_at_once(language: str, text: str) -> None:
    assert understand(text, [language]) == STOP


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "who gave you my number"),
        ("en", "i have moved, send me a message"),
        ("en", "i never signed up, i want this service"),
        ("sw", "sijajiandikisha"),
        ("es", "no more agua"),
        ("ht", "stop the tire"),
        ("fr", "plus rien a partir de demain"),
        ("pt", "quero sair daqui a partir de hoje"),
        ("sw", "nataka kuondoka kuanzia kesho"),
    ],
)
def test_a_reason_or_a_mixture_alone_is_no_leaving(language: str, text: str) -> None:
    assert understand(text, [language]) != STOP


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr", "ht", "ne", "pt", "sw"])
def test_reasons_of_the_seventh_set_are_understood_and_none_of_its_reports_is_an_order(language: str) -> None:
    figures = count([each for each in SEVENTH_SET if each.language == language])
    assert figures["stop_found"] >= 0.6 * figures["stop"]
    assert (figures["reports"], figures["false_alarms"]) == (4, 0)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "what is this"),
        ("fr", "laissez moi vous ecrire"),
        ("ht", "kite m ekri nou"),
        ("en", "my phone is full of water"),
        ("sw", "simu yangu imejaa maji"),
        ("es", "no estoy en el programa"),
        ("es", "dejenme"),
    ],
)
def test_half_of_a_reason_leaves_the_report_what_it_was(language: str, text: str) -> None:
    assert understand(text, [language]) != STOP


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "non merci pas de sms"),
        ("es", "no gracias nada de sms"),
        ("sw", "hapana asante sitaki sms"),
        ("ne", "pardaina sms"),
        ("es", "no pongan mi numero en sus envios"),
        ("pt", "nao ponham meu numero nos vossos envios"),
        ("ht", "pa mete nimewo m nan lis la"),
        ("pt", "ja me cansei das msgs"),
        ("ar", "ما بدي حدا يتواصل معي"),
    ],
)
def test_thanks_but_no_messages_and_no_number_on_a_list_are_leaving(language: str, text: str) -> None:
    assert understand(text, [language]) == STOP


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no thanks"),
        ("es", "no gracias"),
        ("en", "your message is cut off"),
        ("es", "el mensaje se corta"),
        ("fr", "le message coupe"),
        ("ne", "pani pardaina"),
        ("es", "no pongan la bomba en mi calle"),
    ],
)
def test_thanks_alone_and_a_message_that_was_cut_are_no_leaving(language: str, text: str) -> None:
    assert understand(text, [language]) != STOP

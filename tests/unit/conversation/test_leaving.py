"""Leaving in any reasonable words is understood, and reports that hold the same words stay reports."""

import time

import pytest

from bench.leaving import FORGET, LATER, REPORT, STOP, count, read_labelled, understand
from reporting.conversation.intent import Intent, classify_words, may_ask_for_help
from reporting.languages.greetings import find_greeting, find_thanks
from reporting.languages.keywords import Command, find_command, leaves_beside
from reporting.languages.message_footers import strip_footers
from tests.unit.conversation.test_conversation import CAUSE, HOW_MANY, NO_HINTS, WHAT, WHERE

LABELLED = read_labelled()
SECOND_SET, THIRD_SET, FOURTH_SET = (read_labelled(folder) for folder in LATER[:3])
LANGUAGES = ("ar", "en", "es", "fr", "ht", "ne", "pt", "sw")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labelled_wordings_are_understood(language: str) -> None:
    figures = count([each for each in LABELLED if each.language == language])
    assert figures["stop"] >= 58
    assert figures["reports"] >= 60
    assert figures["stop_found"] >= 0.93 * figures["stop"]
    assert figures["forget_found"] >= 0.9 * figures["forget"]
    assert figures["false_alarms"] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wordings_that_were_held_out_are_understood(language: str) -> None:
    figures = count([each for each in LABELLED if each.language == language and each.is_held_out])
    assert figures["stop_found"] >= 0.93 * figures["stop"]
    assert figures["false_alarms"] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_set_is_understood(language: str) -> None:
    figures = count([each for each in SECOND_SET if each.language == language])
    assert figures["stop_found"] >= 0.8 * figures["stop"]
    assert figures["forget_found"] == figures["forget"]
    assert figures["false_alarms"] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_third_set_is_understood(language: str) -> None:
    figures = count([each for each in THIRD_SET if each.language == language])
    assert figures["stop"] >= 30
    assert figures["reports"] >= 38
    assert figures["stop_found"] >= 0.95 * figures["stop"]
    assert figures["forget_found"] >= 0.95 * figures["forget"]
    assert figures["false_alarms"] == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_report_of_the_fourth_set_is_an_order(language: str) -> None:
    assert count([each for each in FOURTH_SET if each.language == language])["false_alarms"] == 0


def test_most_of_the_fourth_set_is_understood() -> None:
    figures = count(FOURTH_SET)
    assert figures["stop_found"] >= 0.68 * figures["stop"]
    assert figures["forget_found"] >= 0.88 * figures["forget"]


def test_the_word_that_we_told_counts_as_the_last_sentence_of_a_report() -> None:
    assert leaves_beside("dlo a sal nan Delmas 33. STOP", ["ht"])
    assert not leaves_beside("STOP! the bridge is broken", ["en"])
    assert not leaves_beside("the bridge is broken. Please stop the trucks", ["en"])


def test_what_was_held_out_of_the_later_sets_is_understood() -> None:
    figures = count([each for each in (*SECOND_SET, *THIRD_SET) if each.is_held_out])
    assert figures["stop_found"] >= 0.92 * figures["stop"]
    assert figures["forget_found"] >= 0.98 * figures["forget"]


@pytest.mark.parametrize(
    "text",
    [
        "please don't stop sending me messages", "I don't want to stop receiving messages",
        "pa sispann voye mesaj ban m",
        "no dejen de enviarme mensajes", "n'arrêtez pas de m'envoyer des messages", "لا توقفوا الرسائل",
    ],
)  # fmt: skip
def test_who_asks_to_go_on_does_not_leave(text: str) -> None:
    assert find_command(text, LANGUAGES) is None


@pytest.mark.parametrize(
    "text",
    [
        "mwen pa voye mesaj", "I don't send you messages", "we don't receive alerts", "no recibí el mensaje",
        "no envían mensajes", "on nous a enlevé de la liste", "yo retire m nan lis la", "yo pa voye mesaj ankò",
        "don't write my name in the report", "don't send my name", "acheni kutupiga", "acheni kupiga",
        "hamro naam list ma chaina", "malai pani chahidaina", "ما في رسائل", "pa gen mesaj ankò",
        "le service est arrêté", "mesaj yo fini", "I would like to participate in your service",
        "il n'y a plus de messages", "do not forget us", "forget us", "stop sending my son to that school",
    ],
)  # fmt: skip
def test_words_of_leaving_that_tell_news_stay_a_report(text: str) -> None:
    found = find_command(text, LANGUAGES)
    assert found is None or found.command not in (Command.STOP, Command.FORGET)


@pytest.mark.parametrize(
    ("text", "language", "command"),
    [
        ("plz dnt send me any mesages agian", "en", Command.STOP),
        ("arretez de menvoyer des textos, stop", "fr", Command.STOP),
        ("kindly erase evrything you hav about me", "en", Command.FORGET),
        ("mero sabai jankaree metaidinuhos", "ne", Command.FORGET),
        ("malai mesage napathaunuhosh", "ne", Command.STOP),
    ],
)
def test_a_slip_of_spelling_changes_no_order(text: str, language: str, command: Command) -> None:
    found = find_command(text, [language])
    assert found is not None
    assert found.command is command


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("who is this?", "en"), ("wer are you", "en"), ("hu r u pls", "en"), ("Sorry, who is this?", "en"),
        ("qui êtes-vous ?", "fr"), ("c ki", "fr"), ("bonjour, qui êtes-vous svp", "fr"),
        ("ki moun ki la", "ht"), ("m pa konnen nimewo sa", "ht"),
        ("¿quién es?", "es"), ("con quien hablo", "es"),
        ("quem são vocês?", "pt"), ("vc é quem", "pt"),
        ("nani huyu", "sw"), ("we nani", "sw"), ("namba hii ni ya nani", "sw"),
        ("को हो?", "ne"), ("tapai ko hunuhuncha?", "ne"),
        ("من انت", "ar"), ("مين معي؟", "ar"), ("انت مين", "ar"),
    ],
)  # fmt: skip
def test_who_asks_who_we_are_is_told(text: str, language: str) -> None:
    found = find_command(text, [language])
    assert found is not None
    assert found.command is Command.HELP


@pytest.mark.parametrize(
    "text",
    [
        "who is shooting?", "who is hurt", "who is in charge of the water", "qui tire?", "qui est blessé",
        "ki moun k ap tire?", "quien dispara?", "quem roubou a comida", "nani anapiga risasi?", "कसले गोली हान्यो?",
        "من يطلق النار؟",
    ],
)  # fmt: skip
def test_who_did_it_is_a_report(text: str) -> None:
    assert find_command(text) is None


@pytest.mark.parametrize(
    "text", ["i want out", "get me out of here", "sortez moi de la", "wete m", "saquenme de aqui", "me tirem daqui"]
)
def test_who_wants_out_may_be_held(text: str) -> None:
    assert find_command(text, LANGUAGES) is None


FOOTERS = [
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Get Outlook for Android<https://aka.ms/AAb9ysg>",
    "Get Outlook for iOS",
    "Sent from Proton Mail for iOS",
    "Sent with Proton Mail secure email.",
    "Envoyé de mon iPhone",
    "Envoyé depuis l'application Yahoo Mail pour mobile",
    "Télécharger Outlook pour Android",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Obter o Outlook para Android",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
    "أرسلت من الـ iPhone",
    "मेरो iPhone बाट पठाइएको",
    "-- \nMirlande Joseph",
    "________________________________\nFrom: Baraza\nSent: Monday",
    "-----Original Message-----\nFrom: Baraza <r@baraza.example>\nTo: x@mail.example",
    "On Mon, 16 Nov 2026 at 08:01, Baraza <r@baraza.example> wrote:\nThank you. STOP to get no more.",
    "On Monday, November 16, 2026 at 08:01:12 AM EST, Baraza\n<r@baraza.example> wrote:\nThank you.",
    "Le lun. 16 nov. 2026 à 08:01, Baraza <r@baraza.example> a écrit :\nMerci.",
    "El lun, 16 nov 2026 a las 8:01, Baraza (<r@baraza.example>) escribió:\nGracias.",
    "Am Mo., 16. Nov. 2026 um 08:01 Uhr schrieb Baraza <r@baraza.example>:\nDanke.",
    "From: Baraza <r@baraza.example>\nSent: Monday, November 16, 2026 8:01 AM\nTo: Mirlande\nThank you.",
    "De : Baraza <r@baraza.example>\nEnvoyé : lundi 16 novembre 2026 08:01\nObjet : Re\nMerci.",
    "> Thank you.\n> STOP",
]


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("words", ["STOP", "Please stop", "FORGET", "1"])
def test_what_programs_write_below_is_no_word_of_the_sender(words: str, footer: str) -> None:
    for gap in ("\n", "\n\n"):
        assert strip_footers(f"{words}{gap}{footer}") == words
    found = find_command(f"{words}\n\n{footer}")
    assert (found.command.value if found else "1") == {"Please stop": "stop"}.get(words, words.lower())


def test_a_report_with_lines_is_read_whole() -> None:
    report = "No water.\nOn Monday they came and said:\nwait"
    assert strip_footers(report) == report
    assert strip_footers("> all of it is quoted") == "> all of it is quoted"


@pytest.mark.parametrize("question", [WHERE, CAUSE, HOW_MANY, WHAT])
@pytest.mark.parametrize(
    "words",
    ["STOP", "Please stop", "STOP SMS", "stop svp", "kanpe tanpri", "don't text me any more", "Stop. Thank you"],
)
def test_leaving_is_never_the_answer_to_a_question(words: str, question: object) -> None:
    classified = classify_words(words, question, NO_HINTS)  # type: ignore[arg-type]
    assert classified.intent is Intent.COMMAND
    assert classified.command is not None
    assert classified.command.command is Command.STOP


@pytest.mark.parametrize(
    "words",
    [
        "There is a fire in Delmas. Stop texting me.",
        "no water since monday. unsubscribe",
        "STOP\nJean Pierre\nDirecteur de l'ecole",
        "the bridge is gone\nSTOP",
        "Don't send me messages anymore. We die here",
    ],
)
def test_who_leaves_and_reports_in_one_message_does_both(words: str) -> None:
    classified = classify_words(words, None, NO_HINTS)
    assert (classified.intent, classified.leaves) == (Intent.REPORT, True)


@pytest.mark.parametrize(
    "words",
    [
        "Please stop. There is a fire in Delmas",
        "fire at the school STOP send help STOP",
        "Stop! Thief! He runs north",
        "let me go",
        "get me out",
        "take us out of here",
        "do not send more people",
        "I want to end it",
        "make it stop",
        "he will not stop",
        "it won't stop",
        "the alarm does not stop",
        "why did you stop",
        "stop him",
        "stop them please",
        "they stop us",
        "thank you for the information",
        "we need information",
    ],
)
def test_what_may_be_a_cry_is_no_leaving(words: str) -> None:
    assert find_command(words) is None or find_command(words).command is not Command.STOP  # type: ignore[union-attr]
    assert not leaves_beside(words)


@pytest.mark.parametrize(
    ("words", "command", "language"),
    [
        ("start sending me messages again", "start", "en"),
        ("feri message pathaunus", "start", "ne"),
        ("who is this?", "help", "en"),
        ("Qui êtes-vous ?", "help", "fr"),
        ("kimoun sa?", "help", "ht"),
        ("yo ko ho", "help", "ne"),
        ("¿quién es?", "help", "es"),
        ("من أنتم؟", "help", "ar"),
        ("AIDE", "help", "fr"),
    ],
)
def test_other_orders_are_understood_in_their_language(words: str, command: str, language: str) -> None:
    found = find_command(words)
    assert found is not None
    assert found.command.value == command
    assert language in found.languages


def test_to_ask_who_we_are_is_no_cry_for_help() -> None:
    assert not may_ask_for_help("who is this?")
    assert may_ask_for_help("HELP\n\nSent from my iPhone")


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Hello", "en"),
        ("hi, good morning!", "en"),
        ("Bonjour", "fr"),
        ("bonjou", "ht"),
        ("Alo", "ht"),
        ("Hola!", "es"),
        ("Bom dia", "pt"),
        ("habari za asubuhi", "sw"),
        ("namaste 🙏", "ne"),
        ("नमस्ते", "ne"),
        ("السلام عليكم", "ar"),
        ("salam", "ar"),
    ],
)
def test_a_greeting_is_no_report_and_tells_its_language(words: str, language: str) -> None:
    assert classify_words(words, None, NO_HINTS).intent is Intent.GREETING
    assert language in find_greeting(words)


@pytest.mark.parametrize(
    "words", ["hello there is a fire", "bonjou nou bezwen dlo", "namaste pani chaina", "hello 911"]
)
def test_a_greeting_before_a_report_is_a_report(words: str) -> None:
    assert classify_words(words, None, NO_HINTS).intent is Intent.REPORT


@pytest.mark.parametrize(
    "words", ["asante sana", "thanks a lot!", "merci beaucoup", "mèsi anpil", "धन्यवाद", "شكرا جزيلا"]
)
def test_thanks_are_no_report(words: str) -> None:
    assert classify_words(words, None, NO_HINTS).intent is Intent.COURTESY
    assert find_thanks(words)


@pytest.mark.parametrize(
    "unit", ["stop ", "please ", "a", "> ", "wrote:\n", "don't send me ", ". ", "صx ", "stop\n", "é"]
)
def test_a_long_text_costs_little(unit: str) -> None:
    text = unit * (10_000 // len(unit))
    started = time.process_time()
    find_command(text)
    leaves_beside(text)
    strip_footers(text)
    find_greeting(text)
    assert time.process_time() - started < 0.5


def test_labels_are_what_the_bench_knows() -> None:
    assert {each.label for each in LABELLED} == {STOP, FORGET, REPORT}
    assert understand("no water", ["en"]) == REPORT


@pytest.mark.parametrize("footer", FOOTERS)
def test_an_answer_is_read_above_a_footer(footer: str) -> None:
    answer = classify_words(f"1\n\n{footer}", CAUSE, NO_HINTS).answer
    assert answer is not None
    assert answer.choice == 0
    assert classify_words(f"thank you\n\n{footer}", None, NO_HINTS).intent is Intent.COURTESY

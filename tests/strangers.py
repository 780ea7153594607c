"""Every function that reads what strangers write, by its dotted name, and texts that make expressions try for long."""

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from channels import charset, gsm7, parse_fields, phone_number, webhook
from channels.base import BodyUnreadable, GatewayRequest
from channels.built_in import openrosa, web_form
from channels.email import auth_results, html, message
from channels.email import text as letter_text
from channels.twilio import parse as twilio_parse
from config import csv_cell, html_entities
from config.table_file import columns, records, values
from geo.coordinates import angles, cells, explicit_location, map_links, plus_codes, utm_mgrs
from geo.coordinates import parse as parse_coordinates
from geo.gazetteer.place_types import kind_of_words
from geo.index.learned_placements import LearnedPlacement, LearnedPlacements
from geo.index.name_index import NamedThing, NameIndex
from geo.resolver import spatial_relations, toponyms
from geo.resolver.locator import Locator
from geo.text import direction_words, normalise, phonetic_key, relation_patterns, spans, tokens
from reporting.campaigns.definition import read_conversation
from reporting.conversation import answers, intent, next_question
from reporting.conversation.questions import OpenQuestion, QuestionKind
from reporting.extraction import language, obfuscation, repetition, sensitivity, time, topic
from reporting.inbox import store
from reporting.incidents import contradiction, similarity, text_similarity
from reporting.languages import (
    clean,
    greetings,
    keywords,
    leaving,
    leaving_vocabulary,
    message_footers,
    opt_out,
    opt_out_phrases,
    sms_segments,
)
from reporting.languages import normalise as message_fold
from reporting.processing import external_geocoding
from reporting.web.report import parse as parse_form
from reporting.web.simulator import phone

LENGTH: Final = 10_000
_SIGNS: Final = "aA5@.,;:'\"([{<>&#+-_*/\\|=?!%$ \t\n\r\x00"
_LETTERS: Final = (
    *("é", "म", "ا", "\u064b", "\u0301", "\u200b", "\u200d", "\u00a0", "\u2028", "😀"),
    *("aа", "°", "’", "३", "ﬃ", "ﷺ", "बाट ", "كيلومتر ", "طريق "),
)
_WORDS: Final = (
    *("a ", "A B ", "aA", "a_", "a_ ", "a.", "a. ", "a-", "a/", "a'", "d'", "a\n"),
    *("he beat my ", "r@p", "wat ", "port au prince ", "Delmas 33 ", "P-au-", "U.S.", "#aA", "St ", "x" * 2000 + " "),
)
_FIGURES: Final = (
    *("5 ", "5\n", "a5", "5-", "12.55 ", "1:1 ", "1/1/", "500000 ", "5000000\n", "١.٢ "),
    *("N ", "18N ", "48°", "48 30 ", "X:", "x=", "+2", "8FVC9G8F+", "(509-"),
    *("3 days ago ", "for 2 days ", "1 jan ", "12:30 ", "5 pm", "monday "),
)
_PLACES: Final = (
    *("5 km east of a ", "near a ", "a - b ", "between a and ", "from a to ", "a ko "),
    *("http://", "https://a ", "://", "geo:1,1;", "www.", "@1,1", "&q=1,1", "/l/", "@a", "a@", "a@b."),
)
_MARKS: Final = (
    *("&amp;", "&#9", "&#x", "<a ", "<a>", "</a>", "<!--", "<![", "<!", "<?", "<a href=", "<a b='", "<blockquote>"),
    *("(a)", '"a"', '\\"', "\\(", ">\n", "> a\n", "-- \n", "a: b\n", "---- a", "2020 12:30 "),
    *("=?utf-8?q?a?= ", "=?", "a@b.c, ", "; a*0=b", "; a=b", ". "),
)
UNITS: Final = tuple(dict.fromkeys((*_SIGNS, *_LETTERS, *_WORDS, *_FIGURES, *_PLACES, *_MARKS)))
_WHITE: Final = (" ", "\n", "a", "-", "5\n")
_AROUND: Final = (
    *(("water 500000", "x"), ("a", "b"), ("5 km", "!"), ("a@", "."), ("http://a", "."), ("<a ", ">"), ("1:", "5")),
    *(("near", "x"), ("2020", "x"), ("---- a", "x"), ("(509", "x"), ("for 2", "x")),
)


# What unknown words are made of, and from how many of it to how many.
_UNKNOWN: Final = (
    (tuple("abcdefghijklmnopqrstuvwxyz"), 5, 7),
    (tuple("abehrtunwm013459"), 6, 9),
    (("tu", "na", "wa", "me", "ali", "pig", "wat", "be", "hur", "ta", "ki", "la", "gol", "ed", "ing", "vio"), 2, 4),
)


def _make_unknown_words(made_of: tuple[tuple[str, ...], int, int]) -> str:
    """Words by chance, no two alike and the same in every run: each is looked up anew, and guessed at."""
    parts, least, most = made_of
    chance = random.Random(14)
    words = ("".join(chance.choices(parts, k=chance.randint(least, most))) for _ in range(LENGTH // least))
    return " ".join(words)[:LENGTH]


def list_texts() -> Iterator[str]:
    """Texts of LENGTH characters: one unit over and over, and what may be skipped between a beginning and an end."""
    for unit in UNITS:
        yield unit * (LENGTH // len(unit))
    for (before, behind), unit in itertools.product(_AROUND, _WHITE):
        yield before + unit * ((LENGTH - len(before) - len(behind)) // len(unit)) + behind
    yield from map(_make_unknown_words, _UNKNOWN)
    half = "5000000" + "\n" * 1_150
    yield "water 500000" + "\n" * 400 + half + "x"


_THINGS: Final = (
    NamedThing("Port-au-Prince", ("Pòtoprens", "PAP"), 18.5435, -72.3388, 7000, "city", 1_234_742),
    NamedThing("Carrefour", ("Kafou",), 18.5411, -72.3992, 3000, "place", 511_345),
    *(NamedThing("Corail", (), 18 + n / 40, -73.5 + n / 50, 1000, "place", n) for n in range(40)),
)
_NAMES: Final = NameIndex(_THINGS)
_LOCATOR: Final = Locator(
    _NAMES,
    LearnedPlacements([LearnedPlacement(f"Delmas {n}, Port-au-Prince", 18.55, -72.3) for n in (19, 33, 75)]),
    extent=(18.0, -74.5, 20.1, -71.6),
)
_NOW: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
_TOPICS: Final = topic.TopicReader([topic.TopicDefinition("water", {"en": ("water", "no light")}, {"en": "Water"})])
_HINTS: Final = answers.Hints(has_place=False, topic_id=None)
_CONVERSATION: Final = read_conversation({})
_SHAPES: Final = tuple(
    shape
    for shapes in ("OFFSETS", "RINGS", "SIDES", "BETWEEN", "BESIDE")
    for shape in getattr(relation_patterns, shapes)
)


@cache
def _sensitive() -> sensitivity.SensitiveReader:
    return sensitivity.SensitiveReader({})


def _strip(text: str) -> str:
    return direction_words.strip(" ".join(text[: normalise.LONGEST_TEXT].split()))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _read_letter(start: str) -> Callable[[str], object]:
    """Reads a letter that has the text behind this beginning."""
    return lambda text: message.read_email(start.encode() + _encode(text), ["a@b.c"], "mx.example.org")


def _read_header(name: str) -> Callable[[str], object]:
    """Reads a letter that has the text as this header, folded at its line ends."""

    def read(text: str) -> object:
        folded = "\r\n ".join(line for line in text.splitlines() if line.strip())
        return message.read_email(_encode(f"{name}: {folded}\r\n\r\nwater"), ["a@b.c"], "mx.example.org")

    return read


def _read_form(text: str) -> None:
    with suppress(BodyUnreadable):
        openrosa.read_filled_form(_encode(text))


def _read_twilio(text: str) -> None:
    request = GatewayRequest("u", {}, b"", {"Body": text})
    twilio_parse.read_message(request.form, request, answers_keywords=True)


def _try(read: Callable[[str], object]) -> Callable[[str], object]:
    """Reads what it can; a cell that says nothing is refused by a ValueError."""

    def read_or_refuse(text: str) -> object:
        with suppress(ValueError):
            return read(text)
        return None

    return read_or_refuse


def _ask(kind: QuestionKind) -> OpenQuestion:
    values: dict[str, Any] = dict.fromkeys(OpenQuestion.__dataclass_fields__)
    values.update(id=1, kind=kind, choices=[], is_late=False, said="water")
    return OpenQuestion(**values)


# By dotted name; what stands behind a colon is one of several ways to bring a text there.
SUBJECTS: Final[dict[str, Callable[[str], object]]] = {
    "config.html_entities.unescape": html_entities.unescape,
    "geo.coordinates.angles.normalise": angles.normalise,
    "geo.coordinates.angles.find_angles": lambda text: angles.find_angles(angles.normalise(text)),
    "geo.coordinates.parse.find_pin": lambda text: parse_coordinates.find_pin(f"{text} 123456"),
    "geo.coordinates.parse.find_coordinates": parse_coordinates.find_coordinates,
    "geo.text.direction_words.strip": direction_words.strip,
    "geo.text.normalise.condense": normalise.condense,
    "geo.text.normalise.fold": normalise.fold,
    "geo.text.normalise.fold_parts": normalise.fold_parts,
    "geo.text.normalise.without_postposition": normalise.without_postposition,
    "geo.coordinates.explicit_location.answer_given": lambda text: explicit_location.answer_given(
        (text,), None, _LOCATOR.locate
    ),
    "geo.coordinates.utm_mgrs.find_grid_points": lambda text: list(utm_mgrs.find_grid_points(text)),
    "geo.gazetteer.place_types.kind_of_words": kind_of_words,
    "geo.resolver.locator.Locator.find_evidence": _LOCATOR.find_evidence,
    "geo.resolver.locator.Locator.locate": _LOCATOR.locate,
    "geo.resolver.locator.Locator.read_mentions": _LOCATOR.read_mentions,
    "geo.coordinates.map_links.find_linked_points": lambda text: list(map_links.find_linked_points(text)),
    "geo.coordinates.map_links.strip_links": map_links.strip_links,
    "geo.resolver.toponyms.list_runs": toponyms.list_runs,
    "geo.resolver.toponyms.read_mentions": lambda text: toponyms.read_mentions(text, _NAMES),
    "geo.coordinates.plus_codes.find_codes": lambda text: list(plus_codes.find_codes(text)),
    "geo.text.spans.read_word": lambda text: spans.read_word(
        text[:100].lower()
    ),  # as long as geo.text.normalise leaves them
    "geo.text.spans.read_words": spans.read_words,
    "geo.resolver.spatial_relations.adjust": lambda text: spatial_relations.adjust(
        (normalise.condense(text)[: normalise.LONGEST_TEXT],), None, _LOCATOR.locate
    ),
    "geo.text.relation_patterns.Shape.find": lambda text: [shape.find(_strip(text)) for shape in _SHAPES],
    "geo.text.relation_patterns.find_shapes": lambda text: list(relation_patterns.find_shapes(_SHAPES, _strip(text))),
    "geo.text.phonetic_key.sound": lambda text: phonetic_key.sound(text[:100].lower()),
    "geo.text.phonetic_key.skeleton": lambda text: phonetic_key.skeleton([text[:100].lower()]),
    "geo.text.tokens.list_tokens": tokens.list_tokens,
    "channels.parse_fields.find_time": parse_fields.find_time,
    "channels.parse_fields.find_epoch_time": parse_fields.find_epoch_time,
    "channels.parse_fields.make_twin": lambda text: parse_fields.make_twin(datetime.now(UTC), text),
    "channels.charset.decode": lambda text: charset.decode(text.encode("utf-8", "replace"), "cp-850"),
    "channels.charset.decode_header": charset.decode_header,
    "channels.webhook.read_form": lambda text: webhook.read_form(text.encode("utf-8", "replace")),
    "channels.twilio.parse.read_message": _read_twilio,
    "channels.built_in.openrosa.read_trace": openrosa.read_trace,
    "channels.built_in.openrosa.is_file_name": openrosa.is_file_name,
    "config.table_file.columns.plain_name": columns.plain_name,
    "config.table_file.columns.are_tags": lambda text: columns.are_tags([text, "#" + text]),
    "config.table_file.records.split_loosely": lambda text: records.split_loosely(text, ","),
    "config.table_file.values.read_number": _try(values.read_number),
    "config.table_file.values.read_count": _try(values.read_count),
    "config.table_file.values.find_day_first": lambda text: values.find_day_first([text]),
    "config.table_file.values.read_time": _try(lambda text: values.read_time(text, UTC, is_day_first=True)),
    "geo.coordinates.cells.read_cells": _try(lambda text: cells.read_cells(text, text[:90])),
    "geo.coordinates.cells.read_cell": _try(cells.read_cell),
    "config.csv_cell.neutralise": csv_cell.neutralise,
    "config.csv_cell.neutralise_copied": csv_cell.neutralise_copied,
    "channels.built_in.web_form.read_phone": lambda text: web_form.read_phone(text, "HT"),
    "channels.gsm7.is_writable": gsm7.is_writable,
    "channels.email.message.read_email": _read_letter("From: a@b.c\r\nIn-Reply-To: <x>\r\n\r\n"),
    "channels.email.message.read_email:html": _read_letter("From: a@b.c\r\nContent-Type: text/html\r\n\r\n"),
    "channels.email.message.read_email:raw": _read_letter(""),
    **{
        f"channels.email.message.read_email:{name}": _read_header(name)
        for name in (
            "From",
            "Subject",
            "To",
            "Content-Type",
            "Content-Disposition",
            "Content-Transfer-Encoding",
            "Message-ID",
            "References",
            "Date",
            "Authentication-Results",
            "Sender",
            "X",
        )
    },
    "channels.email.auth_results.is_vouched_for": lambda text: auth_results.is_vouched_for(
        [f"mx.example.org; dmarc=pass {text}"], "mx.example.org", "a@b.c"
    ),
    "channels.email.html.flatten_html": html.flatten_html,
    "channels.email.text.strip_quotes": lambda text: letter_text.strip_quotes(text, is_reply=True),
    "channels.phone_number.spell_international": lambda text: phone_number.spell_international(text, "HT"),
    "channels.built_in.openrosa.read_filled_form": _read_form,
    "channels.built_in.openrosa.read_filled_form:inside": lambda text: _read_form(f"<data id='a'><b>{text}</b></data>"),
    "channels.built_in.openrosa.read_position": openrosa.read_position,
    "reporting.conversation.answers.read_answer": lambda text: [
        answers.read_answer(text, _ask(kind), _HINTS) for kind in (QuestionKind.PLACE, QuestionKind.FORM)
    ],
    "reporting.conversation.answers.read_number": answers.read_number,
    "reporting.conversation.intent.take_turn": lambda text: intent.take_turn(text, None, _HINTS),
    "reporting.conversation.intent.is_cry_for_help": intent.is_cry_for_help,
    "reporting.languages.message_footers.strip_footers": message_footers.strip_footers,
    "reporting.languages.greetings.find_greeting": greetings.find_greeting,
    "reporting.languages.greetings.find_thanks": greetings.find_thanks,
    "reporting.languages.keywords.find_bare_command": keywords.find_bare_command,
    "reporting.languages.keywords.leaves_beside": keywords.leaves_beside,
    "reporting.languages.leaving.find_leaving": lambda text: leaving.find_leaving(message_fold.words(text)),
    "reporting.languages.leaving.find_leaving:short": lambda text: leaving.find_leaving(
        message_fold.words(text[:400])[:24]
    ),
    "reporting.languages.leaving_vocabulary.Vocabulary.find_at": lambda text: leaving_vocabulary.load_vocabularies()[
        "ne"
    ].find_at(message_fold.words(text), 0),
    "reporting.languages.leaving_vocabulary.keeps_ending": lambda text: leaving_vocabulary.keeps_ending("stop", text),
    "reporting.languages.opt_out.find_order": opt_out.find_order,
    "reporting.languages.opt_out.find_order:short": lambda text: opt_out.find_order(text[:400]),
    "reporting.languages.opt_out.leaves_within": opt_out.leaves_within,
    "reporting.languages.opt_out_phrases.Wordings.find_at": lambda text: list(
        opt_out_phrases.load_wordings().find_at(message_fold.words(text), 0)
    ),
    "reporting.languages.normalise.fold": message_fold.fold,
    "reporting.languages.normalise.words": message_fold.words,
    "reporting.conversation.next_question.find_form": lambda text: next_question.find_form(_CONVERSATION, text, None),
    "reporting.conversation.next_question.find_named_form": lambda text: next_question.find_named_form(
        _CONVERSATION, text
    ),
    "reporting.languages.keywords.find_command": keywords.find_command,
    "reporting.languages.clean.normalise_text": clean.normalise_text,
    "reporting.languages.sms_segments.measure": sms_segments.measure,
    "reporting.inbox.store.clean_text": store.clean_text,
    "reporting.processing.external_geocoding.make_question": lambda text: external_geocoding.make_question(text, "HT"),
    "reporting.incidents.contradiction.contradict": lambda text: contradiction.contradict(
        text, text.replace("a", "bd")
    ),
    "reporting.extraction.language.detect": lambda text: language.detect(text, ("ne", "en", "ht")),
    "reporting.incidents.similarity.own_grams": lambda text: similarity.own_grams(text, "water"),
    "reporting.incidents.similarity.place_words": similarity.place_words,
    "reporting.extraction.obfuscation.unmask": obfuscation.unmask,
    "reporting.extraction.time.read_occurrence_time": lambda text: time.read_occurrence_time(
        text, _NOW, "Asia/Kathmandu"
    ),
    "reporting.extraction.repetition.collapse_repetition": repetition.collapse_repetition,
    "reporting.extraction.sensitivity.SensitiveReader.read": lambda text: _sensitive().read(text),
    "reporting.incidents.text_similarity.alike": lambda text: text_similarity.alike(text, text.replace("a", "bd")),
    "reporting.incidents.text_similarity.minhash_bands": text_similarity.minhash_bands,
    "reporting.incidents.text_similarity.fold": text_similarity.fold,
    "reporting.incidents.text_similarity.grams": text_similarity.grams,
    "reporting.incidents.text_similarity.sketch": text_similarity.sketch,
    "reporting.incidents.text_similarity.text_key": text_similarity.text_key,
    "reporting.extraction.topic.TopicReader.read": lambda text: _TOPICS.read(text, "en"),
    "reporting.extraction.topic.TopicReader.read_all": lambda text: _TOPICS.read_all(text, "en"),
    "reporting.web.simulator.phone.normalise_number": phone.normalise_number,
    "reporting.web.report.parse.read_point": lambda text: parse_form.read_point({"lat": text, "lon": text}),
}

# What takes a text and reads nothing in it, or what others here do for it.
NOT_READING: Final = {
    "channels.email.limits.limit_parts": "read_email",
    "reporting.moderation.decisions.reply": "a text of ours on its way out",
    **dict.fromkeys(
        ("geo.gazetteer.name_encoding.decode_letters", "geo.gazetteer.name_encoding.mend_letters"),
        "names that an operator loads",
    ),
    "reporting.conversation.acknowledgement.spell_for_gsm": "a text of ours on its way out",
    **dict.fromkeys(
        ("reporting.crypto.pseudonyms.Pseudonyms.hash_message", "reporting.crypto.pseudonyms.Pseudonyms.hash_twin"),
        "a digest",
    ),
    "reporting.extraction.second_subject.list_other_places": "Locator.read_mentions",
    **dict.fromkeys(
        (
            *(
                "reporting.extraction.person_names.NameMarker.mark",
                "reporting.extraction.sensitivity.Grammar.names_somebody",
            ),
            "reporting.extraction.sensitivity.tokenise",
        ),
        "SensitiveReader.read",
    ),
    "reporting.conversation.intent.tells_above": "take_turn",
    "reporting.web.edge.clean_input.clean_field": "clean_text",
    **dict.fromkeys(
        ("reporting.web.edge.clean_input.read_number", "reporting.web.edge.clean_input.read_whole"), "float and int"
    ),
    "channels.webhook.Webhooks.make_call": "read_form",
    "channels.base.mend_halves": "one character for another",
    "reporting.inbox.reused_ids.make_fingerprint": "a digest",
    **dict.fromkeys(
        (
            "geo.geocoders.services.Geocoder.search",
            "geo.geocoders.services.NullGeocoder.search",
            "geo.search.autocomplete.search_places",
        ),
        "asks a service or the database with words that were cut",
    ),
    **dict.fromkeys(
        (
            "geo.lessons.teach",
            "geo.lessons.list_lessons",
            "geo.lessons.count_lessons",
            "geo.resolver.toponym_lookup.find_mentions",
        ),
        "a statement; its words are read by geo.text.normalise and geo.resolver.toponyms",
    ),
    "geo.inverted_index.StringList.append": "keeps names of the gazetteer",
    **dict.fromkeys(
        (
            *("channels.africastalking.AfricasTalkingSender.send", "channels.base.OutboundChannel.send"),
            *("channels.email.channel.SmtpSender.send", "channels.generic.channel.GenericSender.send"),
            *("channels.httpsms.HttpSmsSender.send", "channels.jasmin.JasminSender.send"),
            *("channels.kannel.KannelSender.send", "channels.built_in.simulator.SimulatedSender.send"),
            *("channels.smsgate.SmsGateSender.send", "channels.twilio.channel.TwilioSender.send"),
            *("channels.vonage.channel.VonageSender.send", "reporting.web.simulator.twilio_call.GatewayCall.deliver"),
            *(
                "reporting.outbox.outbox.queue_text",
                "reporting.conversation.replies.Replies.tell",
                "channels.httpsms.encrypt",
            ),
            *("reporting.moderation.decisions.reply"),
        ),
        "a text of ours on its way out",
    ),
    **dict.fromkeys(
        ("channels.email.message.make_id", "reporting.crypto.pseudonyms.Pseudonyms.hash_content"), "a digest"
    ),
    "channels.verification.require_recent": "channels.parse_fields.find_epoch_time",
    **dict.fromkeys(
        ("reporting.conversation.numbered_choice.find_choice", "reporting.languages.references.find_reference"),
        "read_answer",
    ),
    "reporting.inbox.ussd.make_messages": "joins what was typed",
    "reporting.languages.sms_texts.N_": "marks our own words for translation",
    "reporting.reports.locate.place_by_words": "Locator.locate",
    "reporting.extraction.reader.TextAnalyser.read": "detect, TopicReader, read_occurrence_time and Locator.locate",
    **dict.fromkeys(
        ("reporting.dedupe.columns.Words.add", "reporting.dedupe.columns.Rows.say"), "writes words to a file"
    ),
    "reporting.extraction.repetition.collapse_repetition": repetition.collapse_repetition,
    "reporting.extraction.sensitivity.SensitiveReader.read_all": "SensitiveReader.read of each",
    "reporting.reports.learn_place.make_lesson_text": "joins words",
    "reporting.conversation.intent.classify_message": "take_turn",
    "reporting.web.privacy_notice.show_choice": "words come back on the page as they are",
    "reporting.aggregation.period.read_period": "one pattern of seven characters",
    "reporting.web.report.parse.read_answer": "float, int and the choices of a form",
    "reporting.moderation.geocoder_lessons.show_lessons": "geo.lessons.list_lessons",
    "reporting.moderation.report.place_mentions.cut": "cuts where it is told to",
}

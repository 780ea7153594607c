"""Every function that reads what strangers write, by its dotted name."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from channels import charset, gsm7, parse_fields, phone_number, webhook
from channels.base.errors import BodyUnreadable
from channels.base.request import GatewayRequest
from channels.built_in import openrosa, web_form
from channels.email import auth_results, html, message
from channels.email import text as letter_text
from channels.twilio import parse as twilio_parse
from config import csv_cell, html_entities
from config.table_file import columns, records, values
from geo.coordinates import angles, cells, explicit_location, map_links, plus_codes, utm_mgrs
from geo.coordinates import parse as parse_coordinates
from geo.gazetteer.place_types import kind_of_words
from geo.resolver import spatial_relations, toponym_runs, toponyms
from geo.text import direction_words, normalise, phonetic_key, relation_patterns, spans, tokens
from reporting.campaigns.definition import read_conversation
from reporting.conversation import answers, intent, next_question
from reporting.conversation.questions import OpenQuestion, QuestionKind
from reporting.extraction import (
    language,
    obfuscation,
    personal_details,
    repetition,
    sensitivity,
    time,
    time_patterns,
    topic,
)
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
from reporting.moderation.report import notes
from reporting.moderation.report.assignment import Colleague
from reporting.processing import external_geocoding
from reporting.web.report import parse as parse_form
from reporting.web.simulator import phone
from tests.strange_places import load_locator, load_names

_NOW: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
_TOPICS: Final = topic.TopicReader([topic.TopicDefinition("water", {"en": ("water", "no light")}, {"en": "Water"})])
_HINTS: Final = answers.Hints(has_place=False, topic_id=None)
_CONVERSATION: Final = read_conversation({})
_COLLEAGUES: Final = [Colleague(number, name) for number, name in enumerate(("Ama", "Kofi Mensah"))]
_SHAPES: Final = tuple(
    shape
    for relation in fields(relation_patterns.Shapes)
    for shape in getattr(relation_patterns.load_shapes(), relation.name)
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
    "geo.text.direction_words.strip": direction_words.strip,
    "geo.text.normalise.condense": normalise.condense,
    "geo.text.normalise.fold": normalise.fold,
    "geo.text.normalise.fold_parts": normalise.fold_parts,
    "geo.text.normalise.join_initials": normalise.join_initials,
    "geo.text.normalise.without_postposition": normalise.without_postposition,
    "geo.coordinates.explicit_location.answer_given": lambda text: explicit_location.answer_given(
        (text,), None, load_locator().locate
    ),
    "geo.coordinates.utm_mgrs.find_grid_points": lambda text: list(utm_mgrs.find_grid_points(text)),
    "geo.gazetteer.place_types.kind_of_words": kind_of_words,
    "geo.resolver.locator.Locator.find_evidence": lambda text: load_locator().find_evidence(text),
    "geo.resolver.locator.Locator.locate": lambda text: load_locator().locate(text),
    "geo.resolver.locator.Locator.read_mentions": lambda text: load_locator().read_mentions(text),
    "geo.coordinates.map_links.find_linked_points": lambda text: list(map_links.find_linked_points(text)),
    "geo.coordinates.map_links.strip_links": map_links.strip_links,
    "geo.resolver.toponym_runs.list_runs": toponym_runs.list_runs,
    "geo.resolver.toponym_runs.read_tokens": toponym_runs.read_tokens,
    "geo.resolver.toponyms.read_mentions": lambda text: toponyms.read_mentions(text, load_names()),
    "geo.coordinates.plus_codes.find_codes": lambda text: list(plus_codes.find_codes(text)),
    "geo.text.spans.read_word": lambda text: spans.read_word(
        text[:100].lower()
    ),  # as long as geo.text.normalise leaves them
    "geo.text.spans.read_words": spans.read_words,
    "geo.resolver.spatial_relations.adjust": lambda text: spatial_relations.adjust(
        (normalise.condense(text)[: normalise.LONGEST_TEXT],), None, load_locator().locate
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
    "reporting.conversation.intent.classify_words": lambda text: intent.classify_words(text, None, _HINTS),
    "reporting.conversation.intent.may_ask_for_help": intent.may_ask_for_help,
    "reporting.moderation.report.notes.find_mentioned": lambda text: notes.find_mentioned(f"@ama {text}", _COLLEAGUES),
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
    "reporting.extraction.time_patterns.mark_accents": time_patterns.mark_accents,
    "reporting.extraction.time_patterns.show_accents": time_patterns.show_accents,
    "reporting.extraction.personal_details.hide_details": personal_details.hide_details,
    "reporting.extraction.personal_details.find_details": personal_details.find_details,
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

"""Every function that reads what strangers write, by its dotted name, and texts that make expressions try for long."""

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from channels import (
    charset,
    field,
    form,
    gsm,
    letter,
    letter_page,
    letter_proof,
    letter_text,
    number,
    openrosa,
    twilio_message,
)
from channels.base import BodyUnreadable, GatewayRequest
from config import csv_cell, markup
from geo import (
    angle,
    coordinate,
    direction,
    fold,
    given,
    grid,
    maplink,
    named,
    pluscode,
    reading,
    relative,
    relative_words,
    sound,
    token,
)
from geo.kind import kind_of_words
from geo.locator import Locator
from geo.memory import Memory, Taught
from geo.nameindex import NamedThing, NameIndex
from reporting.intake import (
    answer,
    conversation,
    footer,
    greeting,
    interview,
    keyword,
    leaving,
    normal,
    segment,
    store,
    wording,
)
from reporting.intake import fold as message_fold
from reporting.intake.definition import read_conversation
from reporting.intake.question import OpenQuestion, QuestionKind
from reporting.triage import (
    asking,
    contradiction,
    language,
    likeness,
    masked,
    moment,
    repeated,
    sensitive,
    textlike,
    topic,
)
from reporting.web import phone, report_reading

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
    Memory([Taught(f"Delmas {n}, Port-au-Prince", 18.55, -72.3) for n in (19, 33, 75)]),
    extent=(18.0, -74.5, 20.1, -71.6),
)
_NOW: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
_TOPICS: Final = topic.TopicReader([topic.TopicDefinition("water", {"en": ("water", "no light")}, {"en": "Water"})])
_HINTS: Final = answer.Hints(has_place=False, topic_id=None)
_CONVERSATION: Final = read_conversation({})
_SHAPES: Final = tuple(
    shape for shapes in ("OFFSETS", "RINGS", "SIDES", "BETWEEN", "BESIDE") for shape in getattr(relative_words, shapes)
)


@cache
def _sensitive() -> sensitive.SensitiveReader:
    return sensitive.SensitiveReader({})


def _strip(text: str) -> str:
    return direction.strip(" ".join(text[: fold.LONGEST_TEXT].split()))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _read_letter(start: str) -> Callable[[str], object]:
    """Reads a letter that has the text behind this beginning."""
    return lambda text: letter.read_letter(start.encode() + _encode(text), ["a@b.c"], "mx.example.org")


def _read_header(name: str) -> Callable[[str], object]:
    """Reads a letter that has the text as this header, folded at its line ends."""

    def read(text: str) -> object:
        folded = "\r\n ".join(line for line in text.splitlines() if line.strip())
        return letter.read_letter(_encode(f"{name}: {folded}\r\n\r\nwater"), ["a@b.c"], "mx.example.org")

    return read


def _read_form(text: str) -> None:
    with suppress(BodyUnreadable):
        openrosa.read_filled_form(_encode(text))


def _read_twilio(text: str) -> None:
    request = GatewayRequest("u", {}, b"", {"Body": text})
    twilio_message.read_message(request.form, request, answers_keywords=True)


def _ask(kind: QuestionKind) -> OpenQuestion:
    values: dict[str, Any] = dict.fromkeys(OpenQuestion.__dataclass_fields__)
    values.update(id=1, kind=kind, choices=[], is_late=False, said="water")
    return OpenQuestion(**values)


# By dotted name; what stands behind a colon is one of several ways to bring a text there.
SUBJECTS: Final[dict[str, Callable[[str], object]]] = {
    "config.markup.unescape": markup.unescape,
    "geo.angle.normalise": angle.normalise,
    "geo.angle.find_angles": lambda text: angle.find_angles(angle.normalise(text)),
    "geo.coordinate.find_pin": lambda text: coordinate.find_pin(f"{text} 123456"),
    "geo.coordinate.find_coordinates": coordinate.find_coordinates,
    "geo.direction.strip": direction.strip,
    "geo.fold.condense": fold.condense,
    "geo.fold.fold": fold.fold,
    "geo.fold.fold_parts": fold.fold_parts,
    "geo.fold.without_postposition": fold.without_postposition,
    "geo.given.answer_given": lambda text: given.answer_given((text,), None, _LOCATOR.locate),
    "geo.grid.find_grid_points": lambda text: list(grid.find_grid_points(text)),
    "geo.kind.kind_of_words": kind_of_words,
    "geo.locator.Locator.find_evidence": _LOCATOR.find_evidence,
    "geo.locator.Locator.locate": _LOCATOR.locate,
    "geo.locator.Locator.read_mentions": _LOCATOR.read_mentions,
    "geo.maplink.find_linked_points": lambda text: list(maplink.find_linked_points(text)),
    "geo.maplink.strip_links": maplink.strip_links,
    "geo.named.list_runs": named.list_runs,
    "geo.named.read_mentions": lambda text: named.read_mentions(text, _NAMES),
    "geo.pluscode.find_codes": lambda text: list(pluscode.find_codes(text)),
    "geo.reading.read_word": lambda text: reading.read_word(text[:100].lower()),  # as long as geo.fold leaves them
    "geo.reading.read_words": reading.read_words,
    "geo.relative.adjust": lambda text: relative.adjust(
        (fold.condense(text)[: fold.LONGEST_TEXT],), None, _LOCATOR.locate
    ),
    "geo.relative_words.Shape.find": lambda text: [shape.find(_strip(text)) for shape in _SHAPES],
    "geo.relative_words.find_shapes": lambda text: list(relative_words.find_shapes(_SHAPES, _strip(text))),
    "geo.sound.sound": lambda text: sound.sound(text[:100].lower()),
    "geo.sound.skeleton": lambda text: sound.skeleton([text[:100].lower()]),
    "geo.token.list_tokens": token.list_tokens,
    "channels.field.find_time": field.find_time,
    "channels.field.find_epoch_time": field.find_epoch_time,
    "channels.field.make_twin": lambda text: field.make_twin(datetime.now(UTC), text),
    "channels.charset.decode": lambda text: charset.decode(text.encode("utf-8", "replace"), "cp-850"),
    "channels.charset.decode_header": charset.decode_header,
    "channels.twilio_message.read_message": _read_twilio,
    "channels.openrosa.read_trace": openrosa.read_trace,
    "channels.openrosa.is_file_name": openrosa.is_file_name,
    "config.csv_cell.neutralise": csv_cell.neutralise,
    "config.csv_cell.neutralise_copied": csv_cell.neutralise_copied,
    "channels.form.read_phone": lambda text: form.read_phone(text, "HT"),
    "channels.gsm.is_writable": gsm.is_writable,
    "channels.letter.read_letter": _read_letter("From: a@b.c\r\nIn-Reply-To: <x>\r\n\r\n"),
    "channels.letter.read_letter:html": _read_letter("From: a@b.c\r\nContent-Type: text/html\r\n\r\n"),
    "channels.letter.read_letter:raw": _read_letter(""),
    **{
        f"channels.letter.read_letter:{name}": _read_header(name)
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
    "channels.letter_proof.is_vouched_for": lambda text: letter_proof.is_vouched_for(
        [f"mx.example.org; dmarc=pass {text}"], "mx.example.org", "a@b.c"
    ),
    "channels.letter_page.flatten_html": letter_page.flatten_html,
    "channels.letter_text.take_new_words": lambda text: letter_text.take_new_words(text, is_reply=True),
    "channels.number.spell_international": lambda text: number.spell_international(text, "HT"),
    "channels.openrosa.read_filled_form": _read_form,
    "channels.openrosa.read_filled_form:inside": lambda text: _read_form(f"<data id='a'><b>{text}</b></data>"),
    "channels.openrosa.read_position": openrosa.read_position,
    "reporting.intake.answer.read_answer": lambda text: [
        answer.read_answer(text, _ask(kind), _HINTS) for kind in (QuestionKind.PLACE, QuestionKind.FORM)
    ],
    "reporting.intake.answer.read_number": answer.read_number,
    "reporting.intake.conversation.take_turn": lambda text: conversation.take_turn(text, None, _HINTS),
    "reporting.intake.conversation.is_cry_for_help": conversation.is_cry_for_help,
    "reporting.intake.footer.take_own_words": footer.take_own_words,
    "reporting.intake.greeting.find_greeting": greeting.find_greeting,
    "reporting.intake.greeting.find_thanks": greeting.find_thanks,
    "reporting.intake.keyword.find_bare_command": keyword.find_bare_command,
    "reporting.intake.keyword.leaves_beside": keyword.leaves_beside,
    "reporting.intake.leaving.find_order": leaving.find_order,
    "reporting.intake.leaving.find_order:short": lambda text: leaving.find_order(text[:400]),
    "reporting.intake.leaving.leaves_within": leaving.leaves_within,
    "reporting.intake.wording.Wordings.find_at": lambda text: list(
        wording.load_wordings().find_at(message_fold.words(text), 0)
    ),
    "reporting.intake.fold.fold": message_fold.fold,
    "reporting.intake.fold.words": message_fold.words,
    "reporting.intake.interview.find_form": lambda text: interview.find_form(_CONVERSATION, text, None),
    "reporting.intake.interview.find_named_form": lambda text: interview.find_named_form(_CONVERSATION, text),
    "reporting.intake.keyword.find_command": keyword.find_command,
    "reporting.intake.normal.normalise_text": normal.normalise_text,
    "reporting.intake.segment.measure": segment.measure,
    "reporting.intake.store.clean_text": store.clean_text,
    "reporting.triage.asking.make_question": lambda text: asking.make_question(text, "HT"),
    "reporting.triage.contradiction.contradict": lambda text: contradiction.contradict(text, text.replace("a", "bd")),
    "reporting.triage.language.detect": lambda text: language.detect(text, ("ne", "en", "ht")),
    "reporting.triage.likeness.own_grams": lambda text: likeness.own_grams(text, "water"),
    "reporting.triage.likeness.place_words": likeness.place_words,
    "reporting.triage.masked.unmask": masked.unmask,
    "reporting.triage.moment.read_moment": lambda text: moment.read_moment(text, _NOW, "Asia/Kathmandu"),
    "reporting.triage.repeated.leave_out_repeats": repeated.leave_out_repeats,
    "reporting.triage.sensitive.SensitiveReader.read": lambda text: _sensitive().read(text),
    "reporting.triage.textlike.alike": lambda text: textlike.alike(text, text.replace("a", "bd")),
    "reporting.triage.textlike.copy_bands": textlike.copy_bands,
    "reporting.triage.textlike.fold": textlike.fold,
    "reporting.triage.textlike.grams": textlike.grams,
    "reporting.triage.textlike.sketch": textlike.sketch,
    "reporting.triage.textlike.text_key": textlike.text_key,
    "reporting.triage.topic.TopicReader.read": lambda text: _TOPICS.read(text, "en"),
    "reporting.triage.topic.TopicReader.read_all": lambda text: _TOPICS.read_all(text, "en"),
    "reporting.web.phone.normalise_number": phone.normalise_number,
    "reporting.web.report_reading.read_point": lambda text: report_reading.read_point({"lat": text, "lon": text}),
}

# What takes a text and reads nothing in it, or what others here do for it.
NOT_READING: Final = {
    "channels.letter_limit.limit_parts": "read_letter",
    "reporting.moderation.decision.reply": "a text of ours on its way out",
    **dict.fromkeys(("geo.letters.decode_letters", "geo.letters.mend_letters"), "names that an operator loads"),
    "reporting.intake.acknowledgement.spell_for_gsm": "a text of ours on its way out",
    **dict.fromkeys(
        ("reporting.intake.pseudonym.Pseudonyms.hash_message", "reporting.intake.pseudonym.Pseudonyms.hash_twin"),
        "a digest",
    ),
    "reporting.triage.besides.list_other_places": "Locator.read_mentions",
    **dict.fromkeys(
        (
            *("reporting.triage.person_name.NameMarker.mark", "reporting.triage.sensitive.Grammar.names_somebody"),
            "reporting.triage.sensitive.tokenise",
        ),
        "SensitiveReader.read",
    ),
    "reporting.triage.turn.tells_above": "take_turn",
    "reporting.web.field.clean_field": "clean_text",
    **dict.fromkeys(("reporting.web.field.read_number", "reporting.web.field.read_whole"), "float and int"),
    "channels.base.mend_halves": "one character for another",
    "reporting.intake.reused_id.make_fingerprint": "a digest",
    **dict.fromkeys(
        ("geo.geocoder.Geocoder.search", "geo.geocoder.NullGeocoder.search", "geo.search.search_places"),
        "asks a service or the database with words that were cut",
    ),
    **dict.fromkeys(
        ("geo.lesson.teach", "geo.lesson.list_lessons", "geo.lesson.count_lessons", "geo.named_lookup.find_mentions"),
        "a statement; its words are read by geo.fold and geo.named",
    ),
    "geo.postings.StringList.append": "keeps names of the gazetteer",
    **dict.fromkeys(
        (
            *("channels.africastalking.AfricasTalkingSender.send", "channels.base.Sender.send"),
            *("channels.email.SmtpSender.send", "channels.generic.GenericSender.send"),
            *("channels.httpsms.HttpSmsSender.send", "channels.jasmin.JasminSender.send"),
            *("channels.kannel.KannelSender.send", "channels.simulated.SimulatedSender.send"),
            *("channels.smsgate.SmsGateSender.send", "channels.twilio.TwilioSender.send"),
            *("channels.vonage.VonageSender.send", "reporting.web.gateway_call.GatewayCall.deliver"),
            *("reporting.intake.outbox.queue_text", "reporting.triage.reply.Replies.tell", "channels.httpsms.encrypt"),
            *("reporting.moderation.decision.reply"),
        ),
        "a text of ours on its way out",
    ),
    **dict.fromkeys(("channels.letter.make_id", "reporting.intake.pseudonym.Pseudonyms.hash_content"), "a digest"),
    "channels.proof.require_recent": "channels.field.find_epoch_time",
    **dict.fromkeys(
        ("reporting.intake.choice.find_choice", "reporting.intake.reference.find_reference"), "read_answer"
    ),
    "reporting.intake.menu.make_messages": "joins what was typed",
    "reporting.intake.phrase.N_": "marks our own words for translation",
    "reporting.triage.placing.place_by_words": "Locator.locate",
    "reporting.triage.reader.Reader.read": "detect, TopicReader.read, read_moment and Locator.locate",
    **dict.fromkeys(("reporting.triage.row.Words.add", "reporting.triage.row.Rows.say"), "writes words to a file"),
    "reporting.triage.repeated.leave_out_repeats": repeated.leave_out_repeats,
    "reporting.triage.sensitive.SensitiveReader.read_all": "SensitiveReader.read of each",
    "reporting.triage.teaching.word_lesson": "joins words",
    "reporting.triage.turn.choose_turn": "take_turn",
    "reporting.web.privacy.show_choice": "words come back on the page as they are",
    "reporting.web.report_reading.read_answer": "float, int and the choices of a form",
    "reporting.moderation.lesson.show_lessons": "geo.lesson.list_lessons",
    "reporting.moderation.mention.cut": "cuts where it is told to",
}

"""Texts of the pages for constants of the code, and the formatting of figures, distances and times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from babel.core import Locale, UnknownLocaleError
from flask import Flask
from flask_babel import format_date, format_decimal, format_time, get_locale, lazy_gettext

from config.languages.load import load_languages
from reporting.extraction.personal_details import DetailKind, hide_details
from reporting.models.states import DecisionKind, MessageState, ReportState
from reporting.reports.urgency import HIGH, RAISED, UrgencyReason

STATES: Final = {
    ReportState.QUEUED: lazy_gettext("waiting"),
    ReportState.APPROVED: lazy_gettext("approved"),
    ReportState.REJECTED: lazy_gettext("rejected"),
}
MESSAGE_STATES: Final = {
    MessageState.RECEIVED: lazy_gettext("arrived"),
    MessageState.PROCESSED: lazy_gettext("processed"),
    MessageState.REPEATED: lazy_gettext("repeated, kept but not counted"),
    MessageState.SET_ASIDE: lazy_gettext("failed"),
    MessageState.QUEUED: lazy_gettext("waiting to be sent"),
    MessageState.SENDING: lazy_gettext("waiting to be sent"),
    MessageState.SENT: lazy_gettext("sent"),
    MessageState.DELIVERED: lazy_gettext("delivered"),
    MessageState.FAILED: lazy_gettext("not delivered"),
}
DELIVERY_FAULTS: Final = {
    "opted_out": lazy_gettext("they asked for no more messages"),
    "too_many": lazy_gettext("held back, too many within an hour"),
    "too_many_in_all": lazy_gettext("held back, too many to all people within an hour"),
    "muted": lazy_gettext("held back, a machine seems to answer"),
    "withdrawn": lazy_gettext("withdrawn before it was sent"),
    "no_number": lazy_gettext("there is no number"),
    "lost": lazy_gettext("nobody knows whether it was sent"),
}
URGENCY_REASONS: Final = {
    UrgencyReason.TOPIC: lazy_gettext("its topic is urgent"),
    UrgencyReason.OTHER_TOPIC: lazy_gettext("an urgent topic is mentioned too"),
    UrgencyReason.SENSITIVE: lazy_gettext("restricted"),
    UrgencyReason.SOURCES: lazy_gettext("more than one source"),
    UrgencyReason.MANY_SOURCES: lazy_gettext("many sources"),
    UrgencyReason.WAITING: lazy_gettext("waiting for more than a day"),
}
MEDIA_REASONS: Final = {  # `fetch` stands for every error of a download
    "too_large": lazy_gettext("it is too large"),
    "too_many": lazy_gettext("more files came with the message than are kept"),
    "too_many_pixels": lazy_gettext("it is too large"),
    "video": lazy_gettext("videos are not kept"),
    "heic": lazy_gettext("its format cannot be shown; the sender can send it as JPEG"),
    "kind": lazy_gettext("it is neither a picture nor a recording"),
    "broken": lazy_gettext("it cannot be read"),
    "crashed": lazy_gettext("it cannot be read"),
    "empty": lazy_gettext("there was nothing in it"),
    "elsewhere": lazy_gettext("it was not where this channel keeps its files"),
    "fetch": lazy_gettext("it could not be fetched"),
}
REJECT_REASONS: Final = {
    "off_topic": lazy_gettext("Not about anything we listen for"),
    "outside": lazy_gettext("Outside the area of the campaign"),
    "unclear": lazy_gettext("Too unclear to use"),
    "false": lazy_gettext("Found to be untrue"),
    "abuse": lazy_gettext("Insults or hate"),
    "spam": lazy_gettext("Advertising or fraud"),
    "test": lazy_gettext("A test message"),
}
DECISIONS: Final = {
    DecisionKind.APPROVE: lazy_gettext("approved it"),
    DecisionKind.REJECT: lazy_gettext("rejected it"),
    DecisionKind.REOPEN: lazy_gettext("reopened"),
    DecisionKind.MOVE_PIN: lazy_gettext("moved the pin"),
    DecisionKind.CONFIRM_PLACE: lazy_gettext("confirmed the place"),
    DecisionKind.SET_TOPIC: lazy_gettext("set the topic"),
    DecisionKind.LINK: lazy_gettext("linked reports"),
    DecisionKind.UNLINK: lazy_gettext("unlinked"),
    DecisionKind.SPLIT: lazy_gettext("moved reports to a new incident"),
    DecisionKind.MERGE: lazy_gettext("merged two incidents"),
    DecisionKind.UNDO: lazy_gettext("undid a decision"),
    DecisionKind.TELL: lazy_gettext("messaged all reporters"),
    DecisionKind.REFER: lazy_gettext("passed it on to an office"),
    DecisionKind.COUNT_DUPLICATES: lazy_gettext("let copies count"),
    DecisionKind.REPLY: lazy_gettext("replied by SMS"),
    DecisionKind.DIVIDE: lazy_gettext("made two reports of one"),
    DecisionKind.MOVE_ANSWER: lazy_gettext("moved it to the report that it answers"),
    DecisionKind.TAKE_ANSWER: lazy_gettext("added an answer that had come as another report"),
    DecisionKind.RESTRICT: lazy_gettext("restricted"),
    DecisionKind.UNRESTRICT: lazy_gettext("released from the restricted queue"),
    DecisionKind.FIRST_READING: lazy_gettext("read it first of two"),
    DecisionKind.SECOND_READING: lazy_gettext("read it a second time"),
    DecisionKind.SETTLE_READINGS: lazy_gettext("settled what two readers disagreed on"),
    DecisionKind.ASSIGN: lazy_gettext("assigned it"),
    DecisionKind.SNOOZE: lazy_gettext("put it off, or called it back"),
    DecisionKind.NOTE: lazy_gettext("wrote a private note"),
    DecisionKind.TRANSLATE: lazy_gettext("translated its words"),
    DecisionKind.RESCORE: lazy_gettext("moved to another incident, without a person: more was known"),
}
SENSITIVE_REASONS: Final = {
    "gender_based_violence": lazy_gettext("Violence against a person, also because of gender"),
    "minor": lazy_gettext("A child in danger"),
    "self_harm": lazy_gettext("Somebody may harm themselves"),
    "named_perpetrator": lazy_gettext("Names an alleged perpetrator"),
    "moderator": lazy_gettext("Another reason to protect somebody"),
}
LACKS: Final = {
    "place": lazy_gettext("it has no place"),
    "area": lazy_gettext("its place lies in no area, or is too uncertain for one"),
    "topic": lazy_gettext("it has no topic"),
}
DETAILS: Final = {
    DetailKind.NUMBER: lazy_gettext("[number]"),
    DetailKind.ADDRESS: lazy_gettext("[e-mail address]"),
    DetailKind.NAME: lazy_gettext("[name]"),
}
REFUSALS: Final = {
    "refused": lazy_gettext("This could not be done."),
    "report_unknown": lazy_gettext("There is no such report."),
    "incident_unknown": lazy_gettext("There is no such incident: its reports may be of another one by now."),
    "lease_held": lazy_gettext("Somebody else is working on this report. Nothing was changed."),
    "change_refused": lazy_gettext("The report is no longer in the state you saw: somebody was faster. Look again."),
    "decided_meanwhile": lazy_gettext("Somebody decided on this after you opened it. Nothing was changed."),
    "translated_meanwhile": lazy_gettext(
        "Somebody else translated it after you opened it. Nothing was changed: go back to keep your words."
    ),
    "same_report": lazy_gettext(
        "That is the very same report: it can neither be linked to itself nor parted from itself."
    ),
    "input_refused": lazy_gettext("Something in the form is missing or cannot be used. Nothing was changed."),
    "place_far_outside": lazy_gettext("The point is far outside the areas of the campaign. Nothing was changed."),
    "confirmation_missing": lazy_gettext("This must be confirmed first. Nothing was changed."),
    "reading_open": lazy_gettext("This report waits for its second reader. Nothing was changed."),
    "own_reading": lazy_gettext("You are one of the two readers: somebody else settles it. Nothing was changed."),
    "reply_refused": lazy_gettext("This sender gets no messages: they opted out, or left no number."),
}


def configure_wording(app: Flask) -> None:
    """Give templates the texts and the filters."""
    app.context_processor(_words)
    app.add_template_filter(choose_name, "choose_name")
    app.add_template_filter(part_details, "part_details")
    app.add_template_filter(format_distance, "distance")
    app.add_template_filter(format_moment, "moment")
    app.add_template_filter(format_span, "span")
    app.add_template_filter(name_language, "language_name")
    app.add_template_filter(find_direction, "direction")


def choose_name(names: Mapping[str, Any] | None) -> str | None:
    """Choose a name in the language of the page, else in English, else in any language."""
    if not names:
        return None
    locale = get_locale()
    for code in (locale.language if locale is not None else "en", "en"):
        if code in names:
            return str(names[code])
    return str(next(iter(names.values())))


def format_moment(moment: datetime) -> str:
    """Format day and time in the campaign's time zone, with the month in words where the language does so."""
    return f"{format_date(moment, 'medium')} {format_time(moment, 'HH:mm')}"


def format_distance(distance_m: float) -> str:
    """Format a distance: metres below a kilometre, kilometres above, with no more digits than are known."""
    if distance_m < 1_000:
        return _isolate(f"{format_decimal(round(distance_m, -1) or round(distance_m))} m")
    distance_km = distance_m / 1_000
    return _isolate(f"{format_decimal(round(distance_km, 1 if distance_km < 10 else None))} km")


def format_uncertainty(radius_m: float) -> str:
    """Format a radius as ± and a distance.

    The sign stands inside of the isolate around the figure: before the isolate, Arabic would show the sign behind it.
    """
    distance = format_distance(radius_m)
    return distance[0] + "±" + distance[1:]


def format_span(seconds: float) -> str:
    """Format seconds: minutes below 1.5 hours, hours below two days, then days, with no more digits than are known."""
    if seconds < 5_400:
        return _isolate(f"{format_decimal(max(1, round(seconds / 60)))} min")
    if seconds < 172_800:
        return _isolate(f"{format_decimal(round(seconds / 3_600))} h")
    return _isolate(f"{format_decimal(round(seconds / 86_400))} d")


def _isolate(figure: str) -> str:
    """Isolate a figure and its unit (U+2066 to U+2069), so that both keep their order in right-to-left text."""
    return f"\u2066{figure}\u2069"


def part_details(words: str, longest: int | None = None) -> list[tuple[Any, bool]]:
    """Cut words that somebody wrote into parts to show, each with whether it stands for something personal.

    With `longest` (characters) the end is left out; what begins before it is recognised as a whole.
    """
    parts: list[tuple[Any, bool]] = []
    left = len(words) if longest is None else longest
    for part in hide_details(words):
        if left <= 0:
            break
        parts.append((DETAILS[part.kind], True) if part.kind is not None else (part.words[:left], False))
        left -= len(part.words)
    return parts


def name_language(code: str) -> str:
    """Name a language in the language of the page, else in itself; its code where no name is known."""
    try:
        found = Locale.parse(code.replace("-", "_")).get_display_name(get_locale())
    except (UnknownLocaleError, ValueError):
        found = None
    return found or (load_languages()[code].name if code in load_languages() else code)


def find_direction(code: str | None) -> str:
    """Find the writing direction of a language: `ltr`, `rtl`, or `auto` where the language is not known."""
    try:
        return str(Locale.parse((code or "").replace("-", "_")).text_direction)
    except (UnknownLocaleError, ValueError):
        return "auto"


def _words() -> dict[str, Any]:
    return {
        "state_words": STATES,
        "message_state_words": MESSAGE_STATES,
        "delivery_faults": DELIVERY_FAULTS,
        "urgency_words": URGENCY_REASONS,
        "urgency_from": {"high": HIGH, "raised": RAISED},
        "media_reasons": MEDIA_REASONS,
        "reject_reasons": REJECT_REASONS,
        "sensitive_reasons": SENSITIVE_REASONS,
        "decision_words": DECISIONS,
        "detail_words": DETAILS,
        "lack_words": LACKS,
    }

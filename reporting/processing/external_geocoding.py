"""Asks other geocoders where reports are that have no place, after the fact and only where a campaign says so.

What is sent is what may name a place: words of everyday language stay here, and so do phone numbers, addresses and long
figures. Nothing is sent of restricted reports. Answers become alternatives for the moderator and nothing else.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import phonenumbers
import structlog
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from geo.geocoders.cache import (
    claim_slot,
    drop_expired,
    find_answers,
    keep_answers,
    record_failure,
    record_success,
    wait_s,
)
from geo.geocoders.services import (
    AnswerUnreadable,
    Box,
    Geocoder,
    GeocoderAway,
    GeocoderSettingsError,
    open_geocoder,
    read_pace,
)
from geo.spatial_sql import find_extent
from geo.text.spans import Role, read_words
from geo.types import Candidate
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.models.states import ReportState

_log = structlog.get_logger()

WORDS_MOST: Final = 8
_READ_CHARACTERS: Final = 600  # of a text: what names the place of a report stands in it early
_PATIENCE_S: Final = 2.0  # a turn that is further away is left to the next job
_MARGIN: Final = 0.1  # degrees around the campaign's area in which an answer is of use
_NOISE: Final = re.compile(r"https?://\S+|(?<!\S)\S[^\s@]*@\S+|(?<!\w)@\w+|\d[\d\s().-]{4,}\d")
_TOKEN: Final = re.compile(r"[^\s,;:!?()\[\]{}<>/|।،؟\"“”«»]+")

_CAMPAIGNS = text(
    "SELECT id, country, languages, settings -> 'geocoder' AS settings FROM campaign"
    " WHERE settings ? 'geocoder' ORDER BY id"
)
# What is named here is what the index `ix_report_unlocated` holds.
_NEXT = text(
    f"""
    SELECT id, text, answers ->> 'place' AS told FROM report
     WHERE campaign_id = :campaign_id AND point IS NULL AND geocoder_asked_at IS NULL AND state = '{ReportState.QUEUED}'
       AND NOT is_sensitive
     ORDER BY id DESC LIMIT 1
    """
)
# A report that was placed or restricted in the meantime gets nothing.
_ADD = text(
    f"""
    UPDATE report SET geocoder_asked_at = now(),
           alternatives = CASE WHEN point IS NULL AND NOT is_sensitive AND state = '{ReportState.QUEUED}'
                               THEN alternatives || :answers ELSE alternatives END
     WHERE id = :report_id AND geocoder_asked_at IS NULL
    """
).bindparams(bindparam("answers", type_=JSONB))


@dataclass(frozen=True, slots=True)
class _Campaign:
    """What is asked with."""

    id: int
    country: str
    languages: list[str]
    geocoder: Geocoder
    per_second: float
    box: Box | None


def ask_geocoders(
    database: Database, pseudonyms: Pseudonyms, key: str | None, *, budget_s: float,
    sleep: Callable[[float], None] = time.sleep,
) -> int:  # fmt: skip
    """Ask for the latest reports without a place until the time is over; returns how many were looked at.

    A service that fails is left alone for a while; nothing waits for it.
    """
    ends_at = time.monotonic() + budget_s
    count = 0
    with database.begin() as connection:
        drop_expired(connection)
        campaigns = _list_campaigns(connection, key)
    for campaign in campaigns:
        while time.monotonic() < ends_at and _ask_next(database, pseudonyms, campaign, sleep):
            count += 1
    return count


def make_question(said: str, country: str) -> str:
    """List the words of a text that may name a place, in their order and script, without phone numbers; "" for none."""
    said = said[:_READ_CHARACTERS]
    for match in list(phonenumbers.PhoneNumberMatcher(said, country, leniency=phonenumbers.Leniency.POSSIBLE)):
        said = said.replace(match.raw_string, " ")
    words = [token for token in _TOKEN.findall(_NOISE.sub(" ", said)) if _may_name(token)]
    return " ".join(words[:WORDS_MOST]) if any(not word.isdigit() for word in words) else ""


def _may_name(token: str) -> bool:
    roles = {word.role for word in read_words(token)}
    return bool(roles) and Role.COMMON not in roles


def _list_campaigns(connection: Connection, key: str | None) -> list[_Campaign]:
    found = []
    for row in connection.execute(_CAMPAIGNS):
        try:
            geocoder, per_second = open_geocoder(row.settings, key), read_pace(row.settings)
        except GeocoderSettingsError as error:
            _log.warning("geocoder_unusable", campaign_id=row.id, error=str(error))
            continue
        if geocoder.name:
            box = _widen(find_extent(connection, row.id))
            found.append(_Campaign(row.id, row.country, list(row.languages), geocoder, per_second, box))
    return found


def _ask_next(database: Database, pseudonyms: Pseudonyms, campaign: _Campaign, sleep: Callable[[float], None]) -> bool:
    """One report; whether there may be another. The call is made with no transaction open."""
    service = campaign.geocoder.name
    with database.begin() as connection:
        report = connection.execute(_NEXT, {"campaign_id": campaign.id}).first()
        if report is None:
            return False
        question = make_question(report.told or report.text, campaign.country)
        query_hash = pseudonyms.hash_question(f"{service}\x1f{campaign.id}\x1f{question.casefold()}")
        answers = find_answers(connection, query_hash) if question else []
        if answers is not None:
            _add(connection, report.id, answers)
            return True
        if not claim_slot(connection, service, campaign.per_second):
            pause_s = wait_s(connection, service)
            if pause_s > _PATIENCE_S:
                return False
        else:
            pause_s = 0.0
    if pause_s:
        sleep(pause_s)
        return True
    return _ask(database, campaign, report.id, question, query_hash)


def _ask(database: Database, campaign: _Campaign, report_id: int, question: str, query_hash: bytes) -> bool:
    service = campaign.geocoder.name
    try:
        answers = campaign.geocoder.search(question, campaign.country, campaign.box, campaign.languages)
    except GeocoderAway as error:
        _log.warning("geocoder_unavailable", service=service, error=str(error))
        with database.begin() as connection:
            record_failure(connection, service)
            if isinstance(error, AnswerUnreadable):  # it must not keep those behind it waiting for ever
                _add(connection, report_id, [])
        return False
    with database.begin() as connection:
        record_success(connection, service)
        keep_answers(connection, query_hash, answers)
        _add(connection, report_id, answers)
    return True


def _add(connection: Connection, report_id: int, answers: list[Candidate]) -> None:
    places: list[Mapping[str, Any]] = [answer.to_row() for answer in answers]
    connection.execute(_ADD, {"report_id": report_id, "answers": places})


def _widen(box: Box | None) -> Box | None:
    if box is None:
        return None
    south, west, north, east = box
    return (
        max(-90.0, south - _MARGIN), max(-180.0, west - _MARGIN), min(90.0, north + _MARGIN),
        min(180.0, east + _MARGIN),
    )  # fmt: skip

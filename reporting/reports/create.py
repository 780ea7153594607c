"""Create reports from analysed messages, many at a time."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, update

from geo.spatial_sql import list_area_codes
from geo.types import Location
from reporting.db import reserve_ids
from reporting.extraction.reader import MessageAnalysis
from reporting.incidents.text_similarity import minhash_bands, text_key
from reporting.languages.references import REFERENCE_ALPHABET
from reporting.models.report import Incident, Report, ReportMinhash
from reporting.reports.location_columns import NOWHERE, make_columns

PLACE: Final = "place"  # the answer that tells the place, asked by a form, a program or our own question
_REFERENCE_LENGTH = 10  # as long as all references: too many possibilities to be tried out


@dataclass(frozen=True, slots=True)
class Draft:
    """A report to be created."""

    source: str
    source_id: str
    message_id: int | None
    contact_id: int | None
    text: str
    reported_at: datetime
    reading: MessageAnalysis
    topic_id: int | None
    reference: str | None = None  # a reference that the sender was already told
    answers: Mapping[str, Any] = field(default_factory=dict)
    sensitive_reason: str | None = None
    other_topics: Sequence[str] = ()
    other_places: Sequence[str] = ()
    perhaps_answers_id: int | None = None
    account_id: int | None = None
    browser_hash: int | None = None


def make_reference() -> str:
    """Make a short reference that nobody can guess: 20^8 possibilities, about 25 thousand million."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(_REFERENCE_LENGTH))


def add_reports(connection: Connection, campaign_id: int, drafts: Sequence[Draft]) -> list[tuple[int, str]]:
    """Add reports, each with an incident of its own. Returns their ids and references in the order of the drafts."""
    if not drafts:
        return []
    incident_ids = reserve_ids(connection, "incident", len(drafts))
    places = _place_columns(connection, campaign_id, [draft.reading.location for draft in drafts])
    connection.execute(
        insert(Incident),
        [
            _of_incident(campaign_id, draft, place) | {"id": incident_id}
            for incident_id, draft, place in zip(incident_ids, drafts, places, strict=True)
        ],
    )
    rows = [
        _columns(campaign_id, draft) | place | {"id": report_id, "incident_id": incident_id}
        for draft, place, report_id, incident_id in zip(
            drafts, places, reserve_ids(connection, "report", len(drafts)), incident_ids, strict=True
        )
    ]
    connection.execute(insert(Report), rows)
    _add_bands(connection, campaign_id, rows)
    return [(row["id"], row["reference"]) for row in rows]


def _add_bands(connection: Connection, campaign_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store the MinHash bands of the texts, so that nearly equal texts are found."""
    bands = [
        {"campaign_id": campaign_id, "band": band, "report_id": row["id"]}
        for row in rows
        for band in minhash_bands(row["text"])
    ]
    if bands:
        connection.execute(insert(ReportMinhash), bands)


def set_places(connection: Connection, campaign_id: int, locations: Mapping[int, Location]) -> None:
    """Set the locations of reports, by id, that their senders told later."""
    if locations:
        places = _place_columns(connection, campaign_id, list(locations.values()))
        rows = [place | {"moved_id": report_id} for report_id, place in zip(locations, places, strict=True)]
        connection.execute(update(Report).where(Report.id == bindparam("moved_id")), rows)


def _of_incident(campaign_id: int, draft: Draft, place: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an incident with one report: place and time are those of the report."""
    moment = draft.reading.moment
    return {
        "campaign_id": campaign_id,
        "topic_id": draft.topic_id,
        "point": place["point"],
        "radius_m": place["radius_m"],
        "occurred_at": moment.at if moment else draft.reported_at,
        "occurred_precision_s": moment.precision_s if moment else None,
    }


def _columns(campaign_id: int, draft: Draft) -> dict[str, Any]:
    reading = draft.reading
    return {
        "campaign_id": campaign_id,
        "reference": draft.reference or make_reference(),
        "source": draft.source,
        "source_id": draft.source_id,
        "message_id": draft.message_id,
        "contact_id": draft.contact_id,
        "account_id": draft.account_id,
        "browser_hash": draft.browser_hash,
        "text": draft.text,
        "text_key": text_key(draft.text),
        "language": reading.language.code,
        "language_confidence": reading.language.confidence,
        "topic_id": draft.topic_id,
        "topic_confidence": reading.topic.confidence if reading.topic else None,
        "occurred_at": reading.moment.at if reading.moment else draft.reported_at,
        "occurred_precision_s": reading.moment.precision_s if reading.moment else None,
        "reported_at": draft.reported_at,
        "answers": dict(draft.answers),
        "other_topics": list(draft.other_topics),
        "other_places": list(draft.other_places),
        "perhaps_answers_id": draft.perhaps_answers_id,
        "is_sensitive": draft.sensitive_reason is not None,
        "sensitive_reason": draft.sensitive_reason,
    }


def _place_columns(
    connection: Connection, campaign_id: int, locations: Sequence[Location | None]
) -> list[dict[str, Any]]:
    points = [(location.lat, location.lon) for location in locations if location is not None]
    codes = iter(list_area_codes(connection, campaign_id, points) if points else [])
    return [make_columns(location, next(codes)) if location is not None else dict(NOWHERE) for location in locations]

"""Toponyms in the text of a report: where they stand, and as places that a moderator may choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from geo.distance import distance_m
from geo.reasons import LocationSource
from geo.resolver.toponym_lookup import find_mentions
from geo.resolver.toponyms import ContextMention, Toponym
from reporting.extraction.personal_details import Detail, DetailKind

PLACES_MOST: Final = 12  # places that the text may add to the suggested ones
_BEFORE: Final = 60  # places of other reports that help to choose between homonyms, as in bench.tweets
_BESIDE: Final = 1_000  # so many reports before this one, and after it, are searched for such places
_SAME_M: Final = 100.0  # two places that are nearer than this are the same place, whatever their size

# A bounded range of ids, since no index finds reports with a pin. Sensitive reports are no evidence for other reports.
_AROUND = text(
    f"""
    SELECT ST_Y(point), ST_X(point) FROM report
     WHERE id BETWEEN :report_id - :beside AND :report_id + :beside AND id <> :report_id
       AND campaign_id = :campaign_id AND location_source = '{LocationSource.PIN}' AND NOT is_sensitive
     ORDER BY abs(id - :report_id) LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Named:
    """A toponym in a text, from character `start` to `end`; `number` is the number of its place."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text.

    `number` is that of the place it names, None for text without a toponym. `hides` is what stands there that is not
    shown; it has no words.
    """

    words: str
    number: int | None
    hides: DetailKind | None = None


def read_mentions(connection: Connection, report: Row[Any], first: tuple[float, float] | None) -> list[Toponym]:
    """Find the toponyms of a report's text in the gazetteer, in the order of the text.

    The row has `id`, `campaign_id`, `text`. Of several places of one name (homonyms) the one is chosen that lies near
    `first` (lat, lon), where the machine located the report, or near pins that moderators set for reports of about the
    same time.
    """
    if not report.text.strip():
        return []
    values = {"report_id": report.id, "campaign_id": report.campaign_id}
    around = [
        ContextMention(*point) for point in connection.execute(_AROUND, values | {"beside": _BESIDE, "most": _BEFORE})
    ]
    if first is not None:
        around.append(ContextMention(*first))
    return find_mentions(connection, report.campaign_id, report.text, around)


def is_same(one: Toponym, lat: float, lon: float, radius_m: float) -> bool:
    """Return whether a toponym's place is the one at a point, within half of the smaller radius (metres)."""
    return distance_m(one.lat, one.lon, lat, lon) < max(_SAME_M, min(one.radius_m, radius_m) / 2)


def cut(words: str, named: Sequence[Named], hidden: Sequence[Detail] = ()) -> list[Piece]:
    """Split a text into pieces in order, with each toponym and each hidden detail in a piece of its own.

    A toponym within a hidden detail is hidden with it.
    """
    shown = [one for one in named if not any(one.start < each.end and each.start < one.end for each in hidden)]
    pieces, behind = [], 0
    parts: list[Named | Detail] = [*shown, *hidden]
    for one in sorted(parts, key=lambda each: each.start):
        pieces.append(Piece(words[behind : one.start], None))
        behind = one.end
        if isinstance(one, Detail):
            pieces.append(Piece("", None, one.kind))
        else:
            pieces.append(Piece(words[one.start : one.end], one.number))
    return [piece for piece in (*pieces, Piece(words[behind:], None)) if piece.words or piece.hides]

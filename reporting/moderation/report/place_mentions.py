"""The places that the words of a report name: where they stand in its text, and as places that a moderator may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from geo.distance import distance_m
from geo.resolver.toponym_lookup import find_mentions
from geo.resolver.toponyms import ContextMention, Toponym

PLACES_MOST: Final = 12  # that the words add to those which were proposed
_BEFORE: Final = 60  # places of other reports that help to choose between namesakes, as bench.tweets has them
_BESIDE: Final = 1_000  # reports that came before this one, and after it, are looked through for them
_SAME_M: Final = 100.0  # nearer than this two places are one, whatever their size

# A bounded range of the key: no index knows who set a pin. A restricted report says nothing about another one.
_AROUND = text(
    """
    SELECT ST_Y(point), ST_X(point) FROM report
     WHERE id BETWEEN :report_id - :beside AND :report_id + :beside AND id <> :report_id
       AND campaign_id = :campaign_id AND location_source = 'pin' AND NOT is_sensitive
     ORDER BY abs(id - :report_id) LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Named:
    """Words of a text, from the character `start` to `end`, that name the place of a number."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `number` is that of the place which it names, None for the words between."""

    words: str
    number: int | None


def read_mentions(connection: Connection, report: Row[Any], first: tuple[float, float] | None) -> list[Toponym]:
    """The places that a report's words name by the gazetteer, in their order. The row has `id`, `campaign_id`, `text`.

    Of namesakes the one is meant that lies near `first` (lat, lon), where the machine saw the report, or near places
    that moderators confirmed for reports which came about the same time.
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
    """Whether a place that is named is the one at a point, as far as the smaller of both lets us tell."""
    return distance_m(one.lat, one.lon, lat, lon) < max(_SAME_M, min(one.radius_m, radius_m) / 2)


def cut(words: str, named: Sequence[Named]) -> list[Piece]:
    """A text in pieces, whole and in order, those that name a place apart."""
    pieces, behind = [], 0
    for one in named:
        pieces += [Piece(words[behind : one.start], None), Piece(words[one.start : one.end], one.number)]
        behind = one.end
    return [piece for piece in (*pieces, Piece(words[behind:], None)) if piece.words]

"""Corroboration: counts the independent sources of an incident, and detects coordinated duplicates.

An independent source is a sender with words of their own; all reports of unknown senders count as one source, as in
releases. If at least ten numbers send the same or nearly the same text within a day, and three in four of them never
wrote before, their reports are marked as a duplicate burst and counted apart. The mark is automatic; a moderator can
dismiss it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, text, update

from channels.built_in.capabilities import ENUMERATED
from reporting.incidents.text_similarity import fold, grams, share
from reporting.models.incident import DuplicateBurst
from reporting.models.report import Report
from reporting.models.states import DISMISSED, ReportState

NUMBERS_LEAST: Final = 10
NEW_LEAST: Final = 0.75  # minimum share of numbers that never wrote before
WITHIN_H: Final = 24
SAYING_GRAMS: Final = 24  # trigrams; shorter texts, of about five words, are often equal by chance
ALIKE_LEAST: Final = 0.9
_PASSED_ON_GRAMS: Final = 48  # a text of about ten words may be passed on with additions before or after it
_ANY_NUMBER_GRAMS: Final = 72  # in a text of about fifteen words a number may change ("send this to 7 people")
_COPIES: Final = 40  # latest equal texts that are read
_NEAR_COPIES: Final = 20  # latest nearly equal texts that are read, for each MinHash band

_WANTED = text(
    """
    SELECT id, campaign_id, contact_id, text, text_key, reported_at FROM report
     WHERE id = ANY(CAST(:ids AS bigint[])) AND duplicate_burst_id IS NULL AND NOT is_sensitive
         AND contact_id IS NOT NULL
       AND source <> ALL(:enumerated) ORDER BY id
    """
)
# Fast path: the latest report with an equal text already belongs to a duplicate burst.
_UNDER_WAY = text(
    """
    SELECT wanted.id, latest.duplicate_burst_id FROM report wanted
     CROSS JOIN LATERAL (
           SELECT n.duplicate_burst_id, n.reported_at FROM report n
            WHERE n.campaign_id = wanted.campaign_id AND n.text_key = wanted.text_key AND n.id < wanted.id
            ORDER BY n.id DESC LIMIT 1) latest
     WHERE wanted.id = ANY(CAST(:ids AS bigint[])) AND latest.duplicate_burst_id IS NOT NULL
       AND latest.reported_at BETWEEN wanted.reported_at - make_interval(hours => :hours)
                                  AND wanted.reported_at + make_interval(hours => :hours)
    """
)
# Each earlier report is fetched by its id, which OFFSET 0 and MATERIALIZED keep the planner from changing: by the
# statistics of a minute ago no report has a sender, so that it would compare every report with every other.
FIND_ALIKE = text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT id, campaign_id, text_key, reported_at FROM report WHERE id = ANY(CAST(:ids AS bigint[])))
    SELECT wanted.id AS report_id, n.id, n.contact_id, n.text, n.text_key, n.reported_at, n.duplicate_burst_id
      FROM wanted
     CROSS JOIN LATERAL (
           (SELECT n.id FROM report n WHERE n.campaign_id = wanted.campaign_id AND n.text_key = wanted.text_key
               AND n.id < wanted.id ORDER BY n.id DESC LIMIT :copies)
           UNION
           (SELECT near.report_id FROM report_minhash own
             CROSS JOIN LATERAL (
                   SELECT b.report_id FROM report_minhash b
                    WHERE b.campaign_id = own.campaign_id AND b.band = own.band AND b.report_id < wanted.id
                    ORDER BY b.report_id DESC LIMIT :near_copies) near
             WHERE own.report_id = wanted.id)) every
     CROSS JOIN LATERAL (SELECT * FROM report WHERE report.id = every.id OFFSET 0) n
     WHERE NOT n.is_sensitive AND n.contact_id IS NOT NULL AND n.source <> ALL(:enumerated)
       AND n.reported_at BETWEEN wanted.reported_at - make_interval(hours => :hours)
                             AND wanted.reported_at + make_interval(hours => :hours)
     ORDER BY wanted.id, n.id
    """
)
_NEW = text(
    """
    SELECT count(*)
      FROM unnest(CAST(:contact_ids AS bigint[]), CAST(:report_ids AS bigint[])) AS sent(contact_id, report_id)
     WHERE NOT EXISTS (SELECT FROM report earlier
                        WHERE earlier.contact_id = sent.contact_id AND earlier.id < sent.report_id)
    """
)
_OWN = "(report.duplicate_burst_id IS NULL OR duplicate_burst.dismissed_at IS NOT NULL)"
_COUNT = text(
    f"""
    SELECT count(*) FILTER (WHERE {_OWN}) AS reports,
           count(DISTINCT coalesce(report.contact_id, 0)) FILTER (WHERE {_OWN}) AS independent_sources,
           count(DISTINCT report.source) FILTER (WHERE {_OWN}) AS channels
      FROM report LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.incident_id = :incident_id AND report.state NOT IN {DISMISSED}
       AND (NOT report.is_sensitive OR :sees_restricted)
    """
)
_BURSTS = text(
    f"""
    SELECT duplicate_burst.id, duplicate_burst.figures, duplicate_burst.dismissed_at IS NOT NULL AS is_dismissed,
        count(*) AS reports,
           count(DISTINCT report.contact_id) AS numbers, min(report.reported_at) AS first_at,
           max(report.reported_at) AS last_at,
           (SELECT count(*) FROM report AS every WHERE every.duplicate_burst_id = duplicate_burst.id
               AND NOT every.is_sensitive AND every.state <> '{ReportState.ERASED}') AS everywhere
      FROM report JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
     WHERE report.incident_id = :incident_id AND report.state NOT IN {DISMISSED} AND NOT report.is_sensitive
     GROUP BY duplicate_burst.id ORDER BY reports DESC, duplicate_burst.id LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class CoordinatedDuplicates:
    """A duplicate burst among the reports of an incident, and its size `everywhere` in the campaign.

    `figures` say why it was marked. With `is_dismissed` a moderator declared the reports independent, and they count.
    """

    burst_id: int
    figures: Mapping[str, int]
    is_dismissed: bool
    reports: int
    numbers: int
    first_at: datetime
    last_at: datetime
    everywhere: int


@dataclass(frozen=True, slots=True)
class Corroboration:
    """Counts of reports, independent sources and channels; duplicate bursts are counted apart."""

    reports: int
    independent_sources: int
    channels: int
    copies: Sequence[CoordinatedDuplicates]


def corroborate(
    connection: Connection, incident_id: int, *, sees_restricted: bool = False, bursts_most: int = 10
) -> Corroboration:
    """Count the independent sources of an incident, without rejected, erased and hidden sensitive reports."""
    values = {"incident_id": incident_id, "sees_restricted": sees_restricted}
    row = connection.execute(_COUNT, values).one()
    bursts = connection.execute(_BURSTS, {"incident_id": incident_id, "limit": bursts_most})
    return Corroboration(
        row.reports, row.independent_sources, row.channels, [CoordinatedDuplicates(*burst) for burst in bursts]
    )


def mark_duplicates(connection: Connection, report_ids: Sequence[int]) -> int:
    """Mark new reports that belong to a duplicate burst, with the earlier ones; return how many new ones do.

    The linking lock must be held, so that two workers do not each see half of a burst.
    """
    rows = connection.execute(_WANTED, {"ids": list(report_ids), "enumerated": ENUMERATED})
    wanted = {row.id: row for row in rows if len(grams(row.text)) >= SAYING_GRAMS}
    if not wanted:
        return 0
    values = {"ids": list(wanted), "hours": WITHIN_H}
    bursts = {row.id: row.duplicate_burst_id for row in connection.execute(_UNDER_WAY, values)}
    rest = [report_id for report_id in wanted if report_id not in bursts]
    _join(connection, bursts)
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    limits = {"copies": _COPIES, "near_copies": _NEAR_COPIES, "enumerated": ENUMERATED}
    for row in connection.execute(FIND_ALIKE, values | limits | {"ids": rest}) if rest else ():
        if _is_copy(wanted[row.report_id], row):
            found[row.report_id].append(row)
    for report_id in sorted(found):
        burst_id = _find_burst(connection, wanted[report_id], found[report_id], bursts)
        if burst_id is not None:
            bursts[report_id] = burst_id
    return sum(report_id in bursts for report_id in wanted)


def dismiss_duplicates(connection: Connection, burst_id: int, *, is_dismissed: bool) -> None:
    """Count the reports of a duplicate burst as independent sources, or no longer."""
    statement = update(DuplicateBurst).where(DuplicateBurst.id == burst_id)
    connection.execute(statement.values(dismissed_at=text("now()") if is_dismissed else None))


def _is_copy(a: Row[Any], b: Row[Any]) -> bool:
    """Return whether two texts are equal or nearly equal.

    Other numbers make another text, because camp 12 is not camp 15; in long texts numbers may differ. A long text stays
    equal with a greeting before it or a name below it.
    """
    if a.text_key == b.text_key:
        return True
    grams_a, grams_b = grams(a.text), grams(b.text)
    said = min(len(grams_a), len(grams_b))
    if said < _ANY_NUMBER_GRAMS and _numbers(a.text) != _numbers(b.text):
        return False
    if said < _PASSED_ON_GRAMS:
        return share(grams_a, grams_b) >= ALIKE_LEAST
    return len(grams_a & grams_b) >= ALIKE_LEAST * said


def _numbers(words: str) -> list[str]:
    return sorted(word for word in fold(words).split() if word.isdecimal())


def _find_burst(
    connection: Connection, own: Row[Any], others: Sequence[Row[Any]], bursts: dict[int, int]
) -> int | None:
    """Find the duplicate burst of a report: that of earlier reports, or a new one if there are enough."""
    known = [bursts.get(other.id) or other.duplicate_burst_id for other in others]
    burst_id = next((each for each in reversed(known) if each is not None), None)
    if burst_id is not None:
        unmarked = [other.id for other, burst in zip(others, known, strict=True) if burst is None]
        _join(connection, dict.fromkeys((own.id, *unmarked), burst_id))
        return int(burst_id)
    first_of = {row.contact_id: row.id for row in (own, *reversed(others))}
    if len(first_of) < NUMBERS_LEAST:
        return None
    sent = {"contact_ids": list(first_of), "report_ids": list(first_of.values())}
    new = int(connection.execute(_NEW, sent).scalar_one())
    if new < NEW_LEAST * len(first_of):
        return None
    times = [row.reported_at for row in (own, *others)]
    within_s = round((max(times) - min(times)).total_seconds())
    figures = {"numbers": len(first_of), "new_numbers": new, "within_s": within_s}
    statement = insert(DuplicateBurst).values(campaign_id=own.campaign_id, figures=figures).returning(DuplicateBurst.id)
    burst_id = int(connection.execute(statement).scalar_one())
    _join(connection, dict.fromkeys((row.id for row in (own, *others)), burst_id))
    return burst_id


def _join(connection: Connection, bursts: Mapping[int, int]) -> None:
    """Add reports to duplicate bursts, except those that a moderator has locked; the next duplicate adds these."""
    for burst_id in set(bursts.values()):
        ids: Iterable[int] = [report_id for report_id, found in bursts.items() if found == burst_id]
        free = select(Report.id).where(Report.id.in_(ids), Report.duplicate_burst_id.is_(None))
        # In two steps: a planner without statistics may read the whole table for a subquery that locks.
        found_free = connection.execute(free.with_for_update(skip_locked=True)).scalars().all()
        if found_free:
            connection.execute(update(Report).where(Report.id.in_(found_free)).values(duplicate_burst_id=burst_id))

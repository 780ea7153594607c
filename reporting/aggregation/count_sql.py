"""SQL that counts approved reports by area, topic and month, and compares them with what was last published.

All counts read one temporary table, `counted`, which one statement fills. A moderator who decides during a build can
therefore not make a release contradict itself. All reports without a known sender count as one sender (0): anonymous
reports cannot be told apart, and if each counted as a person, one person could fill a cell alone. The senders of a
duplicate burst count as one sender too, because many new numbers can belong to one person.
"""

from typing import Final

from sqlalchemy import Connection, text

from reporting.aggregation.cube import INCIDENTS, REPORTS, Cube
from reporting.aggregation.disclosure_control import CellCount, Figure
from reporting.aggregation.period import Period

UNKNOWN_SENDER: Final = 0
# SQL expression for the sender of a report that is joined with `duplicate_burst`. Contact ids are positive, so that
# negative burst ids cannot collide with them. Needs the parameter `unknown_sender`.
SENDER: Final = """
    CASE WHEN duplicate_burst.id IS NOT NULL AND duplicate_burst.dismissed_at IS NULL THEN -duplicate_burst.id
         ELSE coalesce(report.contact_id, :unknown_sender) END
"""

# The level is not a join condition on purpose: with campaign and level a planner without statistics would choose
# their index and read all areas for every report.
_GATHER = text(
    f"""
    CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
    SELECT report.id AS report_id, report.incident_id, {SENDER} AS sender,
           CASE WHEN area.level = :level THEN area.code END AS area_code, topic.code AS topic,
           report.radius_m, report.reported_at, report.occurred_at,
           report.occurred_precision_s IS NOT NULL AS gives_time,
           to_char(report.occurred_at AT TIME ZONE :timezone, 'YYYY-MM') AS month
      FROM report
      LEFT JOIN topic ON topic.id = report.topic_id
      LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
      LEFT JOIN area ON area.campaign_id = report.campaign_id
       AND area.code = report.area_codes ->> CAST(:level AS text)
     WHERE report.campaign_id = :campaign_id AND report.state = 'approved' AND NOT report.is_sensitive
       AND (CAST(:start AS timestamptz) IS NULL OR report.occurred_at >= :start)
       AND (CAST(:end AS timestamptz) IS NULL OR report.occurred_at < :end)
    """  # noqa: S608  # a constant of this file
)

# The reports behind the last fresh figure of each cell, from a release of any period: a month is in the release of the
# month, of the year and of everything, and nobody may subtract these from each other. Releases that wait are left out,
# because nobody has read them; withdrawn ones have been read.
_GATHER_BEHIND = text(
    f"""
    CREATE TEMPORARY TABLE behind ON COMMIT DROP AS
    WITH latest AS (
        SELECT DISTINCT ON (member.area_code, member.topic, member.month)
               member.area_code, member.topic, member.month, member.release_id
          FROM release_cell_report AS member JOIN release ON release.id = member.release_id
          JOIN release_state AS state ON state.release_id = release.id AND NOT state.is_waiting
         WHERE release.campaign_id = :campaign_id AND release.cube = :cube
         ORDER BY member.area_code, member.topic, member.month, member.release_id DESC)
    SELECT member.area_code, member.topic, member.month, member.report_id,
           {SENDER} AS sender
      FROM latest JOIN release_cell_report AS member USING (release_id, area_code, topic, month)
      LEFT JOIN report ON report.id = member.report_id
      LEFT JOIN duplicate_burst ON duplicate_burst.id = report.duplicate_burst_id
    """  # noqa: S608  # a constant of this file
)

_COUNT = text(
    """
    WITH cell AS (
        SELECT area_code, topic, month, count(*) AS reports, count(DISTINCT incident_id) AS incidents,
               count(DISTINCT sender) AS senders
          FROM counted WHERE area_code IS NOT NULL AND topic IS NOT NULL GROUP BY area_code, topic, month),
    changed AS (
        SELECT area_code, topic, month, count(DISTINCT coalesce(counted.sender, behind.sender)) AS senders
          FROM counted FULL JOIN behind USING (area_code, topic, month, report_id)
         WHERE counted.sender IS NULL OR behind.sender IS NULL GROUP BY area_code, topic, month),
    shown AS (
        SELECT DISTINCT ON (c.area_code, c.topic, c.month, c.measure) c.area_code, c.topic, c.month, c.measure, c.value
          FROM release_cell AS c JOIN release ON release.id = c.release_id
          JOIN release_state AS state ON state.release_id = release.id AND NOT state.is_waiting
         WHERE release.campaign_id = :campaign_id AND release.cube = :cube AND c.value IS NOT NULL
         ORDER BY c.area_code, c.topic, c.month, c.measure, c.release_id DESC),
    public_cell AS (
        SELECT area_code, topic, month, jsonb_object_agg(measure, value) AS figures
          FROM shown GROUP BY area_code, topic, month)
    SELECT cell.*, coalesce(changed.senders, 0) AS changed_senders, public_cell.figures
      FROM cell LEFT JOIN changed USING (area_code, topic, month) LEFT JOIN public_cell USING (area_code, topic, month)
     ORDER BY area_code, topic, month
    """
)

_NOTE = text(
    """
    CREATE TEMPORARY TABLE outcome ON COMMIT DROP AS
    SELECT * FROM unnest(CAST(:areas AS text[]), CAST(:topics AS text[]), CAST(:months AS text[]),
                         CAST(:outcomes AS text[])) AS cell(area_code, topic, month, outcome)
    """
)

_REMEMBER = text(
    """
    INSERT INTO release_cell_report (release_id, area_code, topic, month, report_id)
    SELECT :release_id, counted.area_code, counted.topic, counted.month, counted.report_id
      FROM counted JOIN outcome USING (area_code, topic, month) WHERE outcome.outcome = 'fresh'
    """
)

# A loose index scan: jumps from month to month by an index instead of reading every report.
_MONTHS = text(
    """
    WITH RECURSIVE month AS (
         SELECT max(occurred_at) AS latest FROM report
          WHERE campaign_id = :campaign_id AND state = 'approved' AND NOT is_sensitive
          UNION ALL
         SELECT (SELECT max(occurred_at) FROM report
                  WHERE campaign_id = :campaign_id AND state = 'approved' AND NOT is_sensitive
                    AND occurred_at < date_trunc('month', month.latest, :timezone))
           FROM month WHERE latest IS NOT NULL)
    SELECT to_char(latest AT TIME ZONE :timezone, 'YYYY-MM') FROM month WHERE latest IS NOT NULL ORDER BY latest DESC
    """
)


def gather_reports(
    connection: Connection, campaign_id: int, cube: Cube, level: int, timezone: str, period: Period
) -> None:
    """Fill the tables `counted` (approved reports of the period) and `behind` (reports behind what was last published).

    Both are temporary and live until the transaction ends.
    """
    connection.execute(text("DROP TABLE IF EXISTS counted, behind, outcome"))
    values = {"campaign_id": campaign_id, "unknown_sender": UNKNOWN_SENDER}
    span = {"level": level, "timezone": timezone, "start": period.start, "end": period.end}
    connection.execute(_GATHER, values | span)
    connection.execute(_GATHER_BEHIND, values | {"cube": cube.name})
    connection.execute(text("ANALYZE counted, behind"))


def list_cells(connection: Connection, campaign_id: int, cube: Cube) -> list[CellCount]:
    """Count the gathered reports, one cell a row, with the last published figures and how many senders changed them."""
    values = {"campaign_id": campaign_id, "cube": cube.name}
    return [
        CellCount(
            area_code=row.area_code,
            topic=row.topic,
            month=row.month,
            senders=row.senders,
            values={REPORTS: row.reports, INCIDENTS: row.incidents},
            changed_senders=row.changed_senders,
            shown=row.figures,
        )
        for row in connection.execute(_COUNT, values)
    ]


def record_outcomes(connection: Connection, figures: list[Figure]) -> None:
    """Store the protection outcome of each cell in the temporary table `outcome`, until the transaction ends."""
    values = {
        "areas": [figure.area_code for figure in figures],
        "topics": [figure.topic for figure in figures],
        "months": [figure.month for figure in figures],
        "outcomes": [figure.outcome.value for figure in figures],
    }
    connection.execute(_NOTE, values)


def remember_reports(connection: Connection, release_id: int) -> None:
    """Store which of the gathered reports contributed to the fresh figures; the next release compares with them."""
    connection.execute(_REMEMBER, {"release_id": release_id})


def list_months(connection: Connection, campaign_id: int, timezone: str) -> list[str]:
    """List the months (`YYYY-MM`) in which approved reports happened, latest first."""
    return list(connection.execute(_MONTHS, {"campaign_id": campaign_id, "timezone": timezone}).scalars())

"""SQL of the version of a profile in force at a report: the last that began until then, before the first the first."""

from typing import Final

_TIMES: Final = """
    CASE WHEN lag(own.id) OVER told IS NULL THEN '-infinity' ELSE own.created_at END AS begins,
    coalesce(lead(own.created_at) OVER told, 'infinity') AS ends
"""
_ALWAYS: Final = "CAST('-infinity' AS timestamptz) AS begins, CAST('infinity' AS timestamptz) AS ends"
_TOLD: Final = "WINDOW told AS (PARTITION BY own.contact_id ORDER BY own.created_at, own.version)"
_OF_CAMPAIGN: Final = "own.campaign_id = %(campaign)s AND own.contact_id IS NOT NULL"
_HAS_SECOND: Final = """
    EXISTS (SELECT FROM reporter_profile AS later
             WHERE later.campaign_id = %(campaign)s AND later.contact_id = own.contact_id AND later.version > 1)
"""
# The versions of the sender of `report`, and those of a campaign (a psycopg parameter), which many reports are joined
# with by contact instead of a search for each. Of them the one counts for a report that is IN_FORCE. Most contacts have
# one version, which is numbered 1 and always in force: only the others are sorted.
VERSIONS_OF_SENDER: Final = f"""
    SELECT own.*, {_TIMES} FROM reporter_profile AS own
     WHERE own.contact_id = report.contact_id AND own.campaign_id = report.campaign_id {_TOLD}
"""
VERSIONS_OF_CAMPAIGN: Final = f"""
    SELECT own.*, {_ALWAYS} FROM reporter_profile AS own WHERE {_OF_CAMPAIGN} AND NOT {_HAS_SECOND}
     UNION ALL
    SELECT own.*, {_TIMES} FROM reporter_profile AS own WHERE {_OF_CAMPAIGN} AND {_HAS_SECOND} {_TOLD}
"""
IN_FORCE: Final = "report.reported_at >= begins AND report.reported_at < ends"

"""SQL of the version of a profile in force at a report: the last that began until then, before the first the first."""

from typing import Final

_TIMES: Final = """
    CASE WHEN lag(own.id) OVER told IS NULL THEN '-infinity' ELSE own.created_at END AS begins,
    coalesce(lead(own.created_at) OVER told, 'infinity') AS ends
"""
_TOLD: Final = "WINDOW told AS (PARTITION BY own.contact_id ORDER BY own.created_at, own.version)"
# The versions of the sender of `report`, and those of a campaign (a psycopg parameter), which many reports are joined
# with by contact instead of a search for each. Of them the one counts for a report that is IN_FORCE.
VERSIONS_OF_SENDER: Final = f"""
    SELECT own.*, {_TIMES} FROM reporter_profile AS own
     WHERE own.contact_id = report.contact_id AND own.campaign_id = report.campaign_id {_TOLD}
"""
VERSIONS_OF_CAMPAIGN: Final = f"""
    SELECT own.*, {_TIMES} FROM reporter_profile AS own
     WHERE own.campaign_id = %(campaign)s AND own.contact_id IS NOT NULL {_TOLD}
"""
IN_FORCE: Final = "report.reported_at >= begins AND report.reported_at < ends"

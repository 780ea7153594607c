"""Human-confirmed links: finds reports whose links a moderator has decided, which automatic linking must not move."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, text

from reporting.models.states import DecisionKind, LinkState

LINKING_DECISIONS: Final = (DecisionKind.LINK, DecisionKind.UNLINK, DecisionKind.SPLIT, DecisionKind.MERGE)

# Decided on their own page, on that of the report that they were linked with, or moved by a decision on another report.
DECIDED = text(
    f"""
    SELECT wanted.id FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
     WHERE EXISTS (SELECT FROM decision WHERE report_id = wanted.id AND kind = ANY(:kinds)
                      AND (kind <> '{DecisionKind.UNDO}' OR after ? 'changed'))
        OR EXISTS (SELECT FROM link JOIN decision
                      ON decision.report_id = CASE WHEN link.report_id = wanted.id THEN link.candidate_id
                                                   ELSE link.report_id END
                    WHERE wanted.id IN (link.report_id, link.candidate_id) AND link.state = '{LinkState.LINKED}'
                      AND decision.kind = ANY(:kinds) AND decision.after ->> 'candidate_id' = wanted.id::text)
        OR EXISTS (SELECT FROM decision WHERE after ? 'changed' AND kind = ANY(:kinds)
                      AND (after #> '{{changed,incident_of}}') ? wanted.id::text)
    """
)
_NOTED = text(
    """
    SELECT DISTINCT report_id FROM decision WHERE report_id = ANY(CAST(:ids AS bigint[])) AND after ? 'changed'
    """
)


def list_decided(
    connection: Connection, report_ids: Sequence[int], kinds: Collection[str] = LINKING_DECISIONS
) -> set[int]:
    """List those of the reports about whose links a moderator has decided."""
    return set(connection.execute(DECIDED, {"ids": list(report_ids), "kinds": list(kinds)}).scalars())


def list_recorded(connection: Connection, report_ids: Collection[int]) -> set[int]:
    """List the reports whose decisions recorded a change set; undoing it requires that the links are still the same."""
    return set(connection.execute(_NOTED, {"ids": sorted(report_ids)}).scalars())

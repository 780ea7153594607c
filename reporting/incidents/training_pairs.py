"""Training pairs: moderators' decisions about pairs of reports, as examples for learning match weights.

An example is a pair that a moderator linked (link, merge) or parted (unlink) and whose state is still so. Undone
decisions are left out, and reports whose text was purged. Pairs that a split parted together are left out as well,
because no moderator judged each of them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from reporting.incidents.candidates import Candidate, list_candidates, list_observations
from reporting.incidents.similarity import Comparison, lay
from reporting.models.states import DecisionKind, LinkState, ReportState, sql_list

_AT_ONCE = 200
_KINDS = sql_list(DecisionKind.LINK, DecisionKind.MERGE, DecisionKind.UNLINK)
# Each pair once, in either direction, with the decision that is still valid.
_DECIDED = text(
    f"""
    WITH said AS (
        SELECT DISTINCT ON (least(report_id, candidate_id), greatest(report_id, candidate_id))
               id, report_id, candidate_id, kind <> '{DecisionKind.UNLINK}' AS is_same
          FROM (SELECT id, kind, report_id, CAST(after ->> 'candidate_id' AS bigint) AS candidate_id FROM decision
                 WHERE campaign_id = :campaign_id AND kind IN {_KINDS}
                   AND after ? 'candidate_id') pair
         ORDER BY least(report_id, candidate_id), greatest(report_id, candidate_id), id DESC)
    SELECT said.* FROM said
      JOIN report a ON a.id = said.report_id
       AND a.state <> '{ReportState.ERASED}' AND a.purged_at IS NULL AND NOT a.is_sensitive
      JOIN report b ON b.id = said.candidate_id
       AND b.state <> '{ReportState.ERASED}' AND b.purged_at IS NULL AND NOT b.is_sensitive
     WHERE CASE WHEN said.is_same THEN a.incident_id = b.incident_id
                ELSE EXISTS (SELECT FROM link WHERE link.state = '{LinkState.UNLINKED}'
                              AND ((link.report_id = a.id AND link.candidate_id = b.id)
                                OR (link.report_id = b.id AND link.candidate_id = a.id))) END
     ORDER BY said.id
    """
)


@dataclass(frozen=True, slots=True)
class Example:
    """A training pair: the comparison, the moderator's decision and its id."""

    decision_id: int
    comparison: Comparison
    is_same: bool


def list_examples(connection: Connection, campaign_id: int) -> list[Example]:
    """List all training pairs of a campaign in the order of the decisions."""
    pairs = connection.execute(_DECIDED, {"campaign_id": campaign_id}).all()
    examples: list[Example] = []
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        found = _read_reports(
            connection, [(max(p.report_id, p.candidate_id), min(p.report_id, p.candidate_id)) for p in some]
        )
        for pair in some:
            later = found[max(pair.report_id, pair.candidate_id)]
            earlier = found[min(pair.report_id, pair.candidate_id)]
            laid = lay(later.observation, earlier.observation, window_s=later.window_s)
            examples.append(Example(pair.id, laid, pair.is_same))
    return examples


def _read_reports(connection: Connection, pairs: Sequence[tuple[int, int]]) -> Mapping[int, Candidate]:
    """Read the reports of pairs as linking sees them, with the wider radius of candidates on a default pin."""
    ids = sorted({report_id for pair in pairs for report_id in pair})
    seen = {candidate.observation.id: candidate for candidate in list_observations(connection, ids)}
    asked = sorted({later for later, _ in pairs})
    others = defaultdict(set)
    for later, earlier in pairs:
        others[later].add(earlier)
    for later, candidates in list_candidates(connection, asked).items():
        seen.update({c.observation.id: c for c in candidates if c.observation.id in others[later]})
    return seen

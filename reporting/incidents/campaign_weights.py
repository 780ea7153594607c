"""The match weights of a campaign: learned from its moderators' decisions, or the default weights."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from reporting.incidents.default_weights import WEIGHTS
from reporting.models.report import MatchWeights, Report

SHIPPED_VERSION: Final = 0


@dataclass(frozen=True, slots=True)
class Weights:
    """A version of the match weights by name of the evidence, with the measurements of its training."""

    version: int
    values: Mapping[str, float]
    figures: Mapping[str, Any]

    @property
    def learned_until(self) -> int:
        """Return the id of the last decision that was used for training; 0 for the default weights."""
        return int(self.figures.get("learned_until", 0))


SHIPPED: Final = Weights(SHIPPED_VERSION, WEIGHTS, {})


def get_weights(connection: Connection, campaign_id: int) -> Weights:
    """Get the latest match weights of a campaign; the default weights if none were learned."""
    query = (
        select(MatchWeights.version, MatchWeights.weights, MatchWeights.figures)
        .where(MatchWeights.campaign_id == campaign_id)
        .order_by(MatchWeights.version.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return SHIPPED if row is None else Weights(row.version, _complete(row.weights), row.figures)


def get_weights_for(connection: Connection, report_ids: Sequence[int]) -> Mapping[str, float]:
    """Get the match weights of the campaign of these reports, once for each batch."""
    query = select(Report.campaign_id).where(Report.id.in_(report_ids)).limit(1)
    campaign_id = connection.execute(query).scalar()
    return WEIGHTS if campaign_id is None else get_weights(connection, campaign_id).values


def add_weights(
    connection: Connection, campaign_id: int, values: Mapping[str, float], figures: Mapping[str, Any]
) -> int:
    """Store a new version of the match weights; return its number."""
    latest = select(func.coalesce(func.max(MatchWeights.version), SHIPPED_VERSION)).where(
        MatchWeights.campaign_id == campaign_id
    )
    version = int(connection.execute(latest).scalar_one()) + 1
    row = {"campaign_id": campaign_id, "version": version, "weights": dict(values), "figures": dict(figures)}
    connection.execute(insert(MatchWeights).values(row))
    return version


def _complete(stored: Mapping[str, Any]) -> dict[str, float]:
    """Fill in the default weight for evidence that a stored version lacks or has no finite number for."""
    return {
        name: float(stored[name])
        if isinstance(stored.get(name), int | float) and math.isfinite(stored[name])
        else shipped
        for name, shipped in WEIGHTS.items()
    }

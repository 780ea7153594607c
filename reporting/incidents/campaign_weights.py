"""The weights that a campaign goes by: those learned from its moderators, or the shipped ones."""

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
    """A version of the weights by name of the evidence, and what was measured when it was learned."""

    version: int
    values: Mapping[str, float]
    figures: Mapping[str, Any]

    @property
    def learned_until(self) -> int:
        """The id of the last decision that it was learned from; 0 for the shipped ones."""
        return int(self.figures.get("learned_until", 0))


SHIPPED: Final = Weights(SHIPPED_VERSION, WEIGHTS, {})


def get_weights(connection: Connection, campaign_id: int) -> Weights:
    """The latest version of a campaign; the shipped one where none was learned."""
    query = (
        select(MatchWeights.version, MatchWeights.weights, MatchWeights.figures)
        .where(MatchWeights.campaign_id == campaign_id)
        .order_by(MatchWeights.version.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return SHIPPED if row is None else Weights(row.version, _complete(row.weights), row.figures)


def get_weights_for(connection: Connection, report_ids: Sequence[int]) -> Mapping[str, float]:
    """The weights that the campaign of these reports goes by now: a new version counts from the next batch on."""
    query = select(Report.campaign_id).where(Report.id.in_(report_ids)).limit(1)
    campaign_id = connection.execute(query).scalar()
    return WEIGHTS if campaign_id is None else get_weights(connection, campaign_id).values


def add_weights(
    connection: Connection, campaign_id: int, values: Mapping[str, float], figures: Mapping[str, Any]
) -> int:
    """Store a new version; returns its number."""
    latest = select(func.coalesce(func.max(MatchWeights.version), SHIPPED_VERSION)).where(
        MatchWeights.campaign_id == campaign_id
    )
    version = int(connection.execute(latest).scalar_one()) + 1
    row = {"campaign_id": campaign_id, "version": version, "weights": dict(values), "figures": dict(figures)}
    connection.execute(insert(MatchWeights).values(row))
    return version


def _complete(stored: Mapping[str, Any]) -> dict[str, float]:
    """Evidence that a version of before did not know, or has no sound number for, keeps its shipped weight."""
    return {
        name: float(stored[name])
        if isinstance(stored.get(name), int | float) and math.isfinite(stored[name])
        else shipped
        for name, shipped in WEIGHTS.items()
    }

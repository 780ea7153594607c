"""What senders tell later about their reports: collected over a batch, and written together.

Whoever moves a report holds its campaign's linking lock, which there is once. Written at the end of the batch, all
changes take it for a few statements; written one by one, they kept every other worker waiting for most of the batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson
from sqlalchemy import Connection, select, text

from geo.reasons import LocationSource
from geo.types import Location
from reporting.models.report import Report
from reporting.models.states import ReportState
from reporting.reports.create import set_places
from reporting.reports.learn_place import learn_from_pin

_ADD_ANSWERS: Final = text(
    """
    UPDATE report SET answers = report.answers || told.answers
      FROM unnest(CAST(:ids AS bigint[]), CAST(:answers AS jsonb[])) AS told(id, answers)
     WHERE report.id = told.id
    """
)


@dataclass(frozen=True, slots=True)
class ToldLater:
    """Answers and locations by report, which stand with the reports once they are written."""

    answers: dict[int, dict[str, object]] = field(default_factory=dict)
    locations: dict[int, Location] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything was collected."""
        return bool(self.answers or self.locations)

    def add_answers(self, report_id: int, answers: Mapping[str, object]) -> None:
        """Add answers to a report's form by question code; a later answer replaces an earlier one."""
        self.answers.setdefault(report_id, {}).update(answers)

    def place(self, report_id: int, location: Location) -> None:
        """Locate a report; a later location replaces an earlier one."""
        self.locations[report_id] = location

    def write(self, connection: Connection, campaign_id: int) -> list[int]:
        """Write what was collected, and return the ids of the reports that lie elsewhere now, to be linked again.

        The linking lock must be held. Reports that a moderator has decided or given a pin stay where they are.
        """
        locked = _lock(connection, sorted({*self.answers, *self.locations}))
        movable = [report_id for report_id in sorted(self.locations) if may_move(*locked[report_id])]
        set_places(connection, campaign_id, {report_id: self.locations[report_id] for report_id in movable})
        # Nothing is put back into a report that was erased since its answer was read.
        kept = [report_id for report_id in sorted(self.answers) if locked[report_id][0] != ReportState.ERASED]
        if kept:
            told = [orjson.dumps(self.answers[report_id]).decode() for report_id in kept]
            connection.execute(_ADD_ANSWERS, {"ids": kept, "answers": told})
        for report_id in kept:
            if locked[report_id][1] == LocationSource.PIN:
                learn_from_pin(connection, report_id)
        self.answers.clear()
        self.locations.clear()
        return movable


def may_move(state: str, location_source: str | None) -> bool:
    """Return whether what its sender tells later may move a report: no moderator has decided it or set its pin."""
    return state == ReportState.QUEUED and location_source != LocationSource.PIN


def _lock(connection: Connection, report_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """Lock reports in the order of their ids; gives state and location source by id."""
    if not report_ids:
        return {}
    query = select(Report.id, Report.state, Report.location_source).where(Report.id.in_(report_ids))
    rows = connection.execute(query.order_by(Report.id).with_for_update(key_share=True))
    return {row.id: (row.state, row.location_source) for row in rows}

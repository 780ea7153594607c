"""Messages from a file take the same way as those from a webhook: stored by the same statement, then processed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select

from channels.base import InboundMessage
from reporting.db import Database
from reporting.intake.pseudonym import Pseudonyms
from reporting.intake.store import accept_each, make_row
from reporting.intake.table import read_rows, read_time
from reporting.models.base import now
from reporting.models.campaign import Campaign, Line

_BATCH = 500


@dataclass(slots=True)
class ImportCounts:
    """What an import did. `refusals` are (line, reason)."""

    read: int = 0
    added: int = 0
    known: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MessageImport:
    """An import into one campaign by way of one channel."""

    database: Database
    pseudonyms: Pseudonyms
    campaign_id: int
    channel: str

    def run(self, path: Path, text_columns: Sequence[str], progress: Callable[[int], None]) -> ImportCounts:
        """Store every row; one that is there already (same channel, id, sender and words) changes nothing.

        The text is that of the first named column that is not empty. Raises TableError.
        """
        counts = ImportCounts()
        with self.database.begin() as connection:
            timezone = connection.execute(select(Campaign.timezone).where(Campaign.id == self.campaign_id)).scalar_one()
            line = connection.execute(
                select(Line.address).where(Line.campaign_id == self.campaign_id, Line.channel == self.channel).limit(1)
            ).scalar()
        rows = self._rows(path, text_columns, timezone, line, counts)
        while batch := list(islice(rows, _BATCH)):
            with self.database.begin() as connection:
                added = accept_each(connection, batch)
            counts.added += added
            counts.known += len(batch) - added
            progress(counts.read)
        return counts

    def _rows(
        self, path: Path, text_columns: Sequence[str], timezone: str, line: str | None, counts: ImportCounts
    ) -> Iterator[dict[str, Any]]:
        for number, row in read_rows(path, ["id", *text_columns]):
            counts.read += 1
            if not row["id"]:
                counts.refusals.append((number, "no id"))
                continue
            received_at = None
            if row.get("received_at"):
                try:
                    received_at = read_time(row["received_at"], timezone)
                except ValueError:
                    counts.refusals.append((number, "received_at is not an ISO 8601 time"))
                    continue
            message = InboundMessage(
                external_id=row["id"],
                party=row.get("sender") or None,
                line=line,
                text=next((row[column] for column in text_columns if row[column]), ""),
            )
            values = make_row(
                self.pseudonyms, self.channel, message, campaign_id=self.campaign_id, received_at=received_at or now()
            )
            if received_at is None:
                values["content_hash"] = None  # without times nothing tells a repeat from the same words said again
            yield values

"""Messages from a file take the same way as those from a webhook: stored by the same statement, then processed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from channels.base import InboundMessage
from channels.phone_number import spell_international
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.csv_file import read_rows, read_time
from reporting.db import Database
from reporting.inbox.store import accept_each, make_row
from reporting.models.base import now
from reporting.models.campaign import Campaign, Line

_BATCH = 500
# What a spreadsheet makes of a long number, and of a whole one.
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_WHOLE: Final = re.compile(r"(?<=\d)[.,]0+$")


@dataclass(slots=True)
class ImportCounts:
    """What an import did. `refusals` and `remarks` are (line, reason); a row with a remark was taken all the same."""

    read: int = 0
    added: int = 0
    known: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)


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
            query = select(Campaign.timezone, Campaign.country).where(Campaign.id == self.campaign_id)
            timezone, country = connection.execute(query).one()
            line = connection.execute(
                select(Line.address).where(Line.campaign_id == self.campaign_id, Line.channel == self.channel).limit(1)
            ).scalar()
        rows = self._rows(path, text_columns, (timezone, country), line, counts)
        while batch := list(islice(rows, _BATCH)):
            with self.database.begin() as connection:
                added = accept_each(connection, batch)
            counts.added += added
            counts.known += len(batch) - added
            progress(counts.read)
        return counts

    def _rows(
        self, path: Path, text_columns: Sequence[str], where: tuple[str, str], line: str | None, counts: ImportCounts
    ) -> Iterator[dict[str, Any]]:
        timezone, country = where
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
                party=self._read_sender(row.get("sender") or "", country, number, counts),
                line=line,
                text=next((row[column] for column in text_columns if row[column]), ""),
            )
            values = make_row(
                self.pseudonyms, self.channel, message, campaign_id=self.campaign_id, received_at=received_at or now()
            )
            if received_at is None:
                values["content_hash"] = None  # without times nothing tells a repeat from the same words said again
            yield values

    def _read_sender(self, written: str, country: str, number: int, counts: ImportCounts) -> str | None:
        """The sender as webhooks spell them, so that who has left is known again; None where the digits are lost."""
        sender = _WHOLE.sub("", written.strip())
        if _SCIENTIFIC.fullmatch(sender):
            counts.remarks.append((number, "sender has lost its digits to a spreadsheet (9.7E+12): taken without one"))
            return None
        return spell_international(sender, country) if sender else None

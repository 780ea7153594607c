"""Imports inbound messages from a file: stored by the same statement as webhook messages, then processed."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from channels.base.items import InboundMessage
from channels.phone_number import spell_international
from config.table_file.columns import Columns
from config.table_file.errors import Remarks
from config.table_file.reader import Row, find_day_order, open_table
from config.table_file.values import read_time
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.store import accept_each, make_row
from reporting.models.base import now
from reporting.models.campaign import Campaign, CampaignAddress

_BATCH = 500
_COLUMNS: Final = {
    "id": ("id", "#meta+id", "#id"),
    "sender": ("sender",),
    "received_at": ("received_at", "#date+received", "#date"),
}
# How spreadsheets spoil numbers: a long one becomes 9.7E+12, a whole one gets ".0".
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
LOST_DIGITS: Final = "sender has lost its digits to a spreadsheet (9.7E+12): taken without one"
_WHOLE: Final = re.compile(r"(?<=\d)[.,]0+$")


@dataclass(slots=True)
class ImportCounts:
    """The counts of an import.

    `refusals` and `remarks` are (line, reason); a row with a remark was imported nevertheless. `table` has remarks on
    the whole file: what was assumed, and what is unusual about it.
    """

    read: int = 0
    added: int = 0
    known: int = 0
    refusals: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)
    table: Remarks = field(default_factory=Remarks)


@dataclass(frozen=True, slots=True)
class MessageImport:
    """An import into one campaign, in the name of one channel."""

    database: Database
    pseudonyms: Pseudonyms
    campaign_id: int
    channel: str

    def run(self, path: Path, text_columns: Sequence[str], progress: Callable[[int], None]) -> ImportCounts:
        """Store every row; a duplicate (same channel, id, sender and text) changes nothing.

        The text is that of the first named column that is not empty. Raises TableError.
        """
        counts = ImportCounts()
        with self.database.begin() as connection:
            query = select(Campaign.timezone, Campaign.country).where(Campaign.id == self.campaign_id)
            timezone, country = connection.execute(query).one()
            campaign_address = connection.execute(
                select(CampaignAddress.address)
                .where(CampaignAddress.campaign_id == self.campaign_id, CampaignAddress.channel == self.channel)
                .limit(1)
            ).scalar()
        rows = self._rows(path, text_columns, (timezone, country), campaign_address, counts)
        while batch := list(islice(rows, _BATCH)):
            with self.database.begin() as connection:
                added = accept_each(connection, batch)
            counts.added += added
            counts.known += len(batch) - added
            progress(counts.read)
        return counts

    def _rows(
        self,
        path: Path,
        text_columns: Sequence[str],
        where: tuple[str, str],
        campaign_address: str | None,
        counts: ImportCounts,
    ) -> Iterator[dict[str, Any]]:
        timezone, country = where
        columns = Columns(
            {**{name: (name,) for name in text_columns}, **_COLUMNS}, tuple(dict.fromkeys(("id", *text_columns)))
        )
        is_day_first = find_day_order(path, columns, "received_at", counts.table.append)
        with open_table(path, columns, counts.table.append) as table:
            for row in table.rows:
                if row.is_blank:
                    continue
                counts.read += 1
                if not row.get("id"):
                    counts.refusals.append((row.line, "no id"))
                    continue
                try:
                    received_at = _read_received(row, timezone, is_day_first)
                except ValueError:
                    counts.refusals.append((row.line, "received_at is no time: 2026-01-31 14:30 is one"))
                    continue
                message = InboundMessage(
                    external_id=row.get("id"),
                    address=self._read_sender(row.get("sender"), country, row.line, counts),
                    campaign_address=campaign_address,
                    text=next((text for column in text_columns if (text := row.get(column))), ""),
                )
                values = make_row(
                    self.pseudonyms, self.channel, message, campaign_id=self.campaign_id,
                    received_at=received_at or now(),
                )  # fmt: skip
                if received_at is None:
                    values["content_hash"] = None  # without times a duplicate cannot be told from a repeated report
                yield values

    def _read_sender(self, written: str, country: str, number: int, counts: ImportCounts) -> str | None:
        """Normalise the sender as webhooks do, so that an opt-out is recognised; None if a spreadsheet lost digits."""
        if has_lost_digits(written):
            counts.remarks.append((number, LOST_DIGITS))
            return None
        return spell_sender(written, country) or None


def has_lost_digits(written: str) -> bool:
    """Tell whether a spreadsheet made a number of a sender that has not all of their digits any more."""
    return _SCIENTIFIC.fullmatch(_WHOLE.sub("", written.strip())) is not None


def spell_sender(written: str, country: str) -> str:
    """Spell the sender of a table as channels spell one; empty where there is none."""
    sender = _WHOLE.sub("", written.strip())
    return spell_international(sender, country) if sender else ""


def _read_received(row: Row, timezone: str, is_day_first: bool) -> datetime | None:
    """Parse the time of receipt; None where the table has none. Raises ValueError."""
    written = row.get("received_at")
    return read_time(written, ZoneInfo(timezone), is_day_first=is_day_first) if written else None

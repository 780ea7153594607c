"""Import of located reports from a CSV file. Approved reports are also learned by the geocoder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from config.table_file.reader import find_day_order, open_table
from geo.learned_placements import add_placements
from geo.plausibility import EXCHANGED, list_exchanged
from geo.reasons import LocationSource, Reason, ReasonCode
from geo.types import Location, PlacementRecord
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.extraction.reader import TextAnalyser, TextAnalysers
from reporting.inbox.contacts import add_contacts, lock_sender_hashes
from reporting.inbox.csv_import import LOST_DIGITS, ImportCounts, has_lost_digits, spell_sender
from reporting.incidents.linking import link_reports
from reporting.incidents.lock import lock_linking
from reporting.models.account import Decision
from reporting.models.campaign import Campaign, Topic
from reporting.models.report import Report
from reporting.models.states import DecisionKind, ReportState
from reporting.reports.affected_store import record_affected
from reporting.reports.create import Draft, add_reports
from reporting.reports.import_rows import COLUMNS, ReportRow, Topics, read_row
from reporting.reports.learn_place import make_placement_text
from reporting.reports.profile_store import record_profiles

_BATCH = 200
SOURCE = "import"
_GIVEN_RADIUS_M = 100.0  # a point that a person gave


@dataclass(frozen=True, slots=True)
class ReportImport:
    """An import of located reports into one campaign."""

    database: Database
    readers: TextAnalysers
    campaign_id: int
    is_approved: bool
    pseudonyms: Pseudonyms

    def run(self, path: Path, progress: Callable[[int], None]) -> ImportCounts:
        """Import every row once, by its id. Raises TableError."""
        counts = ImportCounts()
        with self.database.begin() as connection:
            query = select(Campaign.timezone, Campaign.country).where(Campaign.id == self.campaign_id)
            timezone, country = connection.execute(query).one()
            codes = select(Topic.code).where(Topic.campaign_id == self.campaign_id)
            topics = {code.casefold(): code for code in connection.execute(codes).scalars()}
        rows = self._rows(path, (timezone, country), topics, counts)
        while batch := list(islice(rows, _BATCH)):
            with self.database.begin() as connection:
                added = self._add(connection, batch)
                for place in list_exchanged(connection, self.campaign_id, [(row.lat, row.lon) for row in batch]):
                    counts.remarks.append((batch[place].line, EXCHANGED))
            counts.added += added
            counts.known += len(batch) - added
            progress(counts.read)
        return counts

    def _rows(self, path: Path, where: tuple[str, str], topics: Topics, counts: ImportCounts) -> Iterator[ReportRow]:
        timezone, country = where
        is_day_first = find_day_order(path, COLUMNS, "reported_at", counts.table.append)
        with open_table(path, COLUMNS, counts.table.append) as table:
            for row in table.rows:
                if row.is_blank:
                    continue
                counts.read += 1
                try:
                    yield self._spell_sender(
                        read_row(row, timezone, topics, is_day_first=is_day_first), country, counts
                    )
                except ValueError as error:
                    counts.refusals.append((row.line, str(error)))

    def _spell_sender(self, row: ReportRow, country: str, counts: ImportCounts) -> ReportRow:
        """Spell the sender as channels do, so that somebody who also writes by SMS is one person."""
        if has_lost_digits(row.sender):
            counts.remarks.append((row.line, LOST_DIGITS))
            return replace(row, sender="")
        return replace(row, sender=spell_sender(row.sender, country))

    def _add(self, connection: Connection, rows: list[ReportRow]) -> int:
        # Senders first, as workers do. The lock on linking keeps two imports that run at the same time from adding a
        # row twice; a sender is a contact from then on only where a row of theirs is new.
        hash_of = {row.sender: self.pseudonyms.hash_address(row.sender) for row in rows if row.sender}
        lock_sender_hashes(connection, hash_of.values())
        lock_linking(connection, self.campaign_id)
        known = self._list_known(connection, rows)
        fresh = list({row.source_id: row for row in rows if row.source_id not in known}.values())
        if not fresh:
            return 0
        reader = self.readers.get(connection, self.campaign_id)
        sent = {hash_of[row.sender] for row in fresh if row.sender}
        contact_ids = add_contacts(connection, self.campaign_id, SOURCE, sent)
        drafts = [_draft(reader, row, contact_ids.get(hash_of.get(row.sender, b""))) for row in fresh]
        added = [report_id for report_id, _ in add_reports(connection, self.campaign_id, drafts)]
        record_profiles(connection, {report_id: row.person for report_id, row in zip(added, fresh, strict=True)})
        affected = {report_id: row.affected for report_id, row in zip(added, fresh, strict=True)}
        record_affected(connection, {report_id: people for report_id, people in affected.items() if people is not None})
        link_reports(connection, added)
        if self.is_approved:
            self._approve(connection, added, fresh, drafts)
        return len(added)

    def _list_known(self, connection: Connection, rows: list[ReportRow]) -> set[str]:
        query = select(Report.source_id).where(
            Report.campaign_id == self.campaign_id,
            Report.source == SOURCE,
            Report.source_id.in_([row.source_id for row in rows]),
        )
        return {source_id for source_id in connection.execute(query).scalars() if source_id is not None}

    def _approve(
        self, connection: Connection, report_ids: list[int], rows: list[ReportRow], drafts: list[Draft]
    ) -> None:
        connection.execute(update(Report).where(Report.id.in_(report_ids)).values(state=ReportState.APPROVED))
        connection.execute(
            insert(Decision),
            [
                {
                    "campaign_id": self.campaign_id, "report_id": report_id, "account_id": None,
                    "kind": DecisionKind.APPROVE, "reason": "imported as approved",
                    "before": {"state": ReportState.QUEUED}, "after": {"state": ReportState.APPROVED},
                }
                for report_id in report_ids
            ],
        )  # fmt: skip
        add_placements(
            connection,
            self.campaign_id,
            [
                PlacementRecord(
                    make_placement_text(row.words, row.text), row.lat, row.lon, _GIVEN_RADIUS_M, SOURCE, row.source_id
                )
                for row, draft in zip(rows, drafts, strict=True)
                if draft.sensitive_reason is None
            ],
        )


def _draft(reader: TextAnalyser, row: ReportRow, contact_id: int | None) -> Draft:
    reading = reader.read(row.text, row.reported_at)
    reason = Reason.of(ReasonCode.IMPORTED_NAME, row.words) if row.words else Reason.of(ReasonCode.IMPORTED)
    place = Location(row.lat, row.lon, _GIVEN_RADIUS_M, 1.0, (reason,), (), source=LocationSource.IMPORT)
    guessed = reading.topic.code if reading.topic else None
    return Draft(
        source=SOURCE,
        source_id=row.source_id,
        message_id=None,
        contact_id=contact_id,
        text=row.text,
        reported_at=row.reported_at,
        reading=replace(reading, location=place),
        topic_id=reader.topic_ids.get(row.topic or "", reader.topic_ids.get(guessed or "")),
        sensitive_reason=reader.sensitive.read_all((row.text, row.words)),
    )

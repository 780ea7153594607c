"""Retention (GDPR art. 5): delete what is older than a campaign's `retention` allows, in small transactions.

A run may start at any time, and may be interrupted and repeated. One run deletes all that is due because of its order:
rows before words, messages of reports before other messages, messages before their senders.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select

from reporting.campaigns.retention_policy import Cutoffs, Retention, find_cutoffs, read_retention
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.incidents.lock import lock_linking
from reporting.models.base import now
from reporting.models.campaign import Campaign
from reporting.privacy.retention_messages import (
    drop_contacts,
    drop_numbers_of_quiet,
    drop_profiles,
    drop_raw,
    drop_senders,
    drop_texts,
    list_blocks,
)
from reporting.privacy.retention_reports import drop_browsers, drop_rows, drop_words, list_with_rows, list_with_words

Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class RetentionCounts:
    """Counts of a run.

    `reports` lost their words, `rows` lost all but their reference; the others are named by their noun.
    """

    rows: int = 0
    reports: int = 0
    restricted_reports: int = 0
    raw_messages: int = 0
    messages: int = 0
    pictures: int = 0
    profiles: int = 0
    browsers: int = 0
    numbers: int = 0
    senders: int = 0

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def merge(self, other: "RetentionCounts") -> None:
        """Add the counts of another run."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """A retention run over one campaign; `campaign_id` None stands for the messages of no campaign."""

    begin: Begin
    pseudonyms: Pseudonyms
    campaign_id: int | None
    cutoffs: Cutoffs
    takes_turns: bool = True  # takes the linking lock; a dry run does not, so that no moderator waits for it

    def run(self, tick: Callable[[int], None] | None = None) -> RetentionCounts:
        """Delete all that is due. `tick` is called with the number of messages read so far."""
        counts = RetentionCounts()
        if self.campaign_id is not None:
            self._drop_rows(self.campaign_id, counts)
            counts.merge(self.run_restricted())
            counts.reports = self._drop_words(self.campaign_id, counts, self.cutoffs.words, is_restricted=False)
        with self.begin() as connection:
            blocks = list_blocks(connection, self.campaign_id)
        for block in blocks:
            with self.begin() as connection:
                counts.raw_messages += drop_raw(connection, self.pseudonyms, block, self.cutoffs.raw)
                messages, pictures = drop_texts(connection, block, self.cutoffs.words)
                drop_senders(connection, block, self.cutoffs.rows)
            counts.messages += messages
            counts.pictures += pictures
            if tick is not None:
                tick(block.last - blocks[0].after)
        if self.campaign_id is not None:
            counts.profiles = self._drop_all(drop_profiles, self.campaign_id)
            counts.browsers = self._drop_all(partial(drop_browsers, before=self.cutoffs.browsers), self.campaign_id)
            counts.numbers = self._change_contacts(self.campaign_id, drop_numbers_of_quiet)
            counts.senders = self._change_contacts(self.campaign_id, drop_contacts)
        return counts

    def run_restricted(self) -> RetentionCounts:
        """Delete the words of sensitive reports only, whose retention is counted in hours."""
        counts = RetentionCounts()
        if self.campaign_id is not None:
            counts.restricted_reports = self._drop_words(
                self.campaign_id, counts, self.cutoffs.restricted, is_restricted=True
            )
        return counts

    def _drop_rows(self, campaign_id: int, counts: RetentionCounts) -> None:
        after = 0
        while True:
            with self._begin_turn(campaign_id) as connection:
                ids = list_with_rows(connection, campaign_id, self.cutoffs.rows, after=after)
                if not ids:
                    return
                messages, pictures = drop_rows(connection, campaign_id, ids)
            counts.rows += len(ids)
            counts.messages += messages
            counts.pictures += pictures
            after = ids[-1]

    def _drop_words(self, campaign_id: int, counts: RetentionCounts, before: datetime, *, is_restricted: bool) -> int:
        after, dropped = 0, 0
        while True:
            with self._begin_turn(campaign_id) as connection:
                ids = list_with_words(connection, campaign_id, before, is_restricted=is_restricted, after=after)
                if not ids:
                    return dropped
                messages, pictures = drop_words(connection, campaign_id, ids, is_restricted=is_restricted)
            dropped += len(ids)
            counts.messages += messages
            counts.pictures += pictures
            after = ids[-1]

    def _drop_all(self, drop: Callable[[Connection, int], int], campaign_id: int) -> int:
        total = 0
        while True:
            with self.begin() as connection:
                count = drop(connection, campaign_id)
            total += count
            if not count:
                return total

    @contextmanager
    def _begin_turn(self, campaign_id: int) -> Iterator[Connection]:
        with self.begin() as connection:
            if self.takes_turns:
                lock_linking(connection, campaign_id)
            yield connection

    def _change_contacts(
        self, campaign_id: int, change: Callable[[Connection, int, Cutoffs, int], tuple[int, int | None]]
    ) -> int:
        after: int | None = 0
        total = 0
        while after is not None:
            with self.begin() as connection:
                count, after = change(connection, campaign_id, self.cutoffs, after)
            total += count
        return total


class _OnlyCounted(Exception):
    """The end of a dry run: rolls its transaction back."""


def count_due(
    database: Database, pseudonyms: Pseudonyms, campaign_id: int, tick: Callable[[int], None] | None = None
) -> RetentionCounts:
    """Count what a run would delete (dry run): the same statements in one transaction that is rolled back."""
    counts = RetentionCounts()
    try:
        with database.begin() as connection:
            cutoffs = find_cutoffs(_get_retention(connection, campaign_id), now())
            counting = RetentionRun(
                lambda: nullcontext(connection), pseudonyms, campaign_id, cutoffs, takes_turns=False
            )
            counts = counting.run(tick)
            raise _OnlyCounted
    except _OnlyCounted:
        return counts


def minimise(
    database: Database, pseudonyms: Pseudonyms, campaign_id: int, tick: Callable[[int], None] | None = None
) -> RetentionCounts:
    """Delete what is due in a campaign."""
    with database.begin() as connection:
        cutoffs = find_cutoffs(_get_retention(connection, campaign_id), now())
    return RetentionRun(database.begin, pseudonyms, campaign_id, cutoffs).run(tick)


def purge_all(database: Database, pseudonyms: Pseudonyms, rest: Callable[[], None]) -> RetentionCounts:
    """Delete what is due in every campaign, and in messages of no campaign by the default retention.

    `rest` is called after each transaction, so that more urgent work is done in between.
    """
    counts = RetentionCounts()
    for campaign in _list_runs(database, pseudonyms, rest):
        counts.merge(campaign.run())
    return counts


def purge_restricted(database: Database, pseudonyms: Pseudonyms, rest: Callable[[], None]) -> RetentionCounts:
    """Delete the words of sensitive reports that are due, in every campaign.

    `rest` is called after each transaction.
    """
    counts = RetentionCounts()
    for campaign in _list_runs(database, pseudonyms, rest):
        counts.merge(campaign.run_restricted())
    return counts


def _list_runs(database: Database, pseudonyms: Pseudonyms, rest: Callable[[], None]) -> list[RetentionRun]:
    moment = now()

    @contextmanager
    def begin() -> Iterator[Connection]:
        with database.begin() as connection:
            yield connection
        rest()

    with database.begin() as connection:
        rows = connection.execute(select(Campaign.id, Campaign.settings).order_by(Campaign.id)).all()
    kept: list[tuple[int | None, Retention]] = [(row.id, read_retention(row.settings)) for row in rows]
    return [
        RetentionRun(begin, pseudonyms, campaign_id, find_cutoffs(retention, moment))
        for campaign_id, retention in (*kept, (None, Retention()))
    ]


def _get_retention(connection: Connection, campaign_id: int) -> Retention:
    settings = connection.execute(select(Campaign.settings).where(Campaign.id == campaign_id)).scalar_one()
    return read_retention(settings)

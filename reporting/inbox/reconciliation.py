"""Reconciliation: reads a gateway's message log and stores the messages that its webhooks never delivered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from channels.base.gateway import MessageLog
from channels.base.items import DeliveryReport, InboundMessage
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Database
from reporting.inbox.store import accept_many, make_row
from reporting.models.base import now
from reporting.models.campaign import Campaign, CampaignAddress
from reporting.models.message import ChannelState, Contact, Message
from reporting.models.states import Direction, MessageState

NIGHTLY_AT: Final = time(3, 17, tzinfo=UTC)
OVERLAP = timedelta(days=1)  # read again each time, because logs list some messages late
_FIRST_LOOK_BACK = timedelta(days=7)

Progress = Callable[[int], None]


@dataclass(slots=True)
class ReconcileCounts:
    """Counts of a reconciliation: messages `listed`, `known` before and `brought_in`; delivery states `updated`."""

    listed: int = 0
    known: int = 0
    brought_in: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Reads gateway logs into the database. Can be interrupted, repeated, and run while webhooks arrive.

    `record_delivery` records a delivery report as the webhook does. `rest` is called after each committed batch.
    """

    database: Database
    pseudonyms: Pseudonyms
    record_delivery: Callable[[str, DeliveryReport], None]
    rest: Callable[[], None]

    def run(
        self, channel: str, log: MessageLog, since: datetime, until: datetime, progress: Progress = lambda _: None
    ) -> ReconcileCounts:
        """Store the missing messages of a time span.

        Raises LogUnreadable; batches that were read before it stay stored.
        """
        counts = ReconcileCounts()
        with self.database.begin() as connection:
            campaign_addresses = list_campaign_addresses(connection, channel)
        for messages in log.list_inbound(since, until, campaign_addresses):
            self._bring_in(channel, messages, counts)
            progress(counts.listed)
            self.rest()
        for reports in log.list_reports(since, until, campaign_addresses):
            self._update(channel, reports, counts)
            self.rest()
        with self.database.begin() as connection:
            _record_reconciled(connection, channel, since, until)
        return counts

    def run_due(self, channel: str, log: MessageLog) -> ReconcileCounts | None:
        """Run unless it has run since last night's due time; None if it has, or if another process is running it.

        After LogUnreadable, which it raises, it is due again at once.
        """
        with self.database.begin() as holder:  # the lock ends with this transaction in any case
            if not holder.execute(
                select(func.pg_try_advisory_xact_lock(func.hashtext(f"reconcile {channel}")))
            ).scalar():
                return None
            until = now()
            start = find_unread_since(holder, channel)
            if start is None or start >= _last_night(until):
                return None
            return self.run(channel, log, start - OVERLAP, until)

    def _bring_in(self, channel: str, messages: Sequence[InboundMessage], counts: ReconcileCounts) -> None:
        if not messages:
            return
        rows = [
            make_row(
                self.pseudonyms, channel, message, received_at=min(message.sent_at, now()) if message.sent_at else None
            )
            for message in messages
        ]
        with self.database.begin() as connection:
            added = accept_many(connection, rows)
        counts.listed += len(rows)
        counts.brought_in += added
        counts.known += len(rows) - added

    def _update(self, channel: str, reports: Sequence[DeliveryReport], counts: ReconcileCounts) -> None:
        """Record delivery reports that are news; which state changes are allowed is decided where they are recorded."""
        if not reports:
            return
        query = select(Message.external_id, Message.state).where(
            Message.channel == channel,
            Message.external_id.in_([report.external_id for report in reports]),
            Message.direction == Direction.OUTBOUND,
            Message.state.in_((MessageState.QUEUED, MessageState.SENT)),
        )
        with self.database.begin() as connection:
            states = {row.external_id: row.state for row in connection.execute(query)}
        for report in reports:
            if states.get(report.external_id, report.state) != report.state:
                self.record_delivery(channel, report)
                counts.updated += 1


def list_campaign_addresses(connection: Connection, channel: str) -> list[str]:
    """List our addresses on a channel, in order: campaign addresses, and others that contacts wrote to.

    The webhook accepts messages to other addresses too if there is only one campaign.
    """
    configured = select(CampaignAddress.address).where(CampaignAddress.channel == channel)
    written_to = select(Contact.campaign_address).where(
        Contact.channel == channel, Contact.campaign_address.is_not(None)
    )
    return sorted(connection.execute(configured.union(written_to)).scalars())


def find_unread_since(connection: Connection, channel: str) -> datetime | None:
    """Find until when the channel's log was read without a gap; None if no campaign has an address on the channel.

    If it was never read: since the oldest such campaign was created, but at most a week ago.
    """
    read_until = connection.execute(
        select(ChannelState.reconciled_until).where(ChannelState.channel == channel)
    ).scalar()
    if read_until is not None:
        return read_until
    query = select(func.min(Campaign.created_at)).join(CampaignAddress, CampaignAddress.campaign_id == Campaign.id)
    began_at: datetime | None = connection.execute(query.where(CampaignAddress.channel == channel)).scalar()
    return None if began_at is None else max(began_at, now() - _FIRST_LOOK_BACK)


def _record_reconciled(connection: Connection, channel: str, since: datetime, until: datetime) -> None:
    """Store until when the log was read, unless that would hide an unread gap before it."""
    read_until = find_unread_since(connection, channel)
    if read_until is None or since > read_until:
        return
    statement = insert(ChannelState).values(channel=channel, reconciled_until=until)
    statement = statement.on_conflict_do_update(
        index_elements=["channel"],
        set_={"reconciled_until": func.greatest(ChannelState.reconciled_until, statement.excluded.reconciled_until)},
    )
    connection.execute(statement)


def _last_night(moment: datetime) -> datetime:
    """Return the latest due time of the nightly run that has passed."""
    tonight = datetime.combine(moment.astimezone(UTC).date(), NIGHTLY_AT)
    return tonight if tonight <= moment else tonight - timedelta(days=1)

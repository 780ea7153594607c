"""From stored messages to reports in the moderators' queue: one batch, one transaction, small steps in order.

Normalise, language, conversation, extract, locate, link, queue for moderation, acknowledge. A worker that is killed in
the middle leaves nothing: its transaction ends with it and the messages are free again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from reporting.conversation.replies import Replies
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.extraction.reader import TextAnalysers
from reporting.inbox.contacts import KnownContact, lock_contacts, opt_out_everywhere
from reporting.inbox.duplicates import find_repeats
from reporting.inbox.rate_limit import wait_for_earlier
from reporting.inbox.work_queue import Done, InboxMessage, close, find_overtaken, postpone
from reporting.languages.keywords import Command, find_command
from reporting.models.campaign import Campaign, CampaignAddress
from reporting.models.message import REPEATED
from reporting.processing.campaign_batch import CampaignBatch, split_rounds

_NO_CAMPAIGN_RETRY_S = 60


@dataclass(slots=True)
class BatchCounts:
    """What became of a batch."""

    processed: int = 0
    repeated: int = 0
    reports: int = 0
    located: int = 0
    linked: int = 0
    unassigned: int = 0  # no campaign has their line: they wait
    overtaken: int = 0  # another worker has an earlier message of their sender, or it had them forgotten: they wait
    held_back: int = 0  # an earlier message of their sender waits behind others: they went behind it
    media: int = 0  # files to be fetched or to be removed
    answers: int = 0  # texts put into the outbox

    @property
    def settled(self) -> int:
        """Messages that the next claim will not find again."""
        return self.processed + self.repeated + self.unassigned + self.held_back


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the steps need besides the database. `reply_channels` are those with a way out."""

    readers: TextAnalysers
    pseudonyms: Pseudonyms
    reply_channels: Collection[str]

    def process(self, connection: Connection, messages: Sequence[InboxMessage]) -> BatchCounts:
        """Process locked messages in the caller's transaction."""
        counts = BatchCounts()
        campaigns = assign_campaigns(connection, messages)
        homeless = [message for message in messages if message.id not in campaigns]
        obeyed = _obey_stops(connection, homeless)
        counts.processed += len(obeyed)
        lost = [message.id for message in homeless if message.id not in obeyed]
        if lost:
            postpone(connection, lost, "no campaign has this line", _NO_CAMPAIGN_RETRY_S)
            counts.unassigned += len(lost)
        contacts = lock_contacts(connection, ((campaigns[m.id], m) for m in messages if m.id in campaigns))
        overtaken = find_overtaken(connection, messages)
        counts.held_back = wait_for_earlier(connection, overtaken)
        counts.overtaken = len(overtaken) - counts.held_back
        repeats = find_repeats(connection, messages)
        by_campaign: dict[int, list[InboxMessage]] = defaultdict(list)
        repeated: list[Done] = []
        for message in messages:
            if message.id not in campaigns or message.id in overtaken:
                continue
            if message.id in repeats:
                repeated.append(Done(message.id, campaigns[message.id], state=REPEATED))
            else:
                by_campaign[campaigns[message.id]].append(message)
        close(connection, repeated)
        counts.repeated += len(repeated)
        for campaign_id, group in sorted(by_campaign.items()):
            self._process_campaign(connection, campaign_id, group, contacts, counts)
        return counts

    def _process_campaign(
        self,
        connection: Connection,
        campaign_id: int,
        messages: Sequence[InboxMessage],
        contacts: Mapping[tuple[int, bytes], KnownContact],
        counts: BatchCounts,
    ) -> None:
        reader = self.readers.get(connection, campaign_id)
        forgotten: set[int] = set()
        for every in split_rounds(messages):
            # Who was forgotten a round ago is somebody new to us: the next claim makes them a contact of its own.
            group = [m for m in every if not forgotten or _contact_id(contacts, campaign_id, m) not in forgotten]
            counts.overtaken += len(every) - len(group)
            replies = Replies(connection, reader, self.pseudonyms, self.reply_channels)
            one = CampaignBatch(connection, reader, self.pseudonyms, contacts, replies)
            close(connection, one.process(group))
            forgotten |= one.finish()
            counts.processed += len(group)
            counts.reports += one.counts.reports
            counts.located += one.counts.located
            counts.linked += one.counts.linked
            counts.media += one.counts.media
            counts.answers += replies.queued


def _contact_id(
    contacts: Mapping[tuple[int, bytes], KnownContact], campaign_id: int, message: InboxMessage
) -> int | None:
    return None if message.address_hash is None else contacts[campaign_id, bytes(message.address_hash)].id


def _obey_stops(connection: Connection, messages: Sequence[InboxMessage]) -> set[int]:
    """Close the messages of no campaign that say STOP to whoever knows their senders; their ids."""
    done = []
    for message in messages:
        found = find_command(message.text, ()) if message.address_hash is not None else None
        if found is not None and found.command is Command.STOP:
            known = opt_out_everywhere(connection, message)
            if known is not None:
                done.append(Done(message.id, *known))
    close(connection, done)
    return {each.message_id for each in done}


def assign_campaigns(connection: Connection, messages: Sequence[InboxMessage]) -> dict[int, int]:
    """Campaign by message id: the one it was stored with, the one that has its line, or the only one there is."""
    assigned = {message.id: message.campaign_id for message in messages if message.campaign_id is not None}
    open_messages = [message for message in messages if message.campaign_id is None]
    if not open_messages:
        return assigned
    lines = {
        (row.channel, row.address): row.campaign_id
        for row in connection.execute(
            select(CampaignAddress.channel, CampaignAddress.address, CampaignAddress.campaign_id)
        )
    }
    campaign_ids = connection.execute(select(Campaign.id).limit(2)).scalars().all()
    only = campaign_ids[0] if len(campaign_ids) == 1 else None
    for message in open_messages:
        campaign_id = lines.get((message.channel, message.line or ""), only)
        if campaign_id is not None:
            assigned[message.id] = campaign_id
    return assigned

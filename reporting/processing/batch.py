"""From stored messages to reports in the moderators' queue: one batch, one transaction, a line of steps.

Admit, read, assign, safeguard, make reports, open conversations, answer, link, reply, close, forget. A step is a
function over the batch that hands a list on to the next one. A worker that is killed in the middle leaves nothing: its
transaction ends with it and the messages are free again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from reporting.conversation.commands import erase_senders
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.extraction.reader import TextAnalysers
from reporting.inbox.contacts import ContactKey, KnownContact
from reporting.inbox.work_queue import InboxMessage, close
from reporting.media.attachments import add_media, delete_media
from reporting.processing.admission import admit_messages
from reporting.processing.assign import assign_reports
from reporting.processing.campaign_tools import CampaignTools
from reporting.processing.converse import make_conversations
from reporting.processing.make_reports import link_batch, make_reports
from reporting.processing.read import find_contact, make_replies, read_messages
from reporting.processing.safeguard import safeguard_messages
from reporting.reports.told_later import ToldLater


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
class _GroupCounts:
    """What came of the messages of one group, and which contacts were forgotten with it."""

    reports: int
    located: int
    linked: int
    media: int
    answers: int
    forgotten: frozenset[int]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the steps need besides the database. `reply_channels` are those with a way out."""

    readers: TextAnalysers
    pseudonyms: Pseudonyms
    reply_channels: Collection[str]

    def process(self, connection: Connection, messages: Sequence[InboxMessage]) -> BatchCounts:
        """Process locked messages in the caller's transaction."""
        admitted = admit_messages(connection, messages)
        counts = BatchCounts(
            processed=admitted.obeyed,
            repeated=admitted.repeated,
            unassigned=admitted.unassigned,
            overtaken=admitted.overtaken,
            held_back=admitted.held_back,
        )
        for campaign_id, group in sorted(admitted.by_campaign.items()):
            reader = self.readers.get(connection, campaign_id)
            tools = CampaignTools(connection, reader, self.pseudonyms, self.reply_channels)
            _process_campaign(tools, group, admitted.contacts, counts)
        return counts


def _process_campaign(
    tools: CampaignTools,
    messages: Sequence[InboxMessage],
    contacts: Mapping[ContactKey, KnownContact],
    counts: BatchCounts,
) -> None:
    forgotten: set[int] = set()
    for every in group_messages(messages):
        known = {message.id: find_contact(tools, contacts, message) for message in every}
        # Who was forgotten with an earlier group is somebody new to us: the next claim makes them a contact of its own.
        group = [message for message in every if not _is_of(known[message.id], forgotten)]
        counts.overtaken += len(every) - len(group)
        result = _process_group(tools, group, known)
        forgotten |= result.forgotten
        counts.processed += len(group)
        counts.reports += result.reports
        counts.located += result.located
        counts.linked += result.linked
        counts.media += result.media
        counts.answers += result.answers


def _process_group(
    tools: CampaignTools, messages: Sequence[InboxMessage], known: Mapping[int, KnownContact | None]
) -> _GroupCounts:
    """Take messages down the line, at most one of each sender: what the next one means depends on it."""
    read = read_messages(tools, messages, known)
    replies = make_replies(tools, read)
    told_later = ToldLater()
    conversations = make_conversations(tools, replies, told_later)
    conversations.opt_out(read)
    safeguarded = safeguard_messages(tools, assign_reports(tools, read))
    reported = make_reports(tools, safeguarded)
    notices = conversations.find_notices(reported)
    conversations.open(reported, notices)
    answered = conversations.answer(reported, notices)
    linked = link_batch(tools, reported, told_later)
    media = add_media(
        tools.connection,
        tools.pseudonyms,
        [(item.message.id, item.details.media) for item in read if item.details.media],
    )
    queued = replies.queue()
    close(tools.connection, [each.to_done(tools.reader.campaign_id) for each in answered])
    # What can only be done once the messages know their senders.
    forgotten = frozenset(each.contact_id for each in answered if each.is_forgotten and each.contact_id is not None)
    erased = erase_senders(tools.connection, tools.reader.campaign_id, sorted(forgotten)) if forgotten else []
    return _GroupCounts(
        reports=sum(each.is_new for each in reported),
        located=sum(each.is_new and each.context.reading.is_located for each in reported)
        + sum(each.is_placed for each in answered),
        linked=linked,
        media=media + (delete_media(tools.connection, erased) if erased else 0),
        answers=queued,
        forgotten=forgotten,
    )


def _is_of(contact: KnownContact | None, contact_ids: Collection[int]) -> bool:
    return contact is not None and contact.id in contact_ids


def group_messages(messages: Sequence[InboxMessage]) -> list[list[InboxMessage]]:
    """Group messages so that every sender has one in each group, in their order.

    What a message means depends on those before. Messages that were held back ask and are asked nothing, so they go
    together.
    """
    groups: list[list[InboxMessage]] = []
    taken: dict[Collection[int] | bytes, int] = {}
    for message in messages:
        number = 0
        if message.address_hash is not None and message.priority == 0:
            number = taken.get(message.address_hash, 0)
            taken[message.address_hash] = number + 1
        if number == len(groups):
            groups.append([])
        groups[number].append(message)
    return groups

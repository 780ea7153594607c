"""The states of all rows, each an enum: code compares with them, and statements are composed of them by name.

A statement names a constant, `f"state = '{ReportState.QUEUED}'"`, and does not bind it: prepared with a parameter it
could not use a partial index. For `IN` there are lists; a list that two statements share has a name here.
"""

from enum import StrEnum
from typing import Final

from channels.base.items import DeliveryState


class ReportState(StrEnum):
    """The workflow of a report; `moderation/states.py` says which changes a moderator can make."""

    QUEUED = "queued"  # waits for a moderator
    APPROVED = "approved"
    REJECTED = "rejected"
    ERASED = "erased"  # erasure requested by its sender: only its id and its reference are left


class LinkState(StrEnum):
    """Whether two reports are taken to be of one incident."""

    LINKED = "linked"
    SUGGESTED = "suggested"
    UNLINKED = "unlinked"  # a moderator rejected the link: it is never suggested again


class Direction(StrEnum):
    """Whether a message came or goes."""

    INBOUND = "in"
    OUTBOUND = "out"


class MessageState(StrEnum):
    """The states of inbound messages, from `received`, and of outbound ones, from `queued`."""

    RECEIVED = "received"  # stored, not yet processed
    PROCESSED = "processed"
    REPEATED = "repeated"  # a duplicate: the same text again within seconds; stored and not processed
    SET_ASIDE = "set_aside"  # dead letter: failed several times; an operator reads it and replays it

    QUEUED = "queued"  # to be sent
    SENDING = "sending"  # the gateway is being called and has not answered yet; retried after `retry_at`
    # As delivery reports of gateways tell it.
    SENT = DeliveryState.SENT
    DELIVERED = DeliveryState.DELIVERED
    FAILED = DeliveryState.FAILED


class Purpose(StrEnum):
    """Why an outbound message goes out. After an opt-out only the confirmation of it is sent, and nothing else."""

    ACKNOWLEDGEMENT = "acknowledgement"
    QUESTION = "question"
    REPLY = "reply"
    NEWS = "news"
    UPDATE = "update"  # what all reporters of an incident are told
    COMMAND = "command"
    HOTLINE = "hotline"  # whom to call, after a report of violence or despair: sent whatever limits hold others back
    SLOWED = "slowed"  # to a sender over the rate limit: nothing is lost, processing only takes longer


class QuestionOutcome(StrEnum):
    """What became of a question that was asked by SMS."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    TAKEN_BACK = "taken_back"  # by BACK: it is asked again
    SUPERSEDED = "superseded"  # a newer question took its place


class MediaState(StrEnum):
    """What became of a picture or recording."""

    WAITING = "waiting"  # to be fetched
    STORED = "stored"
    REFUSED = "refused"  # too large, of a type we do not store, or from a host other than its channel's: see `error`
    FAILED = "failed"  # given up after the last retry
    ERASED = "erased"  # erasure requested by its sender: shown to nobody, and to be removed from the store


class EventDeliveryState(StrEnum):
    """What became of the delivery of a public event to a subscription."""

    QUEUED = "queued"  # to be posted, at once or after a failed attempt
    SENDING = "sending"  # is being posted; posted again after `due_at`, where its worker died
    DELIVERED = "delivered"
    SET_ASIDE = "set_aside"  # dead letter: every attempt failed; an operator replays it


class ItemStatus(StrEnum):
    """Why an item about a person (sex, age, difficulties) has its value or has none; each reason is a published one."""

    ANSWERED = "answered"
    NOT_ASKED = "not_asked"
    REFUSED = "refused"  # skipped, or declined
    UNKNOWN = "unknown"  # asked, and no answer came that could be read
    NOT_APPLICABLE = "not_applicable"


class AnswerMode(StrEnum):
    """Who answered the questions about a person: themselves, somebody for them, or they with a volunteer's help."""

    SELF = "self"
    PROXY = "proxy"
    ASSISTED = "assisted"


class AffectedRole(StrEnum):
    """Whom a report is about, who need not be its sender."""

    PERSON = "person"
    HOUSEHOLD = "household"
    COMMUNITY = "community"


class UpdateKind(StrEnum):
    """The kinds of incident updates."""

    OWN_WORDS = "text"  # an update that a moderator wrote
    SOLVED = "solved"  # the fixed text that the incident is reported as solved


class DecisionKind(StrEnum):
    """What a moderator, or the program in a moderator's stead, decided of a report."""

    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    MOVE_PIN = "move_pin"
    CONFIRM_PLACE = "confirm_place"  # the pin is set at the machine's suggestion
    SET_TOPIC = "set_topic"
    REPLY = "reply"
    RESTRICT = "restrict"  # a sensitive report, for safeguarding only
    UNRESTRICT = "release"
    DIVIDE = "divide"  # one report is made two
    MOVE_ANSWER = "move_answer"
    TAKE_ANSWER = "take_answer"  # the same act, in the log of the answered report
    LINK = "link"
    UNLINK = "unlink"
    SPLIT = "split"
    MERGE = "merge"
    RESCORE = "rescore"  # by the program: a moderator's decision had changed the evidence
    TELL = "tell"  # an incident update
    REFER = "refer"  # the incident is passed on to an office
    COUNT_DUPLICATES = "count_duplicates"
    UNDO = "undo"
    FIRST_READING = "first_reading"  # a verdict that counts once a second reader has given the same
    SECOND_READING = "second_reading"
    SETTLE_READINGS = "settle_readings"  # a third reader's verdict where two disagreed
    ASSIGN = "assign"  # to a person, or to nobody
    SNOOZE = "snooze"  # put off until a time, or no more
    NOTE = "note"  # a private note; the log does not have its words
    TRANSLATE = "translate"  # its words were translated; the log does not have the translation


class ReadingChoice(StrEnum):
    """Why a report is read by a second moderator."""

    SENSITIVE = "sensitive"  # before it counts
    SAMPLE = "sample"  # one of a random share, after the decision


class ChainedLog(StrEnum):
    """The logs whose rows are in the audit chain: the names of their tables."""

    DECISION = "decision"
    ACCESS_LOG = "access_log"


def sql_list(*states: StrEnum) -> str:
    """Write states as the list of an SQL `IN`, `('queued', 'sending')`; a whole enum is given as `*ReportState`."""
    quoted = ", ".join(f"'{state}'" for state in states)
    return f"({quoted})"


UNSENT: Final = sql_list(MessageState.QUEUED, MessageState.SENDING)
DISPATCHED: Final = sql_list(MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED)
UNPROCESSED: Final = sql_list(MessageState.RECEIVED, MessageState.SET_ASIDE)
UNFINISHED: Final = sql_list(MessageState.RECEIVED, MessageState.SET_ASIDE, MessageState.QUEUED, MessageState.SENDING)
FINISHED: Final = sql_list(
    MessageState.PROCESSED, MessageState.REPEATED, MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED
)
# Kinds of decisions that change nothing of the report itself: a decision beside one of them is not stale.
BESIDE: Final = sql_list(DecisionKind.ASSIGN, DecisionKind.SNOOZE, DecisionKind.NOTE, DecisionKind.TRANSLATE)
DISMISSED: Final = sql_list(ReportState.REJECTED, ReportState.ERASED)  # counts nowhere
ACTIVE: Final = sql_list(ReportState.QUEUED, ReportState.APPROVED)
DECIDED: Final = sql_list(ReportState.APPROVED, ReportState.REJECTED)

"""Inbound and outbound messages, contacts under their pseudonyms, and the questions asked of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import UNSENT, Direction, MessageState, sql_list


class Message(Base):
    """One inbound or outbound message of a channel.

    The body is in `text`. What identifies the contact is encrypted: `address_encrypted` (their number) and
    `payload_encrypted` (all that the gateway sent). `address_hash` and `content_hash` are keyed hashes.
    """

    __tablename__ = "message"
    __table_args__ = (
        # One INSERT decides whether a message is a duplicate. A gateway's id is unique across campaigns.
        UniqueConstraint("channel", "external_id"),
        CheckConstraint(f"state IN {sql_list(*MessageState)}", name="state"),
        Index("ix_message_unprocessed", "priority", "id", postgresql_where=text(f"state = '{MessageState.RECEIVED}'")),
        Index(
            "ix_message_unprocessed_by_network",
            "network_hash",
            "id",
            postgresql_where=text(f"state = '{MessageState.RECEIVED}' AND network_hash IS NOT NULL"),
        ),
        Index(
            "ix_message_to_send", "channel", "priority", "id", postgresql_where=text(f"state = '{MessageState.QUEUED}'")
        ),
        Index("ix_message_sending", "retry_at", postgresql_where=text(f"state = '{MessageState.SENDING}'")),
        Index(
            "ix_message_unsent_by_contact",
            "contact_id",
            postgresql_where=text(f"state IN {UNSENT}"),
        ),
        Index(
            "ix_message_out_by_contact",
            "contact_id",
            "received_at",
            postgresql_where=text(f"direction = '{Direction.OUTBOUND}'"),
        ),
        Index(
            "ix_message_unprocessed_by_address",
            "address_hash",
            "id",
            postgresql_where=text(f"state = '{MessageState.RECEIVED}'"),
        ),
        Index("ix_message_content_hash", "content_hash", postgresql_where=text("content_hash IS NOT NULL")),
        Index(
            "ix_message_mark_without_words",
            "id",
            postgresql_where=text(f"direction = '{Direction.INBOUND}' AND text = '' AND content_hash IS NOT NULL"),
        ),
        Index("ix_message_contact_id", "contact_id", "id", postgresql_where=text("contact_id IS NOT NULL")),
        Index("ix_message_report_id", "report_id", postgresql_where=text("report_id IS NOT NULL")),
        Index("ix_message_twin_hash", "twin_hash", postgresql_where=text("twin_hash IS NOT NULL")),
        Index("ix_message_unkeyed_id", "id", postgresql_where=text("external_id LIKE 'sha256:%'")),
        Index("ix_message_set_aside", "id", postgresql_where=text(f"state = '{MessageState.SET_ASIDE}'")),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)  # None while an outbound message has not been sent
    direction: Mapped[str] = mapped_column(Text)
    campaign_address: Mapped[str | None] = mapped_column(Text)  # campaign address
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)  # keyed; detects a different message of the same id
    twin_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # keyed; equal for webhook calls with one message
    text: Mapped[str] = mapped_column(Text)
    payload_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None] = mapped_column(Text)  # type and code location of the last failure, never its message
    retry_at: Mapped[datetime | None]
    purpose: Mapped[str | None] = mapped_column(Text)  # outbound: why it goes out
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="SET NULL"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="SET NULL"))
    in_reply_to_id: Mapped[int | None] = mapped_column(BigInteger)  # outbound: the message it answers
    details_encrypted: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # what came besides the body (`MessageDetails`)
    network_hash: Mapped[bytes | None] = mapped_column(LargeBinary)  # keyed, of the network it came from, if known
    # Inbound: 0, or more for a sender over the rate limit. Outbound: by purpose, then by the contact's other messages.
    priority: Mapped[int] = mapped_column(server_default="0")
    respects_quiet_hours: Mapped[bool] = mapped_column(
        server_default="false"
    )  # outbound: not during the campaign's quiet hours
    segments: Mapped[int | None]  # outbound: what the operator bills
    sent_at: Mapped[datetime | None]  # outbound: when the gateway accepted it
    delivered_at: Mapped[datetime | None]  # outbound: by its delivery report


class ProcessingAttempt(Base):
    """Counts how often processing of a message was started and not finished: evidence of killed workers.

    Unlogged table: after a crash of the database the counts start again at zero, which does no harm.
    """

    __tablename__ = "processing_attempt"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012

    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    count: Mapped[int]


class Contact(Base):
    """A sender under a pseudonym: known by a keyed hash; the encrypted number is kept while replies need it."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("campaign_id", "address_hash"),
        Index(
            "ix_contact_erased", "id", postgresql_where=text("erased_at IS NOT NULL AND number_encrypted IS NOT NULL")
        ),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    number_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    channel: Mapped[str] = mapped_column(
        Text
    )  # the channel of their last message; `campaign_address` is our address there
    campaign_address: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    is_language_chosen: Mapped[bool] = mapped_column(server_default="false")  # by the contact, else detected
    opted_out_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # erasure requested; the number is deleted after the last message to them
    muted_until: Mapped[datetime | None]  # auto-responder guard: a machine seems to answer us, so we send nothing
    mute_count: Mapped[int] = mapped_column(server_default="0")  # each mute lasts twice as long as the one before
    created_at: Mapped[CreatedAt]


class Question(Base):
    """A question sent to a contact, mostly about a report; the answer is stored in that report."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_open", "contact_id", postgresql_where=text("answered_at IS NULL")),)

    id: Mapped[Id]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # see reporting/conversation/dialogue.py
    code: Mapped[str | None] = mapped_column(Text)  # of a form's question
    choices: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer_message_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(Text)
    reminders: Mapped[int] = mapped_column(server_default="0")  # how often it was repeated after an unreadable answer


class MessageSegmentRow(Base):
    """An encrypted segment of a concatenated SMS that waits for the other segments."""

    __tablename__ = "message_segment"

    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    group_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    total: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class EarlyDeliveryReport(Base):
    """A delivery report that arrived before its outbound message was recorded as sent; kept until then."""

    __tablename__ = "early_delivery_report"

    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    is_opt_out: Mapped[bool] = mapped_column(server_default="false")
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class ChannelState(Base):
    """Throttle state of a channel, shared by all workers: when it may send next, until when its log is reconciled."""

    __tablename__ = "channel_state"

    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    next_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")  # calls in a row that the gateway failed
    reconciled_until: Mapped[datetime | None]

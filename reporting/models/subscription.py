"""Public events, the subscriptions to them, and the deliveries of the one to the other (webhooks that go out)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import EventDeliveryState, sql_list


class PublicEvent(Base):
    """Something that became public, once for each thing: `kind` and `subject` identify it.

    It holds what everybody may read anyway, since it leaves to whoever subscribed.
    """

    __tablename__ = "public_event"
    __table_args__ = (UniqueConstraint("campaign_id", "kind", "subject"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # such as `release.published`
    subject: Mapped[str] = mapped_column(Text)  # what it is about, such as the number of the release
    data: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]


class Subscription(Base):
    """An address of somebody's program to which public events of a campaign are posted."""

    __tablename__ = "subscription"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(
        ARRAY(Text)
    )  # beginnings of kinds of events, such as `release`; empty: all
    secret_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None]


class EventDelivery(Base):
    """The delivery of one event to one subscription: one row, so that each is delivered once whoever works on it."""

    __tablename__ = "event_delivery"
    __table_args__ = (
        UniqueConstraint("subscription_id", "event_id"),
        CheckConstraint(f"state IN {sql_list(*EventDeliveryState)}", name="state"),
        Index(
            "ix_event_delivery_due",
            "due_at",
            postgresql_where=text(f"state IN {sql_list(EventDeliveryState.QUEUED, EventDeliveryState.SENDING)}"),
        ),
        Index("ix_event_delivery_set_aside", "id", postgresql_where=text(f"state = '{EventDeliveryState.SET_ASIDE}'")),
        Index("ix_event_delivery_event_id", "event_id"),
    )

    id: Mapped[Id]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(ForeignKey("public_event.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(Text, server_default=EventDeliveryState.QUEUED)
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None] = mapped_column(Text)  # a constant: why the last attempt failed
    delivered_at: Mapped[datetime | None]

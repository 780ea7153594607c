"""Campaigns with their topics, addresses and forms."""

from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from reporting.models.base import Base, CreatedAt, Id


class Campaign(Base):
    """A collection of reports; every other row in the database belongs to one campaign."""

    __tablename__ = "campaign"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)  # ISO 3166-1 alpha-2
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))  # the first one is the default
    timezone: Mapped[str] = mapped_column(Text, server_default="UTC")
    organisation: Mapped[str | None] = mapped_column(Text)  # who receives the messages, as people know it
    contact: Mapped[str | None] = mapped_column(Text)  # how people reach the organisation
    privacy_notice: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # by language
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    conversation: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # what is asked, checked when loaded
    # Of the quality reports from before figures carried noise; read no more.
    created_at: Mapped[CreatedAt]

    topics: Mapped[list["Topic"]] = relationship(order_by="Topic.id", back_populates="campaign")


class Topic(Base):
    """A topic that reports of a campaign can have."""

    __tablename__ = "topic"
    __table_args__ = (UniqueConstraint("campaign_id", "code"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[dict[str, Any]]  # by language
    keywords: Mapped[dict[str, Any]]  # lists by language
    incident_window_h: Mapped[int] = mapped_column(
        server_default="72"
    )  # how long one incident of it goes on being reported
    sensitivity: Mapped[str] = mapped_column(Text, server_default="moderate")
    is_urgent: Mapped[bool] = mapped_column(
        server_default="false"
    )  # lives may depend on it: reply with whom to call first, ask no questions

    campaign: Mapped[Campaign] = relationship(back_populates="topics")


class CampaignAddress(Base):
    """A phone number or mailbox of ours on a channel, from which the campaign of an inbound message is known."""

    __tablename__ = "campaign_address"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)


class Xform(Base):
    """An XForm of the campaign for ODK Collect, made from the same XLSForm workbook as the questions by SMS."""

    __tablename__ = "xform"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    xml: Mapped[str] = mapped_column(Text)
    imported_at: Mapped[CreatedAt]

"""API keys with which partners' programs send us messages and read incidents, and the log of what they read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id


class ApiKey(Base):
    """An API key of a partner for one campaign; only its hash is stored.

    A key that reads incidents says for which purpose. It reads those in its areas and topics: codes, all where none are
    named.
    """

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("NOT reads_incidents OR purpose IS NOT NULL", name="purpose"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    reads_incidents: Mapped[bool] = mapped_column(server_default="false")
    purpose: Mapped[str | None] = mapped_column(Text)
    areas: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]


class PartnerAccess(Base):
    """A call by which a partner read incidents: what was asked, and how many were given. Only added to."""

    __tablename__ = "partner_access"
    __table_args__ = (
        Index("ix_partner_access_campaign_id_called_at", "campaign_id", "called_at"),
        Index("ix_partner_access_api_key_id", "api_key_id"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"))
    asked: Mapped[dict[str, Any]]
    incidents: Mapped[int]
    called_at: Mapped[datetime] = mapped_column(server_default=func.now())

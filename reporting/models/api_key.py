"""API keys with which partners' programs send us messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id


class ApiKey(Base):
    """An API key of a partner for one campaign; only its hash is stored."""

    __tablename__ = "api_key"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]

"""Open sessions: one row for each signed-in browser, deleted at sign-out."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, Id


class SignIn(Base):
    """An open session of an account. The browser holds the token; the database holds only its hash."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account_id", "account_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())
    acted_at: Mapped[datetime] = mapped_column(server_default=func.now())

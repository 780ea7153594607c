"""Who is signed in: a row for each browser, gone when it signs out."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, Id


class SignIn(Base):
    """A sign-in of a person that has not ended. The browser holds the token, the database its hash alone."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("ix_sign_in_account_id", "account_id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())
    acted_at: Mapped[datetime] = mapped_column(server_default=func.now())

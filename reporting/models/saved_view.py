"""Views of the desk that moderators saved: a name, and the filters as the address has them."""

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id


class SavedView(Base):
    """A view of one account: the filters of an address, in which words that were searched stand encrypted."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("campaign_id", "account_id", "name"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]

"""The rescore queue: reports whose links have to be scored again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base


class RescoreQueueEntry(Base):
    """A report whose links rest on evidence that has changed. The row is deleted when they are scored again."""

    __tablename__ = "rescore_queue"
    __table_args__ = (Index("ix_rescore_queue_campaign_id_report_id", "campaign_id", "report_id"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    marked_at: Mapped[datetime] = mapped_column(server_default=func.now())

"""Reports whose links are to be looked at again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base


class RescoreQueueEntry(Base):
    """Something that the links of a report rest on is known better now: a row is work to do, gone when it is done."""

    __tablename__ = "rescore_queue"
    __table_args__ = (Index("ix_rescore_queue_campaign_id_report_id", "campaign_id", "report_id"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    marked_at: Mapped[datetime] = mapped_column(server_default=func.now())

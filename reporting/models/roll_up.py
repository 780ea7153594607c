"""The live roll-up: how many approved reports a month has by area and topic, kept in each decision's transaction."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, Id


class RollUp(Base):
    """A change of the number of approved reports of a month, area and topic.

    Rows are only added, by the trigger `report_rolled_up`, so that no moderator waits for another's transaction; folded
    together they are sums (`reports/roll_up.py`). Their sum is the number. For moderators: figures for others have
    people as unit and noise.
    """

    __tablename__ = "roll_up"
    __table_args__ = (
        Index("ix_roll_up_campaign_id_month", "campaign_id", "month"),
        Index("ix_roll_up_not_folded", "campaign_id", "month", postgresql_where=text("NOT is_folded")),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    month: Mapped[date]  # its first day, in the campaign's time zone
    area_codes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    topic_id: Mapped[int | None] = mapped_column(BigInteger)
    reports: Mapped[int]
    is_folded: Mapped[bool] = mapped_column(server_default="false")  # a sum, not a single change

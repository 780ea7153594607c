"""Heartbeats: when each host last worked on a queue."""

from datetime import datetime

from sqlalchemy import Text, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base


class Heartbeat(Base):
    """The last time that a worker of a host turned to a queue. A worker that hangs in a message sends no heartbeat."""

    __tablename__ = "heartbeat"

    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    host: Mapped[str] = mapped_column(Text, primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(server_default=func.now())

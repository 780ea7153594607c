"""Media (pictures and recordings) of messages: where they are stored, or why not."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id
from reporting.models.states import MediaState, sql_list


class Media(Base):
    """One media file of a message. `key` and `thumbnail_key` name it in the media store and reveal nothing about it."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("message_id", "number"),
        CheckConstraint(f"state IN {sql_list(*MediaState)}", name="state"),
        Index("ix_media_waiting", "id", postgresql_where=text(f"state = '{MediaState.WAITING}'")),
        Index("ix_media_erased", "id", postgresql_where=text(f"state = '{MediaState.ERASED}'")),
    )

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    number: Mapped[int]  # from 0, in the order of the message
    source_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted URL, until it is downloaded
    content_type: Mapped[str | None] = mapped_column(Text)  # declared by the gateway, later detected
    state: Mapped[str] = mapped_column(Text, server_default=MediaState.WAITING)
    attempts: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(Text)
    thumbnail_key: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None]  # pixels
    height: Mapped[int | None]
    size_bytes: Mapped[int | None]
    created_at: Mapped[CreatedAt]

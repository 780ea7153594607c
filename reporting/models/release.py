"""Releases: dated, immutable sets of protected figures with the areas they are about. All that the public may read."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id


class Release(Base):
    """One publication of one cube for one period, with the policy it was protected by."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("campaign_id", "cube", "period", "version"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    campaign_slug: Mapped[str] = mapped_column(Text)  # the public role cannot read the campaign itself
    campaign_name: Mapped[str] = mapped_column(Text)
    cube: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)  # `2026-11`, `2026` or `all`
    version: Mapped[int] = mapped_column(Integer)  # counts the releases of this cube and period
    policy: Mapped[dict[str, Any]]
    quality: Mapped[dict[str, Any]]
    topics: Mapped[dict[str, Any]]  # names by code and language
    code_version: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class ReleaseCell(Base):
    """One figure. `value` is empty where it is suppressed; how many it was then stands nowhere."""

    __tablename__ = "release_cell"
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)  # `reports` or `incidents`
    value: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)  # SDMX CL_OBS_STATUS: A normal, Q suppressed


class ReleaseMember(Base):
    """A report that a figure counted when it was last made anew; the public cannot read it.

    The next release compares with it: a figure that would show the change of a few people keeps its value.
    """

    __tablename__ = "release_cell_report"
    __table_args__ = (Index("ix_release_cell_report_report_id", "report_id"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # no key: a report may be erased


class ReleaseArea(Base):
    """An area as it was when the release was made, with a shape light enough for a phone."""

    __tablename__ = "release_area"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=True))


class ReleaseHold(Base):
    """That a release waits for a second person; until that one approved it, the public role cannot see it."""

    __tablename__ = "release_hold"

    release_id: Mapped[int] = mapped_column(
        ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    prepared_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReleaseApproval(Base):
    """Who prepared a release and who published it; nobody in particular (None) where an operator did by command."""

    __tablename__ = "release_approval"

    release_id: Mapped[int] = mapped_column(
        ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReleaseWithdrawal(Base):
    """That a release was withdrawn, and why: it stays listed, and none of its figures can be read any more."""

    __tablename__ = "release_withdrawal"

    release_id: Mapped[int] = mapped_column(
        ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reason: Mapped[str] = mapped_column(Text)  # for the public

"""Releases: dated, immutable sets of protected figures with their areas. The public role reads nothing else."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, CreatedAt, Id


class Release(Base):
    """One published cube for one period, with its disclosure control policy."""

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
    """One figure. `value` is null where it is suppressed; the suppressed count is stored nowhere."""

    __tablename__ = "release_cell"
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)  # `reports` or `incidents`
    value: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)  # SDMX CL_OBS_STATUS: A normal, Q suppressed


class ReleaseMember(Base):
    """A report that contributed to a figure when it was last counted; the public role cannot read it.

    The next release compares with these rows: if the difference would reveal a few people, the figure keeps its old
    value.
    """

    __tablename__ = "release_cell_report"
    __table_args__ = (Index("ix_release_cell_report_report_id", "report_id"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)
    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    report_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # no key: a report may be erased


class ReleaseArea(Base):
    """An area as it was when the release was made, with a boundary simplified for phones."""

    __tablename__ = "release_area"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=True))


class ReleaseHold(Base):
    """Marks a release that waits for a second person; the public role cannot see it until it is approved."""

    __tablename__ = "release_hold"

    release_id: Mapped[int] = mapped_column(
        ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    prepared_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReleaseApproval(Base):
    """The accounts that prepared and published a release; None where an operator used the command line."""

    __tablename__ = "release_approval"

    release_id: Mapped[int] = mapped_column(
        ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReleaseWithdrawal(Base):
    """The withdrawal of a release with its reason: the release stays listed, its figures cannot be read any more."""

    __tablename__ = "release_withdrawal"

    release_id: Mapped[int] = mapped_column(
        ForeignKey("release.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reason: Mapped[str] = mapped_column(Text)  # for the public

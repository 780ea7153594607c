"""Releases: dated, immutable sets of protected figures with their areas. The public role reads nothing else."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, BigInteger, Computed, ForeignKey, Index, Integer, Text, UniqueConstraint, func
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
    """One figure. `value` is null where it is too small to be shown.

    The estimate, in thousandths, carries the noise that protects it; it adds up exactly with the others. Releases from
    before there was noise have none.
    """

    __tablename__ = "release_cell"
    __table_args__ = (  # the pages of the API go by slice; the primary key serves maps and files, which go by area
        Index(
            "ix_release_cell_slice", "release_id", "slice", "area_level", "area_code", "month", "measure", unique=True
        ),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    area_level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)  # 0 is the country
    area_code: Mapped[str] = mapped_column(Text, primary_key=True)  # `_T` the country, `_U` unknown
    month: Mapped[str] = mapped_column(Text, primary_key=True)  # or the year, or `all`
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text), primary_key=True)  # by dimension of the policy; `_T` for all
    # The codes as one text, since behind the policy of the public role only operators like that of text reach an index.
    slice: Mapped[str] = mapped_column(Text, Computed("join_codes(codes)", persisted=True))
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int | None]
    estimate: Mapped[int | None] = mapped_column(BigInteger)
    standard_error: Mapped[float | None]
    status: Mapped[str] = mapped_column(Text)  # SDMX CL_OBS_STATUS: A normal, Q suppressed
    confidentiality: Mapped[str] = mapped_column(
        Text, server_default="F"
    )  # SDMX CL_CONF_STATUS: F free, C confidential


class CubeMonth(Base):
    """A month of a cube that was drawn: over which reports, and how much of the protection that spent; append-only.

    A month has one draw and one revision; another draw of the same revision would undo the noise.
    """

    __tablename__ = "cube_month"
    __table_args__ = (Index("ix_cube_month_release_id", "release_id"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True)
    cube: Mapped[str] = mapped_column(Text, primary_key=True)
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"))
    counted_sha256: Mapped[str] = mapped_column(Text)
    strength: Mapped[float]  # the parameter mu of Gaussian differential privacy
    frozen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReleaseArea(Base):
    """An area as it was when the release was made, with a boundary simplified for phones."""

    __tablename__ = "release_area"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
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

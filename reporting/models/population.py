"""The population by area, as censuses and models give it: what the shares of reporters are compared with."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reporting.models.base import Base, Id


class Population(Base):
    """People of an area in a year; the codes are of `reporting/population/code_lists.py`, `_T` where all are meant.

    A source is one table: loading it again replaces its rows of that level and year.
    """

    __tablename__ = "population"
    __table_args__ = (
        UniqueConstraint(
            "campaign_id", "area_code", "sex", "age", "disability", "phone", "urban", "year", "source",
            name="uq_population_figure",
        ),
        CheckConstraint("value >= 0", name="value"),
        Index(None, "campaign_id", "area_level", "year", "source"),
    )  # fmt: skip

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    area_code: Mapped[str] = mapped_column(Text)  # no key: boundaries may be loaded again
    area_level: Mapped[int] = mapped_column(Integer)
    sex: Mapped[str] = mapped_column(Text)
    age: Mapped[str] = mapped_column(Text)
    disability: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    urban: Mapped[str] = mapped_column(Text)
    year: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)
    method: Mapped[str | None] = mapped_column(Text)  # census, survey, model

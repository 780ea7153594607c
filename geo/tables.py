"""The tables of places and boundaries. They know a campaign only by its id.

`metadata` is the one MetaData of the project: `reporting.models` declares its classes on it, so that migrations see
every table and foreign keys may cross the packages without an import that runs the wrong way.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

# Constraint names follow one convention so that errors can be mapped by name.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _campaign_id() -> Column[int]:
    return Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False)


area = Table(
    "area",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("level", Integer, nullable=False),  # 1 = the first level below the country
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("names", ARRAY(Text), nullable=False, server_default="{}"),  # in other languages and spellings
    Column("parent_code", Text),
    Column("source", Text, nullable=False),
    Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=True), nullable=False),
    UniqueConstraint("campaign_id", "code"),
    Index(None, "campaign_id", "level"),
)

place = Table(
    "place",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("names", ARRAY(Text), nullable=False, server_default="{}"),  # alternate names
    Column("kind", Text, nullable=False, server_default="place"),
    Column("population", Integer),
    Column("radius_m", Float, nullable=False),  # how far from the point the thing of that name may lie
    Column("area_code", Text),  # the smallest loaded area around it
    Column("geom", Geometry("POINT", srid=4326, spatial_index=True), nullable=False),
    UniqueConstraint("campaign_id", "source", "source_id"),
)

# What moderators and imported reports teach: these words meant this point.
lesson = Table(
    "lesson",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("source", Text, nullable=False),  # who taught it: an import, a decision
    Column("source_id", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("radius_m", Float, nullable=False),
    Column("geom", Geometry("POINT", srid=4326, spatial_index=True), nullable=False),
    UniqueConstraint("campaign_id", "source", "source_id"),
)

# One row a campaign; the version grows with every change, so that a process knows when its copy in memory is old.
gazetteer = Table(
    "gazetteer",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id", ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, nullable=False, server_default="0"),
)

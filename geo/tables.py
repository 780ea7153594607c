"""The tables of places and boundaries. They know a campaign only by its id.

`metadata` is the one MetaData of the project: `reporting.models` declares its classes on it, so that migrations see
every table and foreign keys may cross the packages without an import that runs the wrong way.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

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

# Every name of every place and area, folded, for people who type the beginning of one (geo/search.py).
search_name = Table(
    "search_name",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("place_id", ForeignKey("place.id", ondelete="CASCADE")),
    Column("area_id", ForeignKey("area.id", ondelete="CASCADE")),
    Column("folded", Text(collation="C"), nullable=False),
    Column("sound", Text(collation="C"), nullable=False),
    Column("weight", Float, nullable=False),  # about the logarithm of how many people live there
    Column("print", BigInteger, nullable=False),  # of what it was made from
    CheckConstraint("num_nonnulls(place_id, area_id) = 1", name="one_thing"),
    Index(None, "place_id", postgresql_where=text("place_id IS NOT NULL")),
    Index(None, "area_id", postgresql_where=text("area_id IS NOT NULL")),
    Index(None, "campaign_id", "folded"),
    Index(None, "campaign_id", "sound"),
    Index("ix_search_name_two_letters", "campaign_id", text('"left"(folded, 2)'), text("weight DESC")),
    Index("ix_search_name_three_letters", "campaign_id", text('"left"(folded, 3)'), text("weight DESC")),
    Index("ix_search_name_letters", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
)

# What other geocoders answered: kept for a while, found by a keyed hash of what was asked.
geocoder_answer = Table(
    "geocoder_answer",
    metadata,
    Column("query_hash", LargeBinary, primary_key=True),
    Column("answers", JSONB, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

# When each of them may be asked next, on which all workers agree.
geocoder_turn = Table(
    "geocoder_turn",
    metadata,
    Column("service", Text, primary_key=True),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
)

"""Tables of places and boundaries, which refer to a campaign by its id alone.

`metadata` is the one MetaData of the project: `reporting.models` declares its classes on it. So migrations see every
table, and foreign keys may cross packages without an import against the import rules.
"""

from enum import StrEnum

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
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
    Column("population", BigInteger),
    Column("is_urban", Boolean),  # as its source says; NULL where it does not
    Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=True), nullable=False),
    UniqueConstraint("campaign_id", "code"),
    Index(None, "campaign_id", "level"),
)

# Each area cut into pieces of few corners, for fast point-in-polygon queries; a trigger keeps them up to date.
area_piece = Table(
    "area_piece",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("area_id", ForeignKey("area.id", ondelete="CASCADE"), nullable=False),
    _campaign_id(),
    Column("level", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("geom", Geometry("POLYGON", srid=4326, spatial_index=True), nullable=False),
    Index(None, "area_id"),
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
    Column("radius_m", Float, nullable=False),  # how far from the point the named feature may lie
    Column("area_code", Text),  # the smallest loaded area around it
    Column("geom", Geometry("POINT", srid=4326, spatial_index=True), nullable=False),
    Column("scheme", Text, nullable=False, server_default=""),  # of `source_id`: geonames, osm, empty: its own
    Column("same_as_id", ForeignKey("place.id", ondelete="SET NULL")),  # conflation: the same place in another source
    UniqueConstraint("campaign_id", "source", "source_id"),
    Index(None, "same_as_id", postgresql_where=text("same_as_id IS NOT NULL")),
)

# Alternate names from lists of their own, which refer to the id of a place or the code of an area.
alias = Table(
    "alternate_name",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("place_id", ForeignKey("place.id", ondelete="CASCADE")),
    Column("area_id", ForeignKey("area.id", ondelete="CASCADE")),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),  # as the list gives it, empty where it says none
    Column("is_preferred", Boolean, nullable=False, server_default="false"),
    Column("is_short", Boolean, nullable=False, server_default="false"),
    Column("is_colloquial", Boolean, nullable=False, server_default="false"),
    Column("is_historic", Boolean, nullable=False, server_default="false"),
    CheckConstraint("num_nonnulls(place_id, area_id) = 1", name="one_thing"),
    UniqueConstraint(
        "campaign_id", "source", "source_id", "place_id", "area_id",
        name="uq_alternate_name_campaign_id_source_source_id",
        postgresql_nulls_not_distinct=True,
    ),
    Index(None, "place_id", postgresql_where=text("place_id IS NOT NULL")),
    Index(None, "area_id", postgresql_where=text("area_id IS NOT NULL")),
)  # fmt: skip

# Learned placements, from moderators and imported reports: these words meant this point.
placement = Table(
    "learned_placement",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("source", Text, nullable=False),  # what it was learned from: an import, a decision
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
    Column("names_version", BigInteger, nullable=False, server_default="0"),  # of places and boundaries alone
)

# Every name of every place and area, normalised, for autocomplete (geo/search/autocomplete.py).
place_search_name = Table(
    "place_search_name",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("place_id", ForeignKey("place.id", ondelete="CASCADE")),
    Column("area_id", ForeignKey("area.id", ondelete="CASCADE")),
    Column("folded", Text(collation="C"), nullable=False),
    Column("sound", Text(collation="C"), nullable=False),
    Column("weight", Float, nullable=False),  # about the logarithm of how many people live there
    Column("print", BigInteger, nullable=False),  # hash of the values that the row was made from
    CheckConstraint("num_nonnulls(place_id, area_id) = 1", name="one_thing"),
    Index(None, "place_id", postgresql_where=text("place_id IS NOT NULL")),
    Index(None, "area_id", postgresql_where=text("area_id IS NOT NULL")),
    Index(None, "campaign_id", "folded"),
    Index(None, "campaign_id", "sound"),
    Index("ix_place_search_name_from_behind", "campaign_id", text("reverse(folded)")),
    Index("ix_place_search_name_two_letters", "campaign_id", text('"left"(folded, 2)'), text("weight DESC")),
    Index("ix_place_search_name_three_letters", "campaign_id", text('"left"(folded, 3)'), text("weight DESC")),
    Index("ix_place_search_name_letters", "folded", postgresql_using="gin", postgresql_ops={"folded": "gin_trgm_ops"}),
)

# H3 cells that outputs show instead of the exact points of reports; assigned once, never replaced by finer cells.
public_cell = Table(
    "public_cell",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _campaign_id(),
    Column("cell", Text, nullable=False),
    Column("basis", Text, nullable=False),  # people or reporters: what was counted to find the cell large enough
    Column("held", Integer, nullable=False),  # their number when the cell was assigned
    Column("drawn_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    UniqueConstraint("campaign_id", "cell"),
)


class PublicKind(StrEnum):
    """What every output shows instead of the exact point of a report."""

    AREA = "area"
    CELL = "cell"
    CAMPAIGN = "campaign"  # only the campaign is shown


_PUBLIC_KINDS = ", ".join(f"'{kind}'" for kind in PublicKind)

# The public cell or area that every output shows instead of the exact point of a report.
public_location = Table(
    "public_location",
    metadata,
    Column("report_id", ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
    _campaign_id(),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),  # of the area or cell; empty for the whole campaign
    Column("drawn_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    CheckConstraint(f"kind IN ({_PUBLIC_KINDS})", name="kind"),
    Index(None, "campaign_id", "code"),
)

# Cached answers of external geocoders, found by a keyed hash of the query until they expire.
geocoder_cache = Table(
    "geocoder_cache",
    metadata,
    Column("query_hash", LargeBinary, primary_key=True),
    Column("answers", JSONB, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)

# Rate limit of each external geocoder, shared by all workers: when the next query is allowed.
geocoder_rate_limit = Table(
    "geocoder_rate_limit",
    metadata,
    Column("service", Text, primary_key=True),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
)

"""A row in every table, made from what the schema says of itself: so that a new table is never left out of a test."""

import re
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.reflection import Inspector

_NOT_OURS: Final = {"spatial_ref_sys", "alembic_version"}
_EXACTLY_ONE: Final = re.compile(r"num_nonnulls\(([\w, ]+)\) = 1")
_ONE_OF: Final = re.compile(r"\(?(\w+) = ANY \(ARRAY\['(\w+)'")
_BY_TYPE: Final = {
    "BIGINT": "1", "INTEGER": "1", "SMALLINT": "1", "NUMERIC": "1", "REAL": "1", "DOUBLE": "1", "BOOLEAN": "true",
    "TEXT": "'words'", "VARCHAR": "'words'", "BYTEA": r"'\x0102'", "JSONB": "'{}'", "JSON": "'{}'", "ARRAY": "'{}'",
    "TIMESTAMP": "now()", "DATE": "current_date", "UUID": "gen_random_uuid()", "INET": "'192.0.2.1'",
}  # fmt: skip
_SHAPES: Final = {
    "POINT": "ST_SetSRID(ST_MakePoint(85, 28), 4326)",
    "MULTIPOLYGON": "ST_Multi(ST_MakeEnvelope(85, 27, 86, 28, 4326))",
}
_LINK_TO_ANOTHER: Final = {"candidate_id": "(SELECT max(id) FROM report)"}


def list_tables(connection: Connection) -> list[str]:
    """The program's tables."""
    return sorted(set(inspect(connection).get_table_names()) - _NOT_OURS)


def fill_every_table(connection: Connection) -> None:
    """Insert a row into each table that has none, those that others refer to first."""
    inspector = inspect(connection)
    empty = [table for table, rows in count_rows(connection).items() if rows == 0]
    while empty:
        ready = [table for table in empty if not _list_referred(inspector, table) & set(empty)]
        assert ready, f"these refer to each other: {empty}"
        for table in ready:
            values = _make_row(inspector, table)
            columns = ", ".join(f'"{name}"' for name in values)
            connection.execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(values.values())})'))
        empty = [table for table in empty if table not in ready]


def _list_referred(inspector: Inspector, table: str) -> set[str]:
    return {key["referred_table"] for key in inspector.get_foreign_keys(table)} - {table}


def _make_row(inspector: Inspector, table: str) -> dict[str, str]:
    """SQL expressions by column, for every column that can be given a value."""
    references = {
        name: f'(SELECT min("{other}") FROM "{key["referred_table"]}")'
        for key in inspector.get_foreign_keys(table)
        for name, other in zip(key["constrained_columns"], key["referred_columns"], strict=True)
        if key["referred_table"] != table
    }
    checks = [str(check["sqltext"]) for check in inspector.get_check_constraints(table)]
    one_of = {match[1]: f"'{match[2]}'" for check in checks for match in _ONE_OF.finditer(check)}
    values: dict[str, str | None] = {}
    for column in inspector.get_columns(table):
        name = column["name"]
        if column.get("computed") or column.get("identity") or "nextval" in str(column["default"]):
            continue
        values[name] = references.get(name) or one_of.get(name) or _make_value(column)
    alternatives = [match[1].split(", ")[1:] for check in checks for match in _EXACTLY_ONE.finditer(check)]
    values |= dict.fromkeys(chain.from_iterable(alternatives))
    values |= _LINK_TO_ANOTHER if table == "link" else {}
    return {name: value for name, value in values.items() if value is not None}


def _make_value(column: Any) -> str | None:
    kind = str(column["type"]).upper()
    if kind.startswith("GEOMETRY"):
        return next(shape for name, shape in _SHAPES.items() if f"({name}," in kind)
    if column["nullable"] and kind.startswith(("BIGINT", "JSON")):
        return None  # a reference to its own table, or a document that code reads
    return column["default"] or next(value for name, value in _BY_TYPE.items() if kind.startswith(name))


def snapshot(connection: Connection) -> dict[str, str]:
    """Digest of the rows of each table, whatever their order."""
    digest = "SELECT md5(coalesce(string_agg(each::text, ',' ORDER BY each::text), '')) FROM \"{}\" AS each"
    return {table: connection.execute(text(digest.format(table))).scalar_one() for table in list_tables(connection)}


def count_rows(connection: Connection) -> dict[str, int]:
    """Number of rows of each table."""
    return {
        table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
        for table in list_tables(connection)
    }


# What a schema says of each thing, by kind and name; the order of columns is no part of it.
_SCHEMA: Final = """
SELECT 'column', attrelid::regclass || '.' || attname,
  concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
    attidentity, attgenerated, pg_get_expr(adbin, adrelid), attacl::text)
 FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
 LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE relkind IN ('r', 'v', 'm') AND attnum > 0 AND NOT attisdropped AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
 FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
UNION ALL
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
 FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', pg_proc.oid::regprocedure::text, concat_ws(' ', prosrc, proacl::text)
 FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
 WHERE pronamespace = 'public'::regnamespace AND lanname IN ('sql', 'plpgsql')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
UNION ALL
SELECT 'rights', oid::regclass::text, (SELECT string_agg(each::text, ' ' ORDER BY each::text) FROM unnest(relacl) each)
 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
"""


def describe_schema(connection: Connection) -> dict[tuple[str, str], str | None]:
    """What the catalogues say of columns, constraints, indexes, triggers, functions and rights, by kind and name."""
    return {(kind, name): definition for kind, name, definition in connection.execute(text(_SCHEMA))}

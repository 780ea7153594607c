"""Give tables and columns the field's words (docs/glossary.md): a table keeps its rows, its rights and its indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TABLES = {
    "line": "campaign_address",
    "attempt": "processing_attempt",
    "message_part": "message_segment",
    "delivery_note": "early_delivery_report",
    "pace": "channel_state",
    "subject": "report_demographics",
    "copy_wave": "duplicate_burst",
    "told": "update_recipient",
    "stale_links": "rescore_queue",
    "report_band": "report_minhash",
    "likeness_weights": "match_weights",
    "look": "access_log",
    "person": "account",
    "release_member": "release_cell_report",
    "lesson": "learned_placement",
    "alias": "alternate_name",
    "shown_cell": "public_cell",
    "shown_place": "public_location",
    "geocoder_answer": "geocoder_cache",
    "geocoder_turn": "geocoder_rate_limit",
    "search_name": "place_search_name",
    "person_role": "account_role",
    "person_campaign": "account_campaign",
}
_COLUMNS = {
    "party_hash": "address_hash",
    "party_sealed": "address_encrypted",
    "number_sealed": "number_encrypted",
    "payload_sealed": "payload_encrypted",
    "details_sealed": "details_encrypted",
    "can_wait": "respects_quiet_hours",
    "answers_id": "in_reply_to_id",
    "window_h": "incident_window_h",
    "is_bound": "is_campaign_limited",
    "person_id": "account_id",
    "copy_wave_id": "duplicate_burst_id",
}
_LIST_COLUMNS = """
    SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
       AND attname = ANY(:names) ORDER BY 1, 2
"""
# Their own names lead with a prefix of their kind, the identity's sequence with the table.
_LIST_INDEXES = """
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('i', 'S') AND relname ~ :pattern
"""
_LIST_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND conname ~ :pattern
       AND NOT EXISTS (SELECT FROM pg_class WHERE relname = conname AND relnamespace = 'public'::regnamespace)
"""
_LIST_TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ :pattern
"""


def upgrade() -> None:
    _rename(_TABLES, _COLUMNS)


def downgrade() -> None:
    _rename({new: old for old, new in _TABLES.items()}, {new: old for old, new in _COLUMNS.items()})


def _rename(tables: dict[str, str], columns: dict[str, str]) -> None:
    connection = op.get_bind()
    for table, column in connection.execute(sa.text(_LIST_COLUMNS), {"names": list(columns)}).all():
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {columns[column]}")
    for old, new in tables.items():
        op.execute(f"ALTER TABLE {old} RENAME TO {new}")
        _rename_what_is_named_after(f"^((ix|pk|uq|fk|ck|idx)_)?{old}_", old, new)
    for old, new in columns.items():
        _rename_what_is_named_after(f"^(ix|pk|uq|fk|ck)_.*_{old}(_|$)", old, new)


def _rename_what_is_named_after(pattern: str, old: str, new: str) -> None:
    connection, values = op.get_bind(), {"pattern": pattern}
    for (name,) in connection.execute(sa.text(_LIST_INDEXES), values).all():
        kind = "SEQUENCE" if name.endswith("_seq") else "INDEX"
        op.execute(f"ALTER {kind} {name} RENAME TO {_begin_anew(name, old, new)}")
    for table, name in connection.execute(sa.text(_LIST_CONSTRAINTS), values).all():
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {_begin_anew(name, old, new)}")
    for table, name in connection.execute(sa.text(_LIST_TRIGGERS), values).all():
        op.execute(f"ALTER TRIGGER {name} ON {table} RENAME TO {_begin_anew(name, old, new)}")


def _begin_anew(name: str, old: str, new: str) -> str:
    return name.replace(old, new, 1)[:63]

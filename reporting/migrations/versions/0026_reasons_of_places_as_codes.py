"""Why a report is where it is comes as codes with values; it was an English sentence that code compared and parsed."""

import json
import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SOURCES = ("text", "pin", "choice", "device", "import", "geocoder")
IMPORTED = "imported with its point"
PIN = "placed by a moderator"
METRES = r"(?P<{0}>[\d.]+ k?m)"
WORDS = r"'(?P<words>.*?)'"
# Code, shape of its part of a sentence, and the sentence to write for it on the way back.
SHAPES = [
    (code, re.compile(pattern, re.DOTALL), sentence)
    for code, pattern, sentence in (
        ("name", WORDS + " = (?P<name>.+)", "'{words}' = {name}"),
        ("name_alike", WORDS + " ~ (?P<name>.+)", "'{words}' ~ {name}"),
        (
            "taught", WORDS + r" taught (?:once|(?P<count>\d+) times), spread " + METRES.format("spread_m"),
            "'{words}' taught {times}, spread {spread_m}",
        ),
        (
            "heard", WORDS + r" heard (?:once|(?P<count>\d+) times), spread " + METRES.format("spread_m"),
            "'{words}' heard {times}, spread {spread_m}",
        ),
        ("number_between", WORDS + r" between (?P<low>\d+) and (?P<high>\d+)", "'{words}' between {low} and {high}"),
        ("number_near", WORDS + r" near (?P<low>\d+)", "'{words}' near {low}"),
        ("texts_alike", r"(?P<count>\d+) taught texts like it", "{count} taught texts like it"),
        ("shared_point", r"(?P<count>\d+) names were put on this point", "{count} names were put on this point"),
        ("earlier_report", "near an earlier report of the sender", "near an earlier report of the sender"),
        ("in_area", "somewhere in that area", "somewhere in that area"),
        ("coordinates", "coordinates in the text", "coordinates in the text"),
        ("halfway", "halfway between two places", "halfway between two places"),
        ("away", METRES.format("away_m") + " from there", "{away_m} from there"),
        ("one_side", "on one side of there", "on one side of there"),
        ("beside", "beside it", "beside it"),
        ("pin", PIN, PIN),
        ("choice", "chosen by the sender", "chosen by the sender"),
        ("device", "position sent by the phone", "position sent by the phone"),
        (
            "device_unasked", "position of the phone that nobody asked for",
            "position of the phone that nobody asked for",
        ),
        ("imported", IMPORTED, IMPORTED),
        ("geocoder", r"answer of (?P<service>\w+): (?P<address>.+)", "answer of {service}: {address}"),
    )
]  # fmt: skip
SENTENCES = {code: sentence for code, _, sentence in SHAPES} | {"imported_name": "{words}", "unknown": "not known"}
SOURCE_OF = {
    "pin": "pin", "choice": "choice", "device": "device", "device_unasked": "device", "imported": "import",
    "imported_name": "import", "geocoder": "geocoder",
}  # fmt: skip
NUMBERS = ("count", "low", "high")
BATCH = 2_000

_REPORTS = """
    SELECT id, source, {place} AS place, alternatives FROM report
     WHERE {condition} OR jsonb_path_exists(alternatives, '$[*].{key}') ORDER BY id
"""
_ANSWERS = "SELECT encode(query_hash, 'hex') AS id, '' AS source, answers FROM geocoder_answer"
_DECISIONS = """
    SELECT decision.id, report.source, decision.after FROM decision JOIN report ON report.id = decision.report_id
     WHERE jsonb_path_exists(decision.after, '$.changed.corrected ? (exists(@.{key}) || exists(@.alternatives))')
     ORDER BY decision.id
"""
_PUT_CODES = """
    UPDATE report SET location_source = row.location_source, gazetteer_name = row.gazetteer_name,
           location_reasons = coalesce(row.location_reasons, '[]'), alternatives = row.alternatives
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (id bigint, location_source text, gazetteer_name text,
           location_reasons jsonb, alternatives jsonb) WHERE report.id = row.id
"""
_PUT_SENTENCES = """
    UPDATE report SET place_match = row.place_match, alternatives = row.alternatives
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (id bigint, place_match text, alternatives jsonb)
     WHERE report.id = row.id
"""
_PUT_ANSWERS = """
    UPDATE geocoder_answer SET answers = row.answers
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (id text, answers jsonb)
     WHERE query_hash = decode(row.id, 'hex')
"""
_PUT_DECISIONS = """
    UPDATE decision SET after = row.after
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (id bigint, after jsonb) WHERE decision.id = row.id
"""


def upgrade() -> None:
    op.add_column("report", sa.Column("location_source", sa.Text()))
    op.add_column("report", sa.Column("gazetteer_name", sa.Text()))
    op.add_column("report", sa.Column("location_reasons", postgresql.JSONB(), server_default="[]", nullable=False))
    reports = _REPORTS.format(place="place_match", condition="place_match IS NOT NULL", key="match")
    _convert(reports, _PUT_CODES, _encode_report)
    _convert(_ANSWERS, _PUT_ANSWERS, lambda row: {"answers": [encode_place(each, row.source) for each in row.answers]})
    _convert_decisions("place_match", _encode_note)
    op.drop_column("report", "place_match")
    op.create_check_constraint("ck_report_location_source", "report", f"location_source IN {SOURCES}")


def downgrade() -> None:
    op.drop_constraint("ck_report_location_source", "report", type_="check")
    op.add_column("report", sa.Column("place_match", sa.Text()))
    reports = _REPORTS.format(place="location_reasons", condition="location_reasons <> '[]'", key="reasons")
    _convert(reports, _PUT_SENTENCES, _decode_report)
    _convert(_ANSWERS, _PUT_ANSWERS, lambda row: {"answers": [decode_place(each) for each in row.answers]})
    _convert_decisions("location_reasons", _decode_note)
    for column in ("location_source", "gazetteer_name", "location_reasons"):
        op.drop_column("report", column)


def encode(sentence: str, report_source: str) -> dict[str, Any]:
    """The columns of a sentence; what is of no known shape in one of an imported report is what its file called it."""
    reasons: list[dict[str, Any]] = []
    for part in sentence.split("; "):
        reason = _read(part)
        if reason is None and reasons and "name" in reasons[-1]:
            reasons[-1]["name"] += f"; {part}"  # the name has the sign that stands between reasons
        else:
            reasons.append(reason or {"code": "unknown"})
    if report_source == "import" and sentence not in (PIN, IMPORTED):
        reasons = [{"code": "imported_name", "words": sentence}]
    return {
        "location_source": next((SOURCE_OF[one["code"]] for one in reasons if one["code"] in SOURCE_OF), "text"),
        "gazetteer_name": reasons[0].get("name"),
        "location_reasons": reasons,
    }


def decode(reasons: list[dict[str, Any]]) -> str | None:
    """The sentence of some codes; None for none."""
    parts = []
    for reason in reasons:
        values = {name: _show_m(each) if name.endswith("_m") else each for name, each in reason.items()}
        count = values.get("count")
        parts.append(SENTENCES[reason["code"]].format(**values, times="once" if count == 1 else f"{count} times"))
    return "; ".join(parts) or None


def encode_place(place: dict[str, Any], report_source: str) -> dict[str, Any]:
    """A place that a report may be at, with codes for its sentence."""
    rest = {key: value for key, value in place.items() if key != "match"}
    if not place.get("match"):
        return {"reasons": [], **rest}
    found = encode(place["match"], report_source if "name" not in place else "")
    rest.setdefault("name", found["gazetteer_name"] or "")
    source = {} if found["location_source"] == "text" else {"source": found["location_source"]}
    return {**rest, **source, "reasons": found["location_reasons"]}


def decode_place(place: dict[str, Any]) -> dict[str, Any]:
    """A place that a report may be at, with a sentence for its codes."""
    rest = {key: value for key, value in place.items() if key not in ("reasons", "source")}
    return {**rest, "match": decode(place.get("reasons") or []) or ""}


def _read(part: str) -> dict[str, Any] | None:
    for code, pattern, _ in SHAPES:
        if found := pattern.fullmatch(part):
            values: dict[str, Any] = found.groupdict()
            if "count" in values:
                values["count"] = int(values["count"] or 1)
            for name in values:
                if name.endswith("_m"):
                    values[name] = _read_m(values[name])
                elif name in NUMBERS:
                    values[name] = int(values[name])
            return {"code": code, **values}
    return None


def _read_m(shown: str) -> float:
    figure, _, unit = shown.partition(" ")
    return round(float(figure) * (1_000 if unit == "km" else 1), 1)


def _show_m(metres: float) -> str:
    return f"{metres / 1_000:.1f} km" if metres >= 1_000 else f"{metres:.0f} m"


def _encode_report(row: Any) -> dict[str, Any]:
    columns = encode(row.place, row.source) if row.place else {}
    return {**columns, "alternatives": [encode_place(place, row.source) for place in row.alternatives]}


def _decode_report(row: Any) -> dict[str, Any]:
    return {"place_match": decode(row.place), "alternatives": [decode_place(place) for place in row.alternatives]}


def _encode_note(corrected: dict[str, Any], report_source: str) -> dict[str, Any]:
    """What an act changed of a report's place, as [before, after] by column."""
    note = {column: pair for column, pair in corrected.items() if column != "place_match"}
    if "place_match" in corrected:
        nothing = {"location_source": None, "gazetteer_name": None, "location_reasons": []}
        before, after = (encode(each, report_source) if each else nothing for each in corrected["place_match"])
        note |= {column: [before[column], after[column]] for column in nothing if before[column] != after[column]}
    if "alternatives" in corrected:
        note["alternatives"] = [[encode_place(each, report_source) for each in side] for side in note["alternatives"]]
    return note


def _decode_note(corrected: dict[str, Any], report_source: str) -> dict[str, Any]:  # noqa: ARG001
    gone = ("location_source", "gazetteer_name", "location_reasons")
    note = {column: pair for column, pair in corrected.items() if column not in gone}
    if "location_reasons" in corrected:
        note["place_match"] = [decode(reasons) for reasons in corrected["location_reasons"]]
    if "alternatives" in corrected:
        note["alternatives"] = [[decode_place(each) for each in side] for side in note["alternatives"]]
    return note


def _convert_decisions(key: str, change: Callable[[dict[str, Any], str], dict[str, Any]]) -> None:
    """Notes of what acts changed, which an undo compares with the columns. Decisions are appended only, but for this."""

    def _change(row: Any) -> dict[str, Any]:
        changed = row.after["changed"]
        corrected = change(changed["corrected"], row.source)
        return {"after": {**row.after, "changed": {**changed, "corrected": corrected}}}

    op.execute("ALTER TABLE decision DISABLE TRIGGER decision_appended")
    _convert(_DECISIONS.format(key=key), _PUT_DECISIONS, _change)
    op.execute("ALTER TABLE decision ENABLE TRIGGER decision_appended")


def _convert(query: str, put: str, change: Callable[[Any], dict[str, Any]]) -> None:
    """Change rows some thousand at a time, while a cursor of the server reads them."""
    connection = op.get_bind()
    found = connection.execute(sa.text(query).execution_options(yield_per=BATCH))
    for batch in found.partitions():
        rows = [{"id": row.id, **change(row)} for row in batch]
        connection.execute(sa.text(put), {"rows": json.dumps(rows)})

"""Recorded calls of gateways, one JSON file each under `cases/<adapter>/`, and what must come of them.

A file has `about` (what it shows and where its shape was read), `kind`, `method`, `headers`, `query`, the body as
`body` (text), `body_json` or `body_base64` (bytes that are no UTF-8), and `expected`: the items as `show_item` writes
them.
"""

import base64
import json
from dataclasses import MISSING, asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.base.items import Item
from tests.channels.call import Call

_FOLDER = Path(__file__).parent / "cases"


def list_recorded(adapter: str) -> list[Path]:
    """The files of an adapter's recorded calls."""
    return sorted((_FOLDER / adapter).glob("*.json"))


def read_recorded(path: Path, channel: str) -> tuple[str, Call, list[dict[str, Any]]]:
    """The kind of the call, the call without its proof, and the expected items."""
    case = json.loads(path.read_text(encoding="utf-8"))
    if "body_base64" in case:
        body = base64.b64decode(case["body_base64"])
    elif "body_json" in case:
        body = json.dumps(case["body_json"], ensure_ascii=False).encode()
    else:
        body = case.get("body", "").encode()
    call = Call(
        f"/channels/{channel}/{case['kind']}",
        case.get("method", "POST"),
        case.get("headers", {}),
        body,
        case.get("query", ""),
    )
    return case["kind"], call, case["expected"]


def show_item(item: Item) -> dict[str, Any]:
    """An item as JSON: its class as `is`, and every field that is not at its default, but for payload and twin."""
    shown: dict[str, Any] = {"is": type(item).__name__}
    for each in fields(item):
        value = getattr(item, each.name)
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if each.name not in ("payload", "twin") and value != default:
            shown[each.name] = _show(value)
    return shown


def _show(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_show(part) for part in value]
    if hasattr(value, "external_id"):
        return show_item(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: part for name, part in asdict(value).items() if part is not None}
    return value

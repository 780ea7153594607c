"""A webhook call as a gateway makes it, and what it says: the material that the cases of every channel are made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

PUBLIC_URL = "http://localhost"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote, for a channel's `compose` to put into its gateway's words. `media` are addresses."""

    text: str
    sender: str = "+9779800000001"
    campaign_address: str = "+15005550006"
    external_id: str = "id-1"
    sent_at: datetime | None = None
    media: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call to `path` below our public address, as yet without any proof of who makes it."""

    path: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""

    @property
    def url(self) -> str:
        """The whole address, as it is signed."""
        return f"{PUBLIC_URL}{self.path}{'?' + self.query if self.query else ''}"

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the form or of the query, the first one where a name is given twice."""
        source = self.query if self.method == "GET" else self.body.decode("utf-8", "replace")
        found: dict[str, str] = {}
        for name, value in parse_qsl(source, keep_blank_values=True, errors="replace"):
            found.setdefault(name, value)
        return found

    def with_headers(self, **headers: str) -> "Call":
        """The call with more headers; an underscore in a name stands for a hyphen."""
        return replace(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})

    def with_query(self, **fields: str) -> "Call":
        """The call with more fields in its address."""
        return replace(self, query="&".join(part for part in (self.query, urlencode(fields)) if part))

    def with_token(self, token: str) -> "Call":
        """The call with a secret at the end of its path."""
        return replace(self, path=f"{self.path}/{token}")


def form_call(path: str, fields: Mapping[str, str]) -> Call:
    """A form that is posted."""
    return Call(path, headers={"Content-Type": FORM}, body=urlencode(fields, errors="replace").encode())


def get_call(path: str, fields: Mapping[str, str]) -> Call:
    """The same fields in the address."""
    return Call(path, "GET", query=urlencode(fields, errors="replace"))


def json_call(path: str, value: Any) -> Call:
    """A JSON body that is posted."""
    return Call(path, headers={"Content-Type": JSON}, body=json.dumps(value).encode())

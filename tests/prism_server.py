"""Prism in front of the stand-in for Twilio: every call, and every answer, is held against Twilio's own description.

Prism is installed by `script/setup --tests` from tests/prism/package-lock.json. The description lies beside the other
shared material (`specs/twilio_api_v2010.json`); without it the tests that need it skip.
"""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.child import start_child
from tests.port import find_free_port

ROOT = Path(__file__).resolve().parent.parent
_PROGRAM = ROOT / "tests" / "prism" / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
_READY = "Prism is listening"


def find_description() -> Path | None:
    """Twilio's OpenAPI description, where there is one."""
    shared = Path(os.environ.get("BARAZA_SHARED") or ROOT.parent / "shared")
    path = shared / "specs" / "twilio_api_v2010.json"
    return path if path.is_file() else None


def read_description(path: Path) -> dict[str, Any]:
    """The description with one word made true.

    It says of the addresses in lists that they are absolute ("format": "uri"), and its own examples are relative, as
    Twilio's answers are. So "uri" becomes "uri-reference" in lists.
    """
    description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for operations in description["paths"].values():
        listing = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        for media in listing.values():
            for name, schema in media["schema"].get("properties", {}).items():
                if name == "uri" or name.endswith("_uri"):
                    schema["format"] = "uri-reference"
    return description


@contextmanager
def run_prism(description: Path, upstream: str) -> Iterator[str]:
    """Run it; gives its address. It answers 422 for a call, 500 for an answer that is not as described."""
    if not _PROGRAM.is_file():
        raise RuntimeError("Prism is not installed: script/setup --tests")
    port = find_free_port()
    command = [
        "node",
        str(_PROGRAM),
        "proxy",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "--errors",
        str(description),
        upstream,
    ]
    with start_child(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if _READY in line:
                    break
            else:
                raise RuntimeError(f"Prism did not start: {''.join(said)}")
            # It stops when nobody takes what it says.
            threading.Thread(target=process.stdout.read, name="prism", daemon=True).start()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()

"""A data portal for tests that keeps datasets and answers on a real port as CKAN's action API does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TOKEN = "the token of an editor"
ORGANISATION = "statistics"
_NAME = set("abcdefghijklmnopqrstuvwxyz0123456789-_")


class Refused(Exception):
    """What CKAN answers with a status and an error."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.error = status, error


def _not_found() -> Refused:
    return Refused(404, {"__type": "Not Found Error", "message": "Not found"})


def _invalid(**fields: list[str]) -> Refused:
    return Refused(409, {"__type": "Validation Error", **fields})


@dataclass
class DataPortal:
    """The datasets by name, and the calls as they came."""

    address: str = ""
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def act(self, action: str, values: dict[str, Any], token: str | None) -> dict[str, Any]:
        """Do an action. Raises Refused."""
        self.calls.append(action)
        if action != "package_show" and token != TOKEN:
            raise Refused(403, {"__type": "Authorization Error", "message": "Access denied"})
        return dict(getattr(self, f"_{action}")(values))

    def _package_show(self, values: dict[str, Any]) -> dict[str, Any]:
        for package in self.packages.values():
            if values.get("id") in (package["name"], package["id"]):
                return package
        raise _not_found()

    def _package_create(self, values: dict[str, Any]) -> dict[str, Any]:
        name = values.get("name", "")
        if not 2 <= len(name) <= 100 or not set(name) <= _NAME:
            raise _invalid(name=["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"])
        if name in self.packages:
            raise _invalid(name=["That URL is already in use."])
        if values.get("owner_org") != ORGANISATION:
            raise _invalid(owner_org=["Organization does not exist"])
        self.packages[name] = {"id": f"id-of-{name}", "resources": [], **values}
        return self.packages[name]

    def _package_patch(self, values: dict[str, Any]) -> dict[str, Any]:
        package = self._package_show(values)
        package.update({key: value for key, value in values.items() if key != "id"})
        return package

    def _resource_create(self, values: dict[str, Any]) -> dict[str, Any]:
        package = self._package_show({"id": values.get("package_id")})
        if "url" not in values:
            raise _invalid(url=["Missing value"])
        resource = {**values, "id": f"resource-{len(package['resources'])}"}
        package["resources"].append(resource)
        return resource

    def _resource_patch(self, values: dict[str, Any]) -> dict[str, Any]:
        for package in self.packages.values():
            for resource in package["resources"]:
                if resource["id"] == values.get("id"):
                    resource.update(values)
                    return dict(resource)
        raise _not_found()


@contextmanager
def run_portal() -> Iterator[DataPortal]:
    """Run a portal on a port of its own."""
    portal = DataPortal()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer: dict[str, Any] = {"help": f"{portal.address}/api/3/action/help_show"}
            try:
                action = path.removeprefix("/api/3/action/")
                result = portal.act(action, body, self.headers.get("Authorization"))
                status, answer = 200, answer | {"success": True, "result": result}
            except Refused as refused:
                status, answer = refused.status, answer | {"success": False, "error": refused.error}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    portal.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

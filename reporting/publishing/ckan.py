"""Registers releases in a CKAN data portal, such as HDX, through CKAN's action API.

A dataset stands for a cube of a campaign, its resources are links to the files of its releases. Nothing is uploaded: a
release that has to be withdrawn would stay there for good.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from config.errors import UserError
from reporting.publishing.observations.licence import find_licence
from reporting.publishing.observations.source import FileLink
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.written_files import list_links

_TIMEOUT_S: Final = 30
_MOST_BYTES: Final = 10_000_000  # of an answer
_PIECE: Final = 65_536  # bytes
_LICENCES: Final = {"CC-BY-4.0": "cc-by", "CC-BY-SA-4.0": "cc-by-sa", "CC0-1.0": "cc-zero", "ODbL-1.0": "odc-odbl"}
_METHOD: Final = (
    "Reports that people sent, checked by moderators. Each count carries noise that protects the people in it; figures"
    " of few people are not shown."
)
_CAVEATS: Final = (
    "Reports are what people chose to send, not a sample. A low figure may mean few phones or little trust."
)


class PortalRefused(UserError):
    """The portal cannot be reached, or refuses what it was sent."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the portal has now: the name of the dataset, and how many resources were added and changed."""

    dataset: str
    added: int
    changed: int


@dataclass(frozen=True, slots=True)
class Portal:
    """A CKAN at an address, written to with an API token."""

    address: str
    token: str

    def find(self, action: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """Call an action; None where the portal does not know what it is about. Raises PortalRefused."""
        status, body = self._post(action, values)
        if status == requests.codes.not_found:
            return None
        return _read(action, status, body)

    def call(self, action: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Call an action and return its result. Raises PortalRefused."""
        return _read(action, *self._post(action, values))

    def _post(self, action: str, values: Mapping[str, Any]) -> tuple[int, Any]:
        """Call the portal; returns the status and the answer, None where it is no JSON or too long."""
        url = f"{self.address.rstrip('/')}/api/3/action/{action}"
        headers = {"Authorization": self.token}
        try:
            with requests.post(
                url, json=dict(values), headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer:
                data = b""
                for piece in answer.iter_content(_PIECE):
                    data += piece
                    if len(data) > _MOST_BYTES:
                        return answer.status_code, None
        except requests.RequestException:
            raise PortalRefused(f"the portal does not answer to {action}") from None
        try:
            return answer.status_code, json.loads(data)
        except ValueError:
            return answer.status_code, None


def open_portal(address: str, token: str) -> Portal:
    """Open a portal; nothing is called yet. Raises PortalRefused for what is no address, and without a token."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise PortalRefused("the portal's address is one of http or https, such as https://data.humdata.org")
    if not token:
        raise PortalRefused("set CKAN_API_TOKEN to an API token of the portal")
    return Portal(address, token)


def push_release(portal: Portal, release: ReleaseInfo, public_url: str, organisation: str, group: str = "") -> Pushed:
    """Register a release: make or update its dataset, and add or update a resource for each file.

    It may be repeated. `organisation` owns a new dataset, `group` is one of the portal's groups (on HDX the country's
    ISO 3166-1 alpha-3 code in small letters). Raises PortalRefused.
    """
    name = f"{release.campaign_slug}-{release.cube}".lower()
    described = _describe_dataset(release, name, public_url, group)
    found = portal.find("package_show", {"id": name})
    if found is None:
        found = portal.call("package_create", described | {"owner_org": organisation})
    else:
        portal.call("package_patch", described | {"id": found["id"]})
    known = {each.get("name"): each for each in found.get("resources", ())}
    added = changed = 0
    for link in list_links(release):
        resource = _describe_resource(release, link, public_url)
        before = known.get(link.name)
        if before is None:
            portal.call("resource_create", resource | {"package_id": found["id"]})
            added += 1
        elif any(before.get(key) != value for key, value in resource.items()):
            portal.call("resource_patch", resource | {"id": before["id"]})
            changed += 1
    return Pushed(name, added, changed)


def _describe_dataset(release: ReleaseInfo, name: str, public_url: str, group: str) -> dict[str, Any]:
    """Describe the dataset, with the fields that HDX asks for among them."""
    licence = find_licence(release).name
    described: dict[str, Any] = {
        "name": name,
        "title": f"{release.campaign_name}: {release.cube}",
        "notes": f"{_METHOD} {_CAVEATS}",
        "url": f"{public_url}/data/{release.campaign_slug}/{release.cube}/",
        "license_id": _LICENCES.get(licence, "other-at"),
        "license_other": licence,
        "private": False,
        "dataset_source": release.campaign_name,
        "methodology": "Other",
        "methodology_other": _METHOD,
        "caveats": _CAVEATS,
        "data_update_frequency": "7" if release.is_weekly else "30",
        "tags": [{"name": "citizen-generated data"}],
    }
    return described | ({"groups": [{"name": group}]} if group else {})


def _describe_resource(release: ReleaseInfo, link: FileLink, public_url: str) -> dict[str, str]:
    return {
        "name": link.name,
        "url": f"{public_url}/data/releases/{release.id}/files/{link.name}",
        "url_type": "",
        "format": link.title,
        "mimetype": link.media_type.partition(";")[0],
        "description": f"{release.period}, version {release.version}: {link.title}",
    }


def _read(action: str, status: int, body: Any) -> dict[str, Any]:
    if not (isinstance(body, dict) and body.get("success") is True and isinstance(body.get("result"), dict)):
        raise PortalRefused(f"the portal refuses {action} ({status}{_name_fault(body)})")
    return dict(body["result"])


def _name_fault(body: Any) -> str:
    """Name the portal's fault: its type and the fields, not its words."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ""
    fields: Sequence[str] = sorted(str(key) for key in error if not str(key).startswith("__"))
    return ", " + ", ".join([str(error.get("__type", "")), *fields])[:200]

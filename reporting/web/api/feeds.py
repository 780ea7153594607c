"""Feeds of what was published, for readers of news and for programs: Atom (RFC 4287) and RSS 2.0."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Response, request
from marshmallow import Schema, fields

from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import list_releases
from reporting.web.api.blueprint import ApiBlueprint
from reporting.web.api.public_answer import SHORT_S, get_public, kept_for, open_to_other_sites
from reporting.web.auth import for_anybody
from reporting.web.public_release import make_address

blueprint = ApiBlueprint("api_feeds", __name__, description="Feeds of what was published.")
open_to_other_sites(blueprint)

_ATOM: Final = "http://www.w3.org/2005/Atom"
_ATOM_TYPE: Final = "application/atom+xml"
_RSS_TYPE: Final = "application/rss+xml"
_ENTRIES: Final = 50
_WITHDRAWN: Final = "withdrawn"  # a code, as everywhere: the answer is the same in every language
register_namespace("", _ATOM)


class _FeedQuery(Schema):
    campaign = fields.String(load_default=None)
    cube = fields.String(load_default=None)


def _describe(media_type: str) -> dict[str, Any]:
    return {"200": {"description": "The feed", "content": {media_type: {"schema": {"type": "string"}}}}}


@blueprint.get("/releases.atom")
@for_anybody
@kept_for(SHORT_S)
@blueprint.arguments(_FeedQuery, location="query")
@blueprint.doc(summary="Releases as Atom feed", responses=_describe(_ATOM_TYPE))
def send_atom(values: dict[str, Any]) -> Response:
    """Feed of the newest releases. A withdrawn one says so, and counts as changed on that day."""
    return _answer(_write_atom, values, _ATOM_TYPE)


@blueprint.get("/releases.rss")
@for_anybody
@kept_for(SHORT_S)
@blueprint.arguments(_FeedQuery, location="query")
@blueprint.doc(summary="Releases as RSS feed", responses=_describe(_RSS_TYPE))
def send_rss(values: dict[str, Any]) -> Response:
    """Feed of the newest releases, for readers that know RSS alone."""
    return _answer(_write_rss, values, _RSS_TYPE)


def _answer(write: Callable[[list[ReleaseInfo]], Element], values: dict[str, Any], media_type: str) -> Response:
    with get_public().begin() as connection:
        releases = list_releases(connection, values["campaign"], values["cube"], limit=_ENTRIES)
    body = tostring(write(releases), "utf-8", xml_declaration=True)
    return Response(body, content_type=f"{media_type}; charset=utf-8")


def _write_atom(releases: list[ReleaseInfo]) -> Element:
    feed = Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", make_address(request.path))
    _add(feed, "title", "Baraza")
    _add(feed, "updated", max(map(_find_change, releases), default=datetime(1970, 1, 1, tzinfo=UTC)).isoformat())
    SubElement(feed, f"{{{_ATOM}}}link", {"rel": "self", "href": make_address(request.path), "type": _ATOM_TYPE})
    SubElement(feed, f"{{{_ATOM}}}link", {"rel": "alternate", "href": make_address("/data/")})
    for release in releases:
        entry = SubElement(feed, f"{{{_ATOM}}}entry")
        _add(entry, "id", _find_page(release))
        _add(entry, "title", _name(release))
        _add(entry, "published", release.created_at.astimezone(UTC).isoformat())
        _add(entry, "updated", _find_change(release).isoformat())
        SubElement(entry, f"{{{_ATOM}}}link", {"rel": "alternate", "href": _find_page(release)})
        _add(SubElement(entry, f"{{{_ATOM}}}author"), "name", release.campaign_name)
        if release.withdrawn_reason:
            SubElement(entry, f"{{{_ATOM}}}category", {"term": _WITHDRAWN})
            _add(entry, "summary", release.withdrawn_reason)
    return feed


def _write_rss(releases: list[ReleaseInfo]) -> Element:
    rss = Element("rss", {"version": "2.0"})
    channel = SubElement(rss, "channel")
    for name, value in (("title", "Baraza"), ("link", make_address("/data/")), ("description", "Baraza")):
        SubElement(channel, name).text = value
    for release in releases:
        item = SubElement(channel, "item")
        SubElement(item, "title").text = _name(release)
        SubElement(item, "link").text = _find_page(release)
        SubElement(item, "guid", {"isPermaLink": "true"}).text = _find_page(release)
        SubElement(item, "pubDate").text = format_datetime(release.created_at.astimezone(UTC))
        if release.withdrawn_reason:
            SubElement(item, "category").text = _WITHDRAWN
            SubElement(item, "description").text = release.withdrawn_reason
    return rss


def _add(parent: Element, name: str, value: str) -> None:
    SubElement(parent, f"{{{_ATOM}}}{name}").text = value


def _name(release: ReleaseInfo) -> str:
    return f"{release.campaign_name}: {release.cube}, {release.period}, {release.version}"


def _find_change(release: ReleaseInfo) -> datetime:
    return (release.withdrawn_at or release.created_at).astimezone(UTC)


def _find_page(release: ReleaseInfo) -> str:
    return make_address(f"/data/releases/{release.id}")

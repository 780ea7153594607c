"""Feeds of releases: well-formed, with permanent ids, and a withdrawal shows as a change."""

from email.utils import parsedate_to_datetime

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient

from reporting.aggregation.publication import withdraw_release
from reporting.bootstrap import Program
from tests.factories.release import make_world

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def release_id(program: Program) -> int:
    """A release."""
    with program.owner.begin() as connection:
        world = make_world(connection)
        world.add_reports(range(50))
        return world.release().release_id


def test_an_atom_feed_has_what_the_standard_asks_for(client: FlaskClient, program: Program, release_id: int) -> None:
    answer = client.get("/api/v1/releases.atom?campaign=counted")
    assert answer.mimetype == "application/atom+xml"
    feed = fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    assert all(feed.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"http://localhost/data/releases/{release_id}"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "A campaign to count"
    before = entry.findtext(f"{ATOM}updated")
    with program.owner.begin() as connection:
        withdraw_release(connection, release_id, "Counted twice")
    [entry] = fromstring(client.get("/api/v1/releases.atom").data).findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"http://localhost/data/releases/{release_id}"
    assert entry.findtext(f"{ATOM}updated") > before
    assert entry.findtext(f"{ATOM}summary") == "Counted twice"


def test_an_rss_feed_has_the_same_releases(client: FlaskClient, release_id: int) -> None:
    answer = client.get("/api/v1/releases.rss")
    assert answer.mimetype == "application/rss+xml"
    feed = fromstring(answer.data)
    assert (feed.tag, feed.get("version")) == ("rss", "2.0")
    [item] = feed.findall("channel/item")
    assert item.findtext("link") == item.findtext("guid") == f"http://localhost/data/releases/{release_id}"
    assert parsedate_to_datetime(item.findtext("pubDate")).tzinfo is not None


def test_a_feed_without_releases_is_a_feed(client: FlaskClient) -> None:
    assert (
        fromstring(client.get("/api/v1/releases.atom").data).findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"
    )
    assert fromstring(client.get("/api/v1/releases.rss?campaign=none").data).findall("channel/item") == []

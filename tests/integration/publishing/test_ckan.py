"""A release is registered in a data portal as links to its files, once however often it is pushed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from reporting.publishing.ckan import Portal, PortalRefused, open_portal, push_release
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import get_release
from reporting.publishing.written_files import list_links
from tests.factories.release import PUBLIC_URL, make_world
from tests.integration.publishing.ckan_server import ORGANISATION, TOKEN, DataPortal, run_portal


@pytest.fixture
def portal() -> Iterator[DataPortal]:
    with run_portal() as running:
        yield running


@pytest.fixture
def release(connection: Connection) -> ReleaseInfo:
    world = make_world(connection)
    world.add_reports(range(30))
    return get_release(connection, world.release().release_id)


def test_a_release_becomes_a_dataset_with_a_link_for_each_file(portal: DataPortal, release: ReleaseInfo) -> None:
    pushed = push_release(open_portal(portal.address, TOKEN), release, PUBLIC_URL, ORGANISATION, "npl")
    links = list_links(release)
    assert (pushed.dataset, pushed.added, pushed.changed) == ("counted-incidents", len(links), 0)
    dataset = portal.packages["counted-incidents"]
    assert (dataset["owner_org"], dataset["groups"], dataset["license_id"]) == (
        ORGANISATION,
        [{"name": "npl"}],
        "cc-by",
    )
    assert {each["name"]: each["url"] for each in dataset["resources"]} == {
        link.name: f"{PUBLIC_URL}/data/releases/{release.id}/files/{link.name}" for link in links
    }


def test_pushing_it_again_changes_nothing_and_mends_what_was_changed(portal: DataPortal, release: ReleaseInfo) -> None:
    there = open_portal(portal.address + "/", TOKEN)
    push_release(there, release, PUBLIC_URL, ORGANISATION)
    again = push_release(there, release, PUBLIC_URL, ORGANISATION)
    assert (again.added, again.changed) == (0, 0)
    portal.packages["counted-incidents"]["resources"][0]["url"] = "https://elsewhere.example.org"
    assert push_release(there, release, PUBLIC_URL, ORGANISATION).changed == 1
    assert portal.calls.count("package_create") == 1


def test_a_refusal_is_one_line_without_the_token(portal: DataPortal, release: ReleaseInfo) -> None:
    with pytest.raises(PortalRefused, match=r"\Athe portal refuses package_create \(403, Authorization Error") as told:
        push_release(Portal(portal.address, "a wrong token"), release, PUBLIC_URL, ORGANISATION)
    assert "a wrong token" not in str(told.value)
    with pytest.raises(PortalRefused, match=r"\(409, Validation Error, owner_org\)"):
        push_release(Portal(portal.address, TOKEN), release, PUBLIC_URL, "nobody")
    with pytest.raises(PortalRefused, match="does not answer"):
        push_release(Portal("http://127.0.0.1:9", TOKEN), release, PUBLIC_URL, ORGANISATION)


@pytest.mark.parametrize(
    "address", ["", "data.humdata.org", "file:///etc/passwd", "https://me:secret@data.example.org"]
)
def test_what_is_no_address_of_a_portal_is_refused(address: str) -> None:
    with pytest.raises(PortalRefused, match="http or https"):
        open_portal(address, TOKEN)


def test_without_a_token_nothing_is_called() -> None:
    with pytest.raises(PortalRefused, match="CKAN_API_TOKEN"):
        open_portal("https://data.example.org", "")

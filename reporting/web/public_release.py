"""Releases as requests name them: 404 where there is none, 410 where it was withdrawn; and our own addresses."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import abort

from reporting.aggregation.errors import NoSuchRelease, ReleaseWithdrawn
from reporting.publishing.release_info import ReleaseInfo
from reporting.publishing.release_queries import get_open_release
from reporting.web.edge.problem_json import Problem
from reporting.web.edge.request_transaction import get_program


@contextmanager
def absent_is_told() -> Iterator[None]:
    """Answer 404 where the block finds no release, 410 (Problem) where the figures of the release were withdrawn."""
    try:
        yield
    except NoSuchRelease:
        abort(404, "There is no published release of this number.")
    except ReleaseWithdrawn as error:
        raise Problem(410, str(error), headers={"Cache-Control": "no-store"}) from None


def get_open(release_id: int) -> ReleaseInfo:
    """Get the release if its figures may be read. Raises Problem (410) for a withdrawn one, 404 where there is none."""
    with get_program().public.begin() as connection, absent_is_told():
        return get_open_release(connection, release_id)


def make_address(path: str) -> str:
    """Make the public address of a path, below the configured one: the Host header is the visitor's to choose."""
    return get_program().settings.public_url + path

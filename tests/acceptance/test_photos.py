"""Photos of strangers: how much of the disk they can take."""

import secrets
from pathlib import Path

import pytest

from tests.acceptance.conftest import Installations
from tests.factories.picture import make_photo

PHOTO_BYTES = 8_000_000
PHOTOS = 3  # of one report
REPORTS = 10
MOST_BYTES = 205_000_000  # what one network may leave in an hour, and folders


def make_body(photo: bytes) -> tuple[bytes, str]:
    """A form with photos, as a browser sends it; and its content type."""
    boundary = secrets.token_hex(8)
    fields = {"campaign": "acceptance", "text": "no water in ward 4"}
    head = 'Content-Disposition: form-data; name="'
    parts = [f'--{boundary}\r\n{head}{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    for number in range(PHOTOS):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{number}.jpg"\r\n'
        parts += [f"{head}Content-Type: image/jpeg\r\n\r\n".encode(), photo, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


@pytest.mark.slow
def test_one_network_cannot_fill_the_disk(installations: Installations) -> None:
    """M9: photos of anonymous reports from one network are kept up to a limit, and the words always."""
    photo = make_photo().ljust(PHOTO_BYTES, b"\0")
    with installations.make(FORWARDED_HOPS="1") as installation:
        with installation.serve():
            for _ in range(REPORTS):
                body, kind = make_body(photo)
                headers = {"Content-Type": kind, "X-Forwarded-For": "8.8.8.8"}
                assert installation.call("POST", "/report", body, headers).status < 300
        kept = sum(path.stat().st_size for path in Path(installation.var).rglob("*") if path.is_file())
    assert kept < MOST_BYTES, f"{kept / 1e6:.0f} MB kept"

"""Downloads media from the URL in its message, and only from hosts that the channel allows (SSRF guard)."""

import base64
import binascii
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes, urljoin

from urllib3 import BaseHTTPResponse, Timeout, make_headers
from urllib3.exceptions import HTTPError, ReadTimeoutError

from channels.base.gateway import MediaAccess
from reporting.media.pinned_connection import connect_pinned, make_tls, write_host
from reporting.media.storage import UPLOAD_SCHEME, MediaMissing, MediaStore, find_upload_key
from reporting.media.url_guard import ELSEWHERE, LookUp, MediaRefused, MediaUnavailable, Target, resolve

TOO_LARGE: Final = "too_large"
EMPTY: Final = "empty"
NO_ACCESS: Final = "no_access"  # the channel has no media, or no credentials to download them

_INLINE: Final = "data:"
_WAITS: Final = Timeout(connect=5.0, read=10.0)
_TOTAL_S: Final = 30.0
_MAX_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PIECE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Downloads at most `max_bytes`. `tls` holds the trusted certificates; `look_up` resolves host names."""

    max_bytes: int
    tls: ssl.SSLContext = field(default_factory=make_tls)
    look_up: LookUp = socket.getaddrinfo
    total_s: float = _TOTAL_S

    def fetch(self, source: str, access: MediaAccess | None, store: MediaStore) -> bytes:
        """Get the bytes: from the message itself, from an upload, or from a host that the channel allows.

        Raises MediaRefused, MediaUnavailable and MediaStoreUnavailable.
        """
        if source.startswith(_INLINE):
            data = self._read_inline(source)
        elif source.startswith(UPLOAD_SCHEME):
            data = _read_upload(source, store)
        elif access is None:
            raise MediaUnavailable(NO_ACCESS)
        else:
            data = self._call(source, access)
        if len(data) > self.max_bytes:
            raise MediaRefused(TOO_LARGE)
        if not data:
            raise MediaRefused(EMPTY)
        return data

    def _read_inline(self, source: str) -> bytes:
        head, comma, body = source.partition(",")
        if not comma:
            raise MediaRefused(EMPTY)
        if len(body) > self.max_bytes * 4:  # base64 makes it 4/3 as long, percent encoding three times
            raise MediaRefused(TOO_LARGE)
        if not head.endswith(";base64"):
            return unquote_to_bytes(body)
        try:
            return base64.b64decode(unquote_to_bytes(body))
        except (binascii.Error, ValueError):
            raise MediaRefused(EMPTY) from None

    def _call(self, url: str, access: MediaAccess) -> bytes:
        """Download a URL and follow at most three redirects, each checked like the first URL.

        The first host must be one of the channel's own, and the password is sent only to that host.
        """
        deadline = time.monotonic() + self.total_s
        first = resolve(url, access, look_up=self.look_up)
        if not first.takes_password:
            raise MediaRefused(ELSEWHERE)
        target = first
        for _ in range(_MAX_REDIRECTS + 1):
            is_first_host = (target.scheme, target.host, target.port) == (first.scheme, first.host, first.port)
            found = self._get(target, access if is_first_host else None, deadline)
            if isinstance(found, bytes):
                return found
            url = urljoin(url, found)
            target = resolve(url, access, look_up=self.look_up)
            if first.scheme == "https" and target.scheme != "https":
                raise MediaRefused(ELSEWHERE)
        raise MediaUnavailable("redirects")

    def _get(self, target: Target, access: MediaAccess | None, deadline: float) -> bytes | str:
        """Make one request; return the bytes, or the URL of a redirect."""
        pool = connect_pinned(target.scheme, target.host, target.port, target.address, self.tls, _WAITS)
        headers = {
            "Host": write_host(target.scheme, target.host, target.port),
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": "baraza",
        }
        if access is not None and access.user is not None:
            headers |= make_headers(basic_auth=f"{access.user}:{access.password or ''}")
        elif access is not None and access.token is not None:
            headers["Authorization"] = f"Bearer {access.token()}"
        try:
            response = pool.urlopen(
                "GET", target.path, headers=headers, redirect=False, retries=False, preload_content=False,
                decode_content=False, assert_same_host=False,
            )  # fmt: skip
            try:
                return self._read(response, deadline)
            finally:
                response.close()
        except ReadTimeoutError:
            raise MediaUnavailable("timeout") from None
        except (HTTPError, OSError) as error:
            raise MediaUnavailable(type(error).__name__) from None
        finally:
            pool.close()

    def _read(self, response: BaseHTTPResponse, deadline: float) -> bytes | str:
        if response.status in _REDIRECTS and "Location" in response.headers:
            return response.headers["Location"]
        if response.status != 200:
            raise MediaUnavailable(f"http_{response.status}")
        length = response.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length) > self.max_bytes:
            raise MediaRefused(TOO_LARGE)
        pieces, count = [], 0
        while piece := response.read1(_PIECE_BYTES):
            count += len(piece)
            if count > self.max_bytes:
                raise MediaRefused(TOO_LARGE)
            if time.monotonic() > deadline:
                raise MediaUnavailable("timeout")
            pieces.append(piece)
        if length.isascii() and length.isdigit() and count < int(length):
            raise MediaUnavailable("incomplete")
        return b"".join(pieces)


def _read_upload(source: str, store: MediaStore) -> bytes:
    key = find_upload_key(source)
    if key is None:
        raise MediaRefused(ELSEWHERE)
    try:
        return store.open(key)
    except MediaMissing:
        raise MediaRefused(EMPTY) from None

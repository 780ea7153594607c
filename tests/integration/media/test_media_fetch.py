"""Fetching over real HTTP and TLS: redirects, passwords, sizes, slowness."""

import base64
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug import Request, Response
from werkzeug.serving import BaseWSGIServer, make_server

from channels.base.gateway import MediaAccess
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.media.backends import DiskStore
from reporting.media.download import Fetcher
from reporting.media.storage import SealedStore, keep_upload
from reporting.media.url_guard import MediaRefused, MediaUnavailable, Target

MOST = 100_000
Answer = Callable[[Request], Response]


@dataclass
class Host:
    """A web server on a port of this machine that notes whose password it was shown."""

    answers: dict[str, Answer] = field(default_factory=dict)
    passwords: list[str | None] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    port: int = 0

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        request = Request(environ)
        self.passwords.append(request.authorization.password if request.authorization else None)
        self.tokens.append(request.authorization.token if request.authorization else None)
        return self.answers.get(request.path, lambda _: Response(status=404))(request)(environ, start_response)

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.name}{path}"


@contextmanager
def serve(host: Host, tls: ssl.SSLContext | None = None) -> Iterator[Host]:
    server: BaseWSGIServer = make_server("127.0.0.1", 0, host, threaded=True, ssl_context=tls)
    host.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield host
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gateway() -> Iterator[Host]:
    with serve(Host()) as host:
        yield host


@pytest.fixture
def other() -> Iterator[Host]:
    with serve(Host()) as host:
        yield host


@pytest.fixture
def store(tmp_path: Path) -> SealedStore:
    return SealedStore(DiskStore(tmp_path), Pseudonyms("a-pepper-of-the-tests"))


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(MOST)


def access_to(*own: Host, further: tuple[Host, ...] = ()) -> MediaAccess:
    return MediaAccess(
        frozenset(host.name for host in own), "an-account", "a-password", frozenset(host.name for host in further)
    )


def redirect_to(url: str, status: int = 307) -> Answer:
    return lambda _: Response(status=status, headers={"Location": url})


def refusal_of(fetcher: Fetcher, url: str, access: MediaAccess | None, store: SealedStore) -> str:
    with pytest.raises((MediaRefused, MediaUnavailable)) as stopped:
        fetcher.fetch(url, access, store)
    return f"{type(stopped.value).__name__} {stopped.value.reason}"


def test_the_password_goes_to_the_gateway_and_the_bytes_come(
    gateway: Host, fetcher: Fetcher, store: SealedStore
) -> None:
    gateway.answers["/a"] = lambda _: Response(b"bytes")
    assert fetcher.fetch(gateway.url("/a"), access_to(gateway), store) == b"bytes"
    assert gateway.passwords == ["a-password"]


def test_a_redirect_is_followed_without_the_password(
    gateway: Host, other: Host, fetcher: Fetcher, store: SealedStore
) -> None:
    gateway.answers["/a"] = redirect_to(other.url("/b"))
    other.answers["/b"] = lambda _: Response(b"bytes")
    assert fetcher.fetch(gateway.url("/a"), access_to(gateway, further=(other,)), store) == b"bytes"
    assert (gateway.passwords, other.passwords) == (["a-password"], [None])


def test_a_token_is_made_for_each_call_and_goes_to_the_gateway_alone(
    gateway: Host, other: Host, fetcher: Fetcher, store: SealedStore
) -> None:
    made = iter(["first", "second"])
    access = MediaAccess(frozenset({gateway.name}), redirect_hosts=frozenset({other.name}), token=lambda: next(made))
    gateway.answers |= {"/a": redirect_to(other.url("/b")), "/c": lambda _: Response(b"bytes")}
    other.answers["/b"] = lambda _: Response(b"bytes")
    for path in ("/a", "/c"):
        assert fetcher.fetch(gateway.url(path), access, store) == b"bytes"
    assert (gateway.tokens, other.tokens) == (["first", "second"], [None])


def test_another_host_of_the_channel_does_not_get_the_password_of_the_first(
    gateway: Host, other: Host, fetcher: Fetcher, store: SealedStore
) -> None:
    gateway.answers["/a"] = redirect_to(other.url("/b"))
    other.answers["/b"] = lambda _: Response(b"bytes")
    fetcher.fetch(gateway.url("/a"), access_to(gateway, other), store)
    assert other.passwords == [None]


def test_a_redirect_elsewhere_is_not_followed(gateway: Host, other: Host, fetcher: Fetcher, store: SealedStore) -> None:
    for place in (other.url("/b"), "file:///etc/passwd", "http://169.254.169.254/", "//evil.test/"):
        gateway.answers["/a"] = redirect_to(place)
        assert refusal_of(fetcher, gateway.url("/a"), access_to(gateway), store) == "MediaRefused elsewhere"
    assert other.passwords == []


def test_a_message_cannot_begin_where_only_redirects_lead(
    gateway: Host, other: Host, fetcher: Fetcher, store: SealedStore
) -> None:
    access = access_to(gateway, further=(other,))
    assert refusal_of(fetcher, other.url("/b"), access, store) == "MediaRefused elsewhere"
    assert other.passwords == []


def test_three_redirects_are_followed_and_a_fourth_is_not(gateway: Host, fetcher: Fetcher, store: SealedStore) -> None:
    for number in range(4):
        gateway.answers[f"/{number}"] = redirect_to(f"/{number + 1}", status=302)
    gateway.answers["/4"] = lambda _: Response(b"bytes")
    assert fetcher.fetch(gateway.url("/1"), access_to(gateway), store) == b"bytes"
    assert refusal_of(fetcher, gateway.url("/0"), access_to(gateway), store) == "MediaUnavailable redirects"


def test_what_is_too_large_is_left_whether_or_not_it_says_so(
    gateway: Host, fetcher: Fetcher, store: SealedStore
) -> None:
    sent: list[int] = []

    def pour(_: Request) -> Response:
        def pieces() -> Iterator[bytes]:
            for _ in range(10_000):
                sent.append(1)
                yield b"x" * 10_000

        return Response(pieces())

    gateway.answers |= {"/said": lambda _: Response(b"x" * (MOST + 1)), "/poured": pour}
    gateway.answers["/fits"] = lambda _: Response(b"x" * MOST)
    for path in ("/said", "/poured"):
        assert refusal_of(fetcher, gateway.url(path), access_to(gateway), store) == "MediaRefused too_large"
    assert len(sent) < 10_000
    assert len(fetcher.fetch(gateway.url("/fits"), access_to(gateway), store)) == MOST


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_gateway_that_gives_nothing_is_asked_again_later(
    gateway: Host, fetcher: Fetcher, store: SealedStore, status: int
) -> None:
    gateway.answers["/a"] = lambda _: Response(status=status)
    assert refusal_of(fetcher, gateway.url("/a"), access_to(gateway), store) == f"MediaUnavailable http_{status}"


def test_nothing_at_all_is_refused_as_empty(gateway: Host, fetcher: Fetcher, store: SealedStore) -> None:
    gateway.answers["/a"] = lambda _: Response(b"")
    assert refusal_of(fetcher, gateway.url("/a"), access_to(gateway), store) == "MediaRefused empty"


def test_a_slow_drip_ends_with_the_time_for_all_of_it(gateway: Host, store: SealedStore) -> None:
    is_over = threading.Event()

    def drip(_: Request) -> Response:
        def pieces() -> Iterator[bytes]:
            while not is_over.wait(0.02):
                yield b"x"

        return Response(pieces())

    gateway.answers["/a"] = drip
    fetcher = Fetcher(MOST, total_s=0.3)
    assert refusal_of(fetcher, gateway.url("/a"), access_to(gateway), store) == "MediaUnavailable timeout"
    is_over.set()


def test_a_connection_that_breaks_off_is_tried_again_later(fetcher: Fetcher, store: SealedStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = Host(port=listener.getsockname()[1])

        def answer_half() -> None:
            link, _ = listener.accept()
            with link:
                link.recv(4096)
                link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        thread = threading.Thread(target=answer_half)
        thread.start()
        assert refusal_of(fetcher, host.url("/a"), access_to(host), store).startswith("MediaUnavailable ")
        thread.join()
    assert refusal_of(fetcher, host.url("/a"), access_to(host), store).startswith("MediaUnavailable ")


def test_a_channel_without_media_fetches_nothing(gateway: Host, fetcher: Fetcher, store: SealedStore) -> None:
    assert refusal_of(fetcher, gateway.url("/a"), None, store) == "MediaUnavailable no_access"
    assert gateway.passwords == []


def test_what_stands_in_the_message_itself_is_read(fetcher: Fetcher, store: SealedStore) -> None:
    body = base64.b64encode(b"bytes").decode()
    for source in (f"data:image/jpeg;base64,{body}", "data:,bytes", "data:text/plain,%62ytes"):
        assert fetcher.fetch(source, None, store) == b"bytes"
    assert refusal_of(fetcher, "data:image/jpeg;base64,x", None, store) == "MediaRefused empty"
    assert refusal_of(fetcher, "data:image/jpeg", None, store) == "MediaRefused empty"
    assert refusal_of(fetcher, f"data:,{'x' * (MOST + 1)}", None, store) == "MediaRefused too_large"
    assert refusal_of(fetcher, f"data:,{'x' * (MOST * 5)}", None, store) == "MediaRefused too_large"


def test_an_upload_is_read_and_no_other_file_of_the_store(fetcher: Fetcher, store: SealedStore) -> None:
    reference = keep_upload(store, b"bytes")
    assert fetcher.fetch(reference.url, None, store) == b"bytes"
    for source in ("upload:../../secrets.env", "upload:kept/" + "0" * 32, "upload:", "upload:/etc/passwd"):
        assert refusal_of(fetcher, source, None, store) == "MediaRefused elsewhere"
    assert refusal_of(fetcher, "upload:" + "0" * 32, None, store) == "MediaRefused empty"


def make_certificate(folder: Path, name: x509.GeneralName) -> ssl.SSLContext:
    """A server's context with a certificate for one name, signed by itself; `cert.pem` is what to believe."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, begin = x509.Name([]), datetime.now(UTC) - timedelta(minutes=5)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_server_proves_to_be_the_host_at_the_address_that_was_checked(tmp_path: Path) -> None:
    tls = make_certificate(tmp_path, x509.DNSName("api.gateway.test"))
    believing = Fetcher(MOST, tls=ssl.create_default_context(cafile=str(tmp_path / "cert.pem")))
    with serve(Host({"/a": lambda request: Response(request.host)}), tls) as host:
        target = Target("https", "api.gateway.test", host.port, "127.0.0.1", "/a", True)
        assert believing._get(target, None, float("inf")) == f"api.gateway.test:{host.port}".encode()
        for fetcher, wrong in (
            (believing, replace(target, host="other.gateway.test")),  # somebody else's certificate
            (Fetcher(MOST), target),  # nobody we believe signed it
        ):
            with pytest.raises(MediaUnavailable):
                fetcher._get(wrong, None, float("inf"))
        assert len(host.passwords) == 1


def test_a_private_gateway_may_be_called_by_tls(tmp_path: Path, store: SealedStore) -> None:
    tls = make_certificate(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    fetcher = Fetcher(MOST, tls=ssl.create_default_context(cafile=str(tmp_path / "cert.pem")))
    with serve(Host({"/a": redirect_to("/b"), "/b": lambda _: Response(b"bytes")}), tls) as host:
        assert fetcher.fetch(f"https://{host.name}/a", access_to(host), store) == b"bytes"
        host.answers["/b"] = redirect_to(host.url("/c"))  # from HTTPS to HTTP
        assert refusal_of(fetcher, f"https://{host.name}/a", access_to(host), store) == "MediaRefused elsewhere"

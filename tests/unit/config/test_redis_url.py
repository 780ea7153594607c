"""In production nobody else may write to Redis or listen to what is said to it."""

import pytest

from config.errors import SettingsError
from config.redis_url import check_redis_url


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "redis://localhost",
        "redis://[::1]:6379",
        "unix:///run/redis.sock?db=1",
        "redis://",
        "rediss://:a-password@queue.example.org:6379/0",
        "rediss://queue.example.org?password=a-password",
    ],
)
def test_this_machine_and_a_password_behind_tls_are_taken(url: str) -> None:
    check_redis_url(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://queue.example.org:6379/0", "without TLS"),
        ("redis://:a-password@queue.example.org:6379/0", "without TLS"),
        ("redis://10.0.0.5", "without TLS"),
        ("redis:///0?host=queue.example.org", "without TLS"),
        ("redis://localhost.example.org", "without TLS"),
        ("rediss://queue.example.org", "without a password"),
        ("rediss://:@queue.example.org", "without a password"),
        ("rediss://:a-password@queue.example.org?ssl_cert_reqs=none", "not verified"),
        ("rediss://:a-password@queue.example.org?ssl_cert_reqs=optional", "not verified"),
        ("rediss://:a-password@queue.example.org?ssl_check_hostname=false", "not verified"),
        ("http://queue.example.org", "REDIS_URL takes"),
    ],
)
def test_what_others_could_write_to_stops_the_start_in_one_line_that_quotes_no_password(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        check_redis_url(url)
    assert "a-password" not in str(caught.value)
    assert "\n" not in str(caught.value)

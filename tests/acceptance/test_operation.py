"""What operators see of an installation, and what others do not."""

import re

from tests.acceptance.installation import Installation, wait_for

_OLDEST = re.compile(r"^baraza_oldest_unprocessed_seconds(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


def test_metrics_are_not_public(installation: Installation) -> None:
    """M8: whoever has no token sees no metrics, as they tell when somebody wrote."""
    with installation.serve():
        assert installation.bring("no water in ward 4").status == 200
        seen = installation.call("GET", "/metrics")
        assert seen.status in (401, 403, 404), f"{seen.status}: {len(seen.text)} characters of metrics"
        assert "baraza_webhook_calls" not in seen.text
        assert "baraza_webhook_calls" in installation.metrics().text


def test_an_operator_sees_that_messages_wait(installation: Installation) -> None:
    """H6: while no worker runs, the metrics say for how long the oldest message has waited."""
    with installation.serve():
        assert installation.bring("no water in ward 4").status == 200
        assert _OLDEST.search(installation.metrics().text), "no baraza_oldest_unprocessed_seconds"
        wait_for(lambda: read_oldest(installation) > 0, "the metrics know that a message waits")


def read_oldest(installation: Installation) -> float:
    """Seconds for which the oldest message waits."""
    return float(_OLDEST.findall(installation.metrics().text)[0])


def test_production_takes_no_redis_that_anybody_can_write_to(installation: Installation) -> None:
    """H5: a Redis beyond this machine without TLS and password is refused in one line."""
    ended = installation.try_command("status", REDIS_URL="redis://queue.example.org:6379/0")
    assert (ended.code, "REDIS_URL" in ended.stderr) == (1, True), f"ended with {ended.code}"


def test_development_takes_no_public_address(installation: Installation) -> None:
    """C1: with the simulator, which writes in anybody's name, it has no address that others reach."""
    settings = {"BARAZA_ENV": "development", "PUBLIC_URL": "https://baraza.example.org"}
    ended = installation.try_command("status", **settings)
    assert (ended.code, len(ended.stderr.splitlines())) == (1, 1), f"ended with {ended.code}"

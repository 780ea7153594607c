"""What operators ask of a process."""

from flask.testing import FlaskClient


def test_a_process_with_its_servers_is_ready(client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"status": "ok", "database": True, "redis": True}


def test_metrics_are_in_the_text_format(client: FlaskClient) -> None:
    assert b"baraza_webhook_calls" in client.get("/metrics").data

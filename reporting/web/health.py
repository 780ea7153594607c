"""Endpoints for operators: liveness, readiness, and the metrics of all processes of this machine."""

import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import redis
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import MutexValue, ValueClass
from sqlalchemy.exc import SQLAlchemyError

from reporting.db import Database
from reporting.health import Health, list_complaints, read_health

_KEPT_S: Final = 1.0  # anybody may send requests, and many at once


@dataclass(slots=True)
class _Last:
    """The result of the last check, and its time."""

    at: float = float("-inf")
    health: Health | None = None
    is_redis_up: bool = False


@dataclass(frozen=True, slots=True)
class HealthPages:
    """The endpoints of this process. Only a request with the `token` gets the numbers; others get yes or no."""

    database: Database
    redis_url: str
    var: Path
    token: str
    _last: _Last = field(default_factory=_Last)

    def alive(self) -> Response:
        """Answer that this process runs."""
        return jsonify(status="ok")

    def ready(self) -> tuple[Response, int]:
        """Answer whether messages can be stored, and whether an operator must act.

        Only an unavailable database is a reason to refuse messages (503). With `?strict` every problem answers 503: for
        a monitor, never for the proxy in front.
        """
        health, is_redis_up = self._look()
        codes = (
            [complaint.code for complaint in list_complaints(health)]
            if health is not None
            else ["database_unavailable"]
        )
        codes += [] if is_redis_up else ["redis_unavailable"]
        status = "unavailable" if health is None else "degraded" if codes else "ok"
        answer: dict[str, Any] = {"status": status, "database": health is not None, "redis": is_redis_up}
        if self._is_operator():
            answer["wrong"] = codes
            answer |= _describe(health) if health is not None else {}
        is_refused = health is None or ("strict" in request.args and bool(codes))
        return jsonify(answer), 503 if is_refused else 200

    def metrics(self) -> Response:
        """Send the metrics in Prometheus' text format to a request with the token."""
        if not self._is_operator():
            wanted = {"WWW-Authenticate": "Bearer"}
            return Response("The header Authorization must carry the METRICS_TOKEN.\n", 401, wanted)
        text = generate_latest(_list_processes()) + generate_latest(self._collect())
        return Response(text, content_type=CONTENT_TYPE_LATEST)

    def _is_operator(self) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        shown = token.strip().encode()
        return bool(self.token) and scheme.lower() == "bearer" and hmac.compare_digest(shown, self.token.encode())

    def _collect(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(_HealthCollector(*self._look()))
        return registry

    def _look(self) -> tuple[Health | None, bool]:
        """Read the numbers at most once a second; requests in between get the last result."""
        last = self._last
        if time.monotonic() - last.at > _KEPT_S:
            last.at = time.monotonic()
            last.health, last.is_redis_up = self._read(), self._is_redis_up()
            last.at = time.monotonic()
        return last.health, last.is_redis_up

    def _read(self) -> Health | None:
        try:
            with self.database.begin() as connection:
                return read_health(connection, self.var)
        except SQLAlchemyError:
            return None

    def _is_redis_up(self) -> bool:
        client = redis.Redis.from_url(self.redis_url, socket_connect_timeout=1, socket_timeout=1)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


class _HealthCollector(Collector):
    """The health of the installation as metrics."""

    def __init__(self, health: Health | None, is_redis_up: bool) -> None:
        self._health = health
        self._is_redis_up = is_redis_up

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield one gauge for each number, and one heartbeat for each queue and host."""
        yield GaugeMetricFamily("baraza_database_up", "1 where the database answers", value=self._health is not None)
        yield GaugeMetricFamily("baraza_redis_up", "1 where Redis answers", value=self._is_redis_up)
        if self._health is None:
            return
        for name, value in _describe(self._health).items():
            if not isinstance(value, dict):
                yield GaugeMetricFamily(f"baraza_{name}", _MEANINGS[name], value=value)
        beats = GaugeMetricFamily(
            "baraza_worker_beat_age_seconds", "Since a worker last turned to a queue", labels=["queue", "host"]
        )
        for beat in self._health.beats:
            beats.add_metric([beat.queue, beat.host], beat.age_s)
        yield beats


_MEANINGS: Final = {
    "unprocessed": "Messages that were stored and not yet worked on",
    "oldest_unprocessed_seconds": "Age of the oldest of them",
    "set_aside": "Messages that could not be worked on",
    "unsent": "Answers that wait",
    "oldest_unsent_seconds": "How long the oldest of them is due",
    "disk_free_bytes": "Left on the disk of BARAZA_VAR",
}


def _describe(health: Health) -> dict[str, Any]:
    return {
        "unprocessed": health.unprocessed,
        "oldest_unprocessed_seconds": round(health.oldest_unprocessed_s, 1),
        "set_aside": health.set_aside,
        "unsent": health.unsent,
        "oldest_unsent_seconds": round(health.oldest_unsent_s, 1),
        "disk_free_bytes": health.disk_free,
        "last_beat_seconds": {queue: round(age_s, 1) for queue, age_s in health.last_beats.items()},
    }


def _list_processes() -> CollectorRegistry:
    """Return the metrics of all processes of this machine where they share a folder; else those of this process."""
    if ValueClass is MutexValue:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def make_health_blueprint(health: HealthPages) -> Blueprint:
    """Make `/healthz` and `/readyz`, which are open to all, and `/metrics` for requests with the token.

    None of them holds data of people.
    """
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/healthz", view_func=health.alive, endpoint="alive")
    blueprint.add_url_rule("/readyz", view_func=health.ready, endpoint="ready")
    blueprint.add_url_rule("/metrics", view_func=health.metrics, endpoint="metrics")
    return blueprint

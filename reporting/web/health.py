"""What operators ask: alive, ready, and the metrics."""

from dataclasses import dataclass

import redis
from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from reporting.db import Database


@dataclass(frozen=True, slots=True)
class Health:
    """Answers from this process and what it needs."""

    database: Database
    redis_url: str

    def alive(self) -> Response:
        """This process answers."""
        return jsonify(status="ok")

    def ready(self) -> tuple[Response, int]:
        """Messages can be taken in. Redis being away is told, and is no reason to turn a message down."""
        checks = {"database": self._is_database_up(), "redis": self._is_redis_up()}
        return jsonify(status="ok" if checks["database"] else "unavailable", **checks), 200 if checks[
            "database"
        ] else 503

    def metrics(self) -> Response:
        """Prometheus' text format."""
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    def _is_database_up(self) -> bool:
        try:
            with self.database.begin() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _is_redis_up(self) -> bool:
        client = redis.Redis.from_url(self.redis_url, socket_connect_timeout=1, socket_timeout=1)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def make_health_blueprint(health: Health) -> Blueprint:
    """`/healthz`, `/readyz`, `/metrics`; open to all, they say nothing of anybody."""
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/healthz", view_func=health.alive, endpoint="alive")
    blueprint.add_url_rule("/readyz", view_func=health.ready, endpoint="ready")
    blueprint.add_url_rule("/metrics", view_func=health.metrics, endpoint="metrics")
    return blueprint

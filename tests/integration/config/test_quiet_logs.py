"""What goes wrong is told by its type and place: the words that it went wrong with are in no log and not in Redis."""

import io
import logging

import pytest
import redis
from rq import Queue
from rq.job import Job
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config.known_jobs import KnownWorker
from config.local.embedded_servers import PrivateServers
from config.logging import LibraryFormatter, describe_trace
from config.quiet_worker import QuietWorker
from reporting.crypto.pseudonyms import Pseudonyms
from reporting.db import Role, open_database

WORDS = "ZZMARKERWORDS"


def fail(words: str) -> None:
    """A job that fails with somebody's words in its error."""
    raise ValueError(f"cannot read {words}")


def test_a_failed_job_leaves_no_words_in_the_log_or_in_redis(
    redis_url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    client = redis.Redis.from_url(redis_url)
    queue = Queue("quiet-test", connection=client)
    job = queue.enqueue(fail, WORDS)
    QuietWorker([queue], connection=client).work(burst=True, logging_level="WARNING")
    assert Job.fetch(job.id, connection=client).is_failed
    kept = job.latest_result().exc_string
    assert "ValueError at " in kept
    assert WORDS not in kept
    told = capfd.readouterr()
    assert "job_failed" in told.out + told.err
    assert WORDS not in told.out + told.err + caplog.text
    job.delete()
    assert issubclass(KnownWorker, QuietWorker)


def test_an_error_of_the_database_shows_no_values(shared_database_url: str, servers: PrivateServers) -> None:
    log = servers.home / "postgres.log"
    before = log.stat().st_size
    database = open_database(shared_database_url, Role.OWNER)
    with pytest.raises(DBAPIError) as caught, database.begin() as connection:
        connection.execute(text("SELECT CAST(:words AS jsonb)"), {"words": f'{{"a": "{WORDS}" \\u0000'})
    database.close()
    assert "hidden" in str(caught.value)
    assert WORDS not in describe_trace(caught.value)
    assert WORDS not in log.read_bytes()[before:].decode()


def test_every_engine_of_the_program_hides_its_parameters() -> None:
    # Whoever makes one makes it by `make_engine`.
    made = open_database("postgresql+psycopg://nobody@/nothing", Role.APP)
    assert made.engine.hide_parameters
    made.close()


def test_a_library_is_logged_with_its_own_words_alone() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LibraryFormatter())
    log = logging.Logger("a.library")
    log.addHandler(handler)
    log.error("job %s failed: %s", 1, WORDS)
    log.error(f"put together before: {WORDS}")
    try:
        Pseudonyms("p").unseal(WORDS.encode())
        raise AssertionError(WORDS)
    except Exception:  # whatever it is
        log.exception("it ended with %s", WORDS)
    written = stream.getvalue()
    assert "job %s failed: %s" in written
    assert "test_quiet_logs" in written
    assert WORDS not in written

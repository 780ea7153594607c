"""The work on what was stored: what the surroundings do is no message's fault, and workers do their own jobs only."""

import pickle
import random
import string

import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from tests.acceptance.installation import Installation, wait_for

SWEEPS = 10  # more than a message survives that kills its worker
_FULL_DISK = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
 $$BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END$$;
CREATE TRIGGER fail BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION fail();
"""
LONG_TEXTS = 50
EXTRA_KB = 25_000  # half a megabyte for each; nearly one was kept


class Pickling:
    """How RQ writes jobs where nobody says otherwise; within this process the program's own way stands in its place."""

    dumps = staticmethod(pickle.dumps)
    loads = staticmethod(pickle.loads)


def test_a_full_disk_sets_no_message_aside(installation: Installation) -> None:
    """H1: while reports cannot be written no attempt is counted; afterwards the message becomes a report."""
    with installation.serve_as_installed(), redis.Redis.from_url(installation.redis_url) as client:
        installation.sql(_FULL_DISK)
        for number in range(SWEEPS):
            assert installation.bring("no water in ward 4", sender=f"+97798{number:08}").status == 200
            wait_until_idle(client)
        installation.sql("DROP TRIGGER fail ON report")
    installation.work()
    status = installation.status()
    assert (status["set_aside"], status["reports"]) == (0, SWEEPS)


def wait_until_idle(client: "redis.Redis") -> None:
    """Wait until the worker has done what it was woken for. Raises Failed."""

    def is_idle() -> bool:
        queues = list_queues(client)
        is_done = bool(queues) and not any(queue.count for queue in queues)
        return is_done and all(worker.get_state() == "idle" for worker in Worker.all(connection=client))

    wait_for(is_idle, "the worker is idle")


def list_queues(client: "redis.Redis") -> list[Queue]:
    """The queues that something was ever put into."""
    return [Queue(name.decode().removeprefix("rq:queue:"), connection=client) for name in client.smembers("rq:queues")]


def test_long_texts_do_not_stay_in_the_memory_of_a_worker(installation: Installation) -> None:
    """H4: a worker that has read fifty texts of 10,000 characters is hardly larger than before."""
    installation.import_messages([{"id": "0", "text": "no water in ward 4", "sender": "+9779800000000"}])
    before = installation.work()
    chance = random.Random(4)
    # A worker keeps words, of which there are so many; what it keeps of each text grows with their number.
    words = ["".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(700)]
    texts = [" ".join(["water", *chance.choices(words, k=1400)]) for _ in range(LONG_TEXTS)]
    installation.import_messages(
        [{"id": str(n), "text": text, "sender": f"+97798{n:08}"} for n, text in enumerate(texts, start=1)]
    )
    after = installation.work()
    assert "set aside: 0" in after.stdout
    grown_kb = after.memory_kb - before.memory_kb
    assert grown_kb < EXTRA_KB, f"grown by {grown_kb / LONG_TEXTS:.0f} KB for each text"


def test_a_foreign_job_in_the_queue_is_not_run(installation: Installation) -> None:
    """H5: whoever writes into Redis has no command run by the worker, which goes on with its own jobs."""
    trace = installation.var / "trace"
    with installation.serve_as_installed(), redis.Redis.from_url(installation.redis_url) as client:
        installation.bring("no water in ward 4")
        installation.wait_until_processed()
        for queue in list_queues(client):
            for serializer in (Pickling, JSONSerializer):
                Queue(queue.name, connection=client, serializer=serializer).enqueue("os.system", f"id > {trace}")
        wait_until_idle(client)
        installation.bring("a road is blocked", sender="+9779800000002")
        installation.wait_until_processed()
    assert not trace.exists(), f"the worker ran it: {trace.read_text()}"

"""Log lines are tied together by random ids; nothing else that a stranger sends can be one."""

from concurrent.futures import ThreadPoolExecutor
from logging import WARNING, LogRecord
from threading import Barrier

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from config.log_ids import bind_job, choose_id, describe_ids, with_ids
from config.logging import LibraryFormatter

UUID = "6f1c1f0e-0000-4000-8000-0000000000ab"
HEX = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize("given", [UUID, UUID.upper(), HEX])
def test_a_random_id_is_taken_as_it_is(given: str) -> None:
    assert choose_id(given) == given


@pytest.mark.parametrize(
    "given",
    [
        None, "", "25471234567", "+25471234567", "ama@example.org", f"{HEX}0", HEX[1:], f" {HEX}", f"{HEX}\n",
        f"{UUID}\n", UUID.replace("-", "", 1), "g" * 32, "٣" * 32, "0" * 10_000,
    ],
)  # fmt: skip
def test_anything_else_is_replaced_by_a_new_one(given: str | None) -> None:
    made, other = choose_id(given), choose_id(given)
    assert made != other
    assert choose_id(made) == made
    assert not given or given not in made


def test_a_job_has_its_id_until_its_end() -> None:
    with bind_job(UUID):
        assert get_contextvars() == {"job_id": UUID}
        assert describe_ids() == f" job_id={UUID}"
    assert get_contextvars() == {}
    assert describe_ids() == ""


def test_a_line_of_a_library_has_the_id_too() -> None:
    record = LogRecord("a.library", WARNING, "library.py", 1, "late by %s", ("a minute",), None)
    with bind_job(UUID):
        assert LibraryFormatter().format(record).endswith(f"late by %s job_id={UUID}")


def test_threads_that_are_handed_work_have_the_ids_until_it_is_done() -> None:
    together = Barrier(2)

    def work(number: int) -> tuple[int, dict[str, str]]:
        together.wait(60)
        return number, get_contextvars()

    with ThreadPoolExecutor(2) as pool:
        with bound_contextvars(job_id=UUID):
            handed = with_ids(work)
        assert list(pool.map(handed, (1, 2))) == [(1, {"job_id": UUID}), (2, {"job_id": UUID})]
        assert list(pool.map(work, (3, 4))) == [(3, {}), (4, {})]

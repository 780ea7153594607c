"""Who sends more than their share lets others go first, and is forgiven with time."""

from reporting.inbox.rate_limit import IntakePriority, LeakyBucket


class _Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_waits_for_nobody_and_what_comes_on_top_lets_others_go_first() -> None:
    turns = LeakyBucket(burst=10, per_minute=10, clock=_Clock())
    assert [turns.take(b"a") for _ in range(41)] == [0] * 10 + [1] * 10 + [2] * 20 + [3]
    assert turns.take(b"b") == 0


def test_time_forgives() -> None:
    clock = _Clock()
    turns = LeakyBucket(burst=10, per_minute=10, clock=clock)
    for _ in range(20):
        turns.take(b"a")
    clock.now += 30
    assert turns.take(b"a") == 1  # five of twenty are forgiven
    clock.now += 120
    assert turns.take(b"a") == 0


def test_a_network_of_many_senders_is_one_flood() -> None:
    queueing = IntakePriority()
    ranks = [queueing.rank(str(number).encode(), b"network") for number in range(200)]
    assert ranks[0] == 0
    assert ranks[-1] == 2
    assert queueing.rank(b"elsewhere", b"another network") == 0


def test_a_storm_of_senders_is_no_flood_of_any_and_memory_stays_bounded() -> None:
    turns = LeakyBucket(burst=10, per_minute=10, clock=_Clock())
    assert {turns.take(number.to_bytes(4)) for number in range(120_000)} == {0}
    assert len(turns._levels) <= 50_000

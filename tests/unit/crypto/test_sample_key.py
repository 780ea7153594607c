"""The sample of reports that are read twice: a share that nobody can foresee, and the same at every look."""

import pytest

from reporting.crypto.noise_key import derive_noise_key
from reporting.crypto.sample_key import derive_sample_key, is_sampled

PEPPER = "a-pepper-of-the-tests"


@pytest.mark.parametrize("percent", [0.5, 5.0, 50.0])
def test_the_share_is_the_share(percent: float) -> None:
    key = derive_sample_key(PEPPER)
    sampled = sum(is_sampled(key, report_id, percent) for report_id in range(40_000)) / 400
    assert sampled == pytest.approx(percent, abs=4 * (percent * (100 - percent)) ** 0.5 / 200)


def test_none_and_all() -> None:
    key = derive_sample_key(PEPPER)
    assert not any(is_sampled(key, report_id, 0) for report_id in range(1_000))
    assert all(is_sampled(key, report_id, 100) for report_id in range(1_000))


def test_it_hangs_on_the_secret_and_on_nothing_else() -> None:
    key, other = derive_sample_key(PEPPER), derive_sample_key("another")
    assert key == derive_sample_key(PEPPER)
    assert key not in (other, derive_noise_key(PEPPER))
    ours, theirs = ([is_sampled(each, report_id, 50) for report_id in range(200)] for each in (key, other))
    assert ours != theirs
    assert ours == [is_sampled(key, report_id, 50) for report_id in range(200)]


def test_a_larger_share_holds_the_smaller_one() -> None:
    key = derive_sample_key(PEPPER)
    small = {report_id for report_id in range(5_000) if is_sampled(key, report_id, 5)}
    assert small <= {report_id for report_id in range(5_000) if is_sampled(key, report_id, 20)}

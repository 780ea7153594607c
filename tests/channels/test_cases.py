"""Every adapter that is called has its cases and recorded calls, and says why where it leaves one out."""

import pytest

from tests.channels.known_cases import list_called_adapters, list_cases
from tests.channels.recorded import list_recorded
from tests.channels.webhook_cases import CASES, WebhookCases

_SHORTEST_REASON = 20  # characters


@pytest.mark.parametrize("adapter", list_called_adapters())
def test_an_adapter_has_its_cases_and_recorded_calls(adapter: str) -> None:
    assert adapter in {cases.adapter for cases in list_cases()}
    assert list_recorded(adapter)


@pytest.mark.parametrize("cases", list_cases(), ids=lambda cases: cases.__name__)
def test_a_case_is_left_out_only_with_its_reason(cases: type[WebhookCases]) -> None:
    assert cases.cannot.keys() <= CASES
    for case, reason in cases.cannot.items():
        print(f"{cases.__name__}: {case}: {reason}")
        assert len(reason) >= _SHORTEST_REASON

"""The mapping to DHIS2 is checked when the campaign is defined: a wrong identifier would be noticed by the ministry."""

from typing import Any

import pytest

from reporting.campaigns.mapping_to_dhis2 import DHIS2Schema

GOOD: dict[str, Any] = {
    "org_units": {"_T": "YuQRtpLP10I"},
    "data_elements": [{"cube": "incidents", "measure": "people", "data_element": "f7n9E0hX8qk"}],
}


def test_a_mapping_is_accepted() -> None:
    assert DHIS2Schema().validate(GOOD) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("org_units", {"_T": "too short"}),
        ("org_units", {}),
        ("data_elements", []),
        ("data_elements", [{"cube": "incidents", "measure": "people", "data_element": "1startsDigi"}]),
        ("data_elements", [{"measure": "people", "data_element": "f7n9E0hX8qk"}]),
        ("data_set", "x"),
    ],
)
def test_a_wrong_mapping_is_refused(field: str, value: object) -> None:
    assert field in DHIS2Schema().validate(GOOD | {field: value})

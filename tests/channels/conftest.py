"""Lets the inherited cases show what they compared when one of them fails."""

import pytest

pytest.register_assert_rewrite("tests.channels.webhook_cases", "tests.channels.gateway_side")

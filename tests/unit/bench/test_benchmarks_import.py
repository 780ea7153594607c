"""Every benchmark can be started: what it imports from the program is there."""

from importlib import import_module

import pytest

from tests.child import ROOT


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "bench").glob("*.py")))
def test_a_benchmark_is_imported(name: str) -> None:
    import_module(f"bench.{name}")

"""Benchmarks: each prints its figures with the floors measured beside them; `script/bench NAME [--json FILE]`."""

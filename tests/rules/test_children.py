"""Tests start processes through tests/child.py alone, so that none outlives the run.

A process that tests/child.py started forks itself to run commands; its children end with it by the same call.
"""

import re

from tests.child import ROOT

_STARTS = re.compile(r"\b(subprocess\.(Popen|run|call|check_call|check_output)\(|os\.(fork|posix_spawn\w*|system)\()")


def test_what_starts_a_process_would_be_found() -> None:
    assert _STARTS.search("process = subprocess." + "Popen([")
    assert not _STARTS.search('run: "subprocess.Popen[str]"')


def test_only_one_file_of_the_tests_starts_processes_and_one_forks() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "node_modules" not in path.parts and _STARTS.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["tests/acceptance/command_server.py", "tests/child.py"]

"""The words of violence are read fast and kept small, and what is spelt out fast is what is spelt out word for word."""

import sys
from itertools import product

from reporting.extraction.pattern_notation import PatternReader, list_forms
from tests.child import ROOT, run_child

_MEASURE = """
import time
from reporting.extraction import sensitivity
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
before, started = resident(), time.process_time()
sensitivity.load_grammar()
print(time.process_time() - started, resident() - before)
"""


def test_the_words_cost_little_to_load() -> None:
    told = run_child([sys.executable, "-c", _MEASURE], check=True, capture_output=True, text=True, cwd=ROOT)
    processor_s, held_bytes = map(float, told.stdout.split())
    assert processor_s < 3
    assert held_bytes < 64_000_000


def test_forms_that_are_made_together_are_those_that_are_made_one_by_one() -> None:
    starts, ends = ["an", "ng'", "~b", "بت", "ya ", "é", "no2", "मी", ""], ["na*", "nga", "أة", "bb", "ت*", "ी"]
    reader = PatternReader({"start": ", ".join(starts), "end": ", ".join(ends)})
    (pattern,) = (row for row in reader.read("({start}|){end}") if len(row) == 1)
    made = [list_forms(start.strip() + end) for start, end in product(starts, ends)]
    assert pattern[0].forms == {forms[0] for forms in made if len(forms) == 1}

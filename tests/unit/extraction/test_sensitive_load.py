"""The words of violence are kept small, and what is spelt out fast is what is spelt out word for word."""

import sys
from dataclasses import replace
from itertools import product

import pytest

from config.languages.load import load_languages
from config.languages.parse import LanguageFileError
from reporting.extraction.pattern_notation import PatternReader, list_forms
from reporting.extraction.sensitivity import Grammar
from tests.child import ROOT, run_child

_MEASURE = """
from reporting.extraction import sensitivity
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
before = resident()
sensitivity.load_grammar()
print(resident() - before)
"""


def test_the_words_hold_little_memory() -> None:
    told = run_child([sys.executable, "-c", _MEASURE], check=True, capture_output=True, text=True, cwd=ROOT)
    assert int(told.stdout) < 80_000_000


def test_forms_that_are_made_together_are_those_that_are_made_one_by_one() -> None:
    starts, ends = ["an", "ng'", "~b", "بت", "ya ", "é", "no2", "मी", ""], ["na*", "nga", "أة", "bb", "ت*", "ी"]
    reader = PatternReader({"start": ", ".join(starts), "end": ", ".join(ends)})
    (pattern,) = (row for row in reader.read("({start}|){end}") if len(row) == 1)
    made = [list_forms(start.strip() + end) for start, end in product(starts, ends)]
    assert pattern[0].forms == {forms[0] for forms in made if len(forms) == 1}


def test_a_fault_in_the_notation_is_told_with_file_and_key() -> None:
    words = replace(load_languages()["en"].sensitive.words, minor="{nobody} cries")
    with pytest.raises(LanguageFileError) as told:
        Grammar({"en.yaml: sensitive.words": words})
    assert str(told.value) == "en.yaml: sensitive.words: '{nobody}': there is no set 'nobody' in this language"

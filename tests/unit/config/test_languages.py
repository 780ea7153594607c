"""Every language has one file with every key; what is wrong with a file is told in one line that names the key."""

from collections.abc import Callable

import pytest
import yaml

from config.languages.load import BUILT_IN, collect, load_languages
from config.languages.parse import LanguageFileError, parse_language, split_words
from reporting.languages.spoken import CATALOGUES

ENGLISH = (BUILT_IN / "en.yaml").read_text(encoding="utf-8")
OWN_KEYS = ("places.spellings.", "leaving.concepts.", ".sets.")
FILES = sorted(path.stem for path in BUILT_IN.glob("??.yaml"))


def read_as_text(code: str) -> object:
    """The sections of a file, with all values as text."""
    return yaml.load((BUILT_IN / f"{code}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506


def list_keys(section: object, above: str = "") -> set[str]:
    """The keys of a file down to the lists; numbers are none, nor are the keys of tables, which a language chooses."""
    if not isinstance(section, dict) or above.endswith(OWN_KEYS):
        return set()
    named = {above + key: value for key, value in section.items() if not key.isdecimal()}
    return set(named) | {inner for key, value in named.items() for inner in list_keys(value, f"{key}.")}


def test_each_language_with_a_catalogue_has_a_file() -> None:
    assert set(load_languages()) == set(FILES) == {"en", *(path.name for path in CATALOGUES.iterdir() if path.is_dir())}


@pytest.mark.parametrize("code", FILES)
def test_each_language_has_each_key(code: str) -> None:
    assert list_keys(read_as_text(code)) == list_keys(read_as_text("en"))


def test_the_languages_come_in_their_order() -> None:
    assert list(load_languages()) == ["en", "fr", "es", "sw", "ht", "ne", "pt", "ar"]
    assert collect(lambda language: language.commands.no)[:4] == ("no", "n", "nope", "non")


def test_a_list_is_parted_at_commas_outside_of_brackets() -> None:
    assert split_words(" opt out,  stop\n  it , (a,b) c,") == ("opt out", "stop it", "(a,b) c")


def _cut(line: str) -> Callable[[str], str]:
    return lambda text: text.replace(line, "", 1)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_cut("  skip: skip, skip it, pass\n"), "xx.yaml: commands.skip: missing"),
        (_cut("name: English\n"), "xx.yaml: name: missing"),
        (lambda text: text.replace("  skip: skip, skip it, pass", "  skip:", 1), "xx.yaml: commands.skip: empty"),
        (lambda text: text.replace("  skip: skip, skip it, pass", "  skip: [skip, pass]", 1),
         "xx.yaml: commands.skip: expected words, parted by commas"),
        (lambda text: text.replace("  skip:", "  skipp:", 1), "xx.yaml: commands.skipp: unknown key; the keys are "),
        (lambda text: text.replace("order: 10", "order: 10\nname: Again"), "xx.yaml: line 7: name stands twice"),
        (lambda text: text.replace("order: 10", "order: ten"), "xx.yaml: order: expected a number, not 'ten'"),
        (lambda text: text.replace("  1: one", "  one: one", 1), "xx.yaml: numbers: expected a number, not 'one'"),
        (lambda text: text.replace("between A AND B", "between A and"),
         "xx.yaml: relations.between: 'between A and' lacks B"),
        (lambda text: text.replace("between A AND B", "between (A AND B"), "xx.yaml: relations.between: 'between (A"),
        (lambda text: text.replace("return", "RETURN"), "xx.yaml: mail.automatic: 'RETURNed mail' has RETURN"),
        (lambda text: text.replace("script: Latin", "script: Latn"), "xx.yaml: detection.script: expected one of"),
        (lambda text: text.replace("also_in_latin: no", "also_in_latin: n"), "xx.yaml: detection.also_in_latin: exp"),
        (lambda text: text.replace("    uninterested:", "    unintrested:", 1),
         "xx.yaml: leaving.concepts: unintrested: unknown; a key is made of asked, "),
        (lambda text: text.replace("    uninterested:", "    exit list:", 1),
         "xx.yaml: leaving.concepts: uninterested: missing"),
        (lambda text: text.replace("half: no more, stop", "half: (no more, stop", 1),
         "xx.yaml: requests.stop.half: '(no more"),
        (lambda text: text.replace("    sets:", "    set:", 1), "xx.yaml: sensitive.words.set: unknown key; the keys"),
        (_cut("    misspelt: hits beaten\n"), "xx.yaml: sensitive.sentences.misspelt: missing"),
        (lambda _: "name: [", "xx.yaml: line 2: "),
        (lambda _: "stop", "xx.yaml: expected keys, each with its words"),
        (lambda _: "", "xx.yaml: expected keys, each with its words"),
        (lambda _: "a: \x07", "xx.yaml: not YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_one_line(change: Callable[[str], str], fault: str) -> None:
    with pytest.raises(LanguageFileError) as told:
        parse_language("xx", change(ENGLISH), "xx.yaml")
    assert str(told.value).startswith(fault)
    assert "\n" not in str(told.value)


def test_a_word_that_yaml_takes_for_something_else_is_a_word() -> None:
    assert "no" in parse_language("xx", ENGLISH, "xx.yaml").commands.no

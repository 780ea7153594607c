"""Workbooks of XLSForm: taken as they are meant, or refused where answers would go elsewhere."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.acceptance.cases.ground import Ground, make_ground
from tests.acceptance.cases.workbooks import Rows, write_workbook
from tests.acceptance.installation import Installation
from tests.acceptance.tree import Ended

_HEAD: Final = ["type", "name", "label"]
_WHAT: Final = ["text", "what", "What happened?"]
_ELSEWHERE: Final = "https://elsewhere.example/submission"
_KEY: Final = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsrq8xrFswX"


@pytest.fixture(scope="module")
def forms(shared: Installation) -> Ground:
    """A campaign in Creole and French that forms are imported into."""
    return make_ground(shared, "forms", "HT", "ht", "fr")


def import_form(forms: Ground, name: str, survey: Rows, choices: Rows = (), **settings: str) -> Ended:
    """Import a workbook, however that ends."""
    path = forms.write(f"{name}.xlsx", write_workbook(survey, choices, form_id=name, **settings))
    return forms.try_command("campaign", "import-form", path)


def read_asked(forms: Ground) -> str:
    """All that the campaign asks by SMS, as the database has it."""
    [[asked]] = forms.installation.sql(f"SELECT to_jsonb(campaign)::text FROM campaign WHERE slug = '{forms.slug}'")
    return str(asked)


def read_served(forms: Ground) -> str:
    """All forms that phones may fetch."""
    return "".join(row for row in forms.installation.dump() if row.startswith(("public.xform", "xform")))


@pytest.mark.parametrize(
    "settings", [{"public_key": _KEY}, {"submission_url": _ELSEWHERE}], ids=["sealed", "elsewhere"]
)
def test_answers_that_would_not_come_here_are_refused(forms: Ground, settings: Mapping[str, str]) -> None:
    """Case 04: a workbook that seals its answers or sends them to another server is not served to phones."""
    import_form(forms, f"away{len(next(iter(settings)))}", [_HEAD, _WHAT], **settings)
    served = read_served(forms)
    assert (_KEY in served, _ELSEWHERE in served) == (False, False)


def test_a_plain_label_stands_beside_those_of_languages(forms: Ground) -> None:
    """Case 19: a plain label is in the campaign's first language, and "-" is no translation."""
    survey = [
        ["type", "name", "label", "label::French (fr)"], ["text", "what", "Kisa ki rive?", "Que s'est-il passé ?"],
        ["text", "why", "Poukisa sa rive?", "-"],
    ]  # fmt: skip
    ended = import_form(forms, "mixed", survey)
    assert ended.code == 0, ended.stderr
    asked = read_asked(forms)
    assert ("Kisa ki rive?" in asked, "Que s'est-il passé ?" in asked, '"-"' in asked) == (True, True, False)


def test_labels_are_words_and_what_nobody_types_is_not_asked(forms: Ground) -> None:
    """Case 19: signs of Markdown and HTML leave by no SMS; a question that is read only is not asked."""
    survey = [
        [*_HEAD, "read_only", "default"], ["text", "event", "**Event** of the _pump_?"],
        ["integer", "days", '<span style="color:red">How many</span> days?'],
        ["select_one yn", "works", "### Is it on?"],
        ["text", "region", "Which region is it?", "yes", "West"],
    ]  # fmt: skip
    choices = [["list_name", "name", "label"], ["yn", "yes", "<b>Of course</b>"], ["yn", "no", "*Not at all*"]]
    ended = import_form(forms, "signs", survey, choices)
    assert ended.code == 0, ended.stderr
    asked = read_asked(forms)
    said = ["Event of the pump?", "How many days?", "Is it on?", "Of course", "Not at all"]
    assert [words for words in said if f'"{words}"' not in asked] == []
    assert "Which region" not in asked


def test_lists_may_have_another_answer_and_any_order(forms: Ground) -> None:
    """Case 19: `or_other` and `randomize`."""
    survey = [
        [*_HEAD, "parameters"], ["select_one cause or_other", "cause", "Cause?"],
        ["select_one cause", "second", "A second cause?", "randomize=true"],
    ]  # fmt: skip
    choices = [["list_name", "name", "label"], ["cause", "dry", "Dry"], ["cause", "broken", "Broken"]]
    ended = import_form(forms, "lists", survey, choices)
    assert ended.code == 0, ended.stderr
    assert "A second cause?" in read_asked(forms)

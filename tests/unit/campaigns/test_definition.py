"""A campaign's conversation: read as its writer meant it, and each fault said in one line with its place."""

from copy import deepcopy
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
import yaml

from reporting.campaigns.campaign import CampaignError, read_definition
from reporting.campaigns.consistency import SEGMENTS_MOST
from reporting.campaigns.cube_use import limit_to_cube, list_unasked
from reporting.campaigns.definition import Conversation, Form, pick_text, read_conversation, spell_question
from reporting.campaigns.washington_group import ANSWERS, DOMAINS, ENGLISH, list_answers, list_languages
from reporting.campaigns.washington_group import spell_question as spell_difficulty
from reporting.languages.sms_segments import measure
from tests.conftest import ROOT

CAMPAIGN = """
slug: asks
name: A campaign that asks
country: HT
languages: [ht, fr]
topics:
  - {code: water, name: {ht: Dlo}}
  - {code: road, name: {ht: Wout}}
conversation:
  forms:
    - code: pump
      topic: water
      keywords: {ht: [ponp], fr: [pompe]}
      questions:
        - code: works
          kind: choice
          text: {ht: "Li mache?", fr: "Marche-t-elle ?"}
          required: true
          choices:
            - {code: "yes", label: {ht: Wi, fr: Oui}, words: {ht: [li bon]}}
            - {code: "no", label: {ht: Non, fr: Non}}
        - {code: days, kind: number, text: {ht: "Konbyen jou?"}, when: {works: "no"}, low: 0, high: 30.5}
    - code: bridge
      topic: road
      questions:
        - {code: words, kind: text, text: {ht: "Kisa ki rive?"}}
  person: {sex: true, washington_group: true}
  place_questions: 1
  expiry_hours: 48
  hotline: {ht: Mèsi.}
  sensitive_words: {minor: {ht: [ti moun]}}
  quiet_hours: {from: 21:30, until: 07:00}
  prices: {twilio: 0.05, kannel: "0.010"}
  currency: HTG
  news: false
  replies_per_hour: 5
"""


def values() -> dict[str, Any]:
    """The campaign above, to be spoilt."""
    return dict(yaml.safe_load(CAMPAIGN))


def read(definition: dict[str, Any]) -> Conversation:
    return read_conversation(read_definition(yaml.safe_dump(definition), "asks.yaml")["conversation"])


def fault(definition: dict[str, Any]) -> str:
    with pytest.raises(CampaignError) as caught:
        read(definition)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix("asks.yaml: conversation.")


def test_a_definition_is_read_as_it_was_written() -> None:
    conversation = read(values())
    pump, bridge = conversation.forms
    assert (pump.code, pump.topic, pump.keywords) == ("pump", "water", {"ht": ("ponp",), "fr": ("pompe",)})
    works, days = pump.questions
    assert (works.kind, works.is_required, works.relevant) == ("choice", True, ())
    assert [choice.code for choice in works.choices] == ["yes", "no"]
    assert works.choices[0].words == {"ht": ("li bon",)}
    assert (days.kind, days.relevant, days.low, days.high) == ("number", (("works", "no"),), 0, 30.5)
    assert bridge.keywords == {}
    assert conversation.person.asks_sex
    assert conversation.person.offers_washington_group
    assert not conversation.person.asks_age_band
    assert (conversation.place_questions_most, conversation.expiry_h, conversation.replies_per_hour) == (1, 48, 5)
    assert conversation.hotline == {"ht": "Mèsi."}
    assert conversation.sensitive_words == {"minor": {"ht": ("ti moun",)}}
    assert (conversation.quiet_from, conversation.quiet_until) == (time(21, 30), time(7))
    assert conversation.price_per_segment == {"twilio": Decimal("0.05"), "kannel": Decimal("0.010")}
    assert (conversation.currency, conversation.sends_news) == ("HTG", False)


def test_a_campaign_that_says_nothing_has_the_defaults() -> None:
    assert read_conversation({}) == Conversation()
    assert "conversation" not in read_definition("{slug: a, name: A, country: NP, languages: [ne]}", "a.yaml")


def test_a_question_is_spelt_with_its_choices_numbered() -> None:
    works = read(values()).forms[0].questions[0]
    assert spell_question(works, ["ht"]) == "Li mache?\n1 Wi\n2 Non"
    assert spell_question(works, ["es", "fr"]) == "Marche-t-elle ?\n1 Oui\n2 Non"


def test_a_text_is_picked_in_the_first_language_that_has_it() -> None:
    assert pick_text({"fr": "eau", "en": "water"}, ["ht", "fr"]) == "eau"
    assert pick_text({"fr": "eau", "en": "water"}, ["ht"]) == "water"
    assert pick_text({"fr": "eau"}, ["ht"]) == "eau"
    assert pick_text({}, ["ht"]) == ""


def spoil(path: str, value: Any) -> dict[str, Any]:
    """The campaign with one value of its conversation set; `path` as in a fault, but forms and lists by number."""
    definition = deepcopy(values())
    *steps, last = ["conversation", *path.split(".")]
    target: Any = definition
    for step in steps:
        target = target[int(step)] if isinstance(target, list) else target[step]
    target[int(last) if isinstance(target, list) else last] = value
    return definition


WORKS = "forms.0.questions.0"
WORKS_CHOICES = "forms.pump.questions.works.choices"
QUESTION = {"code": "more", "kind": "text", "text": {"ht": "Kisa?"}}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("form", [], "form: Unknown field."),
        ("forms.0.question", [], "forms.0.question: Unknown field."),
        ("forms.0.questions.0.requierd", True, "forms.0.questions.0.requierd: Unknown field."),
        ("forms.0.topic", "watr", "forms.pump.topic: the campaign has no topic 'watr'"),
        ("forms.1.code", "pump", "forms: the code 'pump' is there twice"),
        ("forms.1.code", "two words", "forms.1.code: letters, digits, '_', '-' and '.' only, no blanks"),
        ("forms.1.keywords", {"kr": ["pon"]}, "forms.bridge.keywords: 'kr' is none of the languages"),
        ("forms.1.keywords", {"ht": ["PÒNP"]}, "forms.bridge.keywords: 'PÒNP' begins as 'ponp' of the form 'pump'"),
        ("forms.1.keywords", {"ht": ["ponp wout"]}, "forms.bridge.keywords: 'ponp wout' begins as 'ponp' of the form"),
        ("forms.1.keywords", {"fr": ["arrêt"]}, "forms.bridge.keywords: 'arrêt' is read as STOP"),
        ("forms.1.keywords", {"ht": ["status"]}, "forms.bridge.keywords: 'status' is read as STATUS"),
        ("forms.1.keywords", {"ht": ["12"]}, "forms.bridge.keywords: '12' is not one to three words"),
        ("forms.1.keywords", {"ht": ["pon an kraze nèt"]}, "forms.bridge.keywords: 'pon an kraze nèt' is not one to"),
        ("forms.1.keywords", {"ht": "pon"}, "forms.1.keywords.ht: expected a list"),
        ("forms.1.questions", [], "forms.1.questions: one to forty questions"),
        ("forms.1.questions", [QUESTION, QUESTION], "forms.bridge.questions: the code 'more' is there twice"),
        ("forms.1.questions.0.code", "sex", "forms.bridge.questions.sex: 'sex' is reserved for what is"),
        ("forms.1.questions.0.kind", "date", "forms.1.questions.0.kind: Must be one of: choice, number, text, place."),
        ("forms.1.questions.0.kind", "choice", "forms.bridge.questions.words.choices: a question of the kind choice"),
        ("forms.1.questions.0.low", 3, "forms.bridge.questions.words: only a question of the kind number has low"),
        ("forms.1.questions.0.text", {"fr": "Quoi ?"}, "forms.bridge.questions.words.text: no text in 'ht'"),
        ("forms.1.questions.0.text", "Kisa?", "forms.1.questions.0.text: expected one entry by language"),
        ("forms.1.questions.0.text.ht", " ", "forms.1.questions.0.text.ht: no text"),
        ("forms.1.questions.0.text.ht", "a" * 470, "forms.bridge.questions.words.text.ht: takes 4 segments of SMS"),
        ("forms.1.questions.0.text.ht", "ŝ" * 200, "forms.bridge.questions.words.text.ht: takes 4 segments of SMS (U"),
        (f"{WORKS}.choices", [{"code": "a", "label": {"ht": "A"}}], f"{WORKS}.choices: two to nine"),
        (f"{WORKS}.choices.1.code", False, f"{WORKS}.choices.1.code: not a text; write it in quot"),
        (f"{WORKS}.choices.1.code", "yes", f"{WORKS_CHOICES}: the code 'yes' is there twice"),
        (f"{WORKS}.choices.1.label.ht", True, f"{WORKS}.choices.1.label.ht: not a text; write it"),
        (f"{WORKS}.choices.1.label.ht", "wi!", f"{WORKS_CHOICES}.no: 'wi!' is also said for"),
        (f"{WORKS}.choices.1.label.ht", "Kanpe", f"{WORKS_CHOICES}.no: 'Kanpe' is read as ST"),
        (f"{WORKS}.choices.1.label.ht", "3", f"{WORKS_CHOICES}.no: '3' is read as a number"),
        (f"{WORKS}.choices.1.label.ht", "?", f"{WORKS_CHOICES}.no: '?' has no letter"),
        ("forms.0.questions.1.when", {"work": "no"}, "forms.pump.questions.days.when: no earlier question 'work'"),
        ("forms.0.questions.1.when", {"days": "no"}, "forms.pump.questions.days.when: no earlier question 'days'"),
        ("forms.0.questions.1.when", {"works": "maybe"}, "forms.pump.questions.days.when: the question 'works' has"),
        ("forms.0.questions.1.low", 31, "forms.pump.questions.days: low is above high"),
        ("place_questions", 3, "place_questions: Must be greater than or equal to 0 and less than or equal to 2."),
        ("expiry_hours", 0, "expiry_hours: Must be greater than or equal to 1"),
        ("hotline", {"fr": "Merci."}, "hotline: no text in 'ht', the campaign's first language"),
        ("sensitive_words", {"violence": {}}, "sensitive_words.violence: one of: gender_based_violence, minor"),
        ("sensitive_words", {"minor": {"xx": []}}, "sensitive_words.minor: 'xx' is none of the languages"),
        ("quiet_hours", {"from": "21:00"}, "quiet_hours.until: Missing data for required field."),
        ("quiet_hours.from", "9 pm", "quiet_hours.from: not a time of day such as 21:00"),
        ("prices.twilio", "dear", "prices.twilio: not an amount of money"),
        ("prices.twilio", -1, "prices.twilio: not an amount of money"),
        ("currency", "HTGs", "currency: no currency of ISO 4217"),
        ("person.washington_group_texts", {"en": {}}, "person.washington_group_texts.en: English is built in"),
        ("person.washington_group_texts", {"fr": {"see": "?"}}, "person.washington_group_texts.fr.hear: Missing"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_with_its_place(path: str, value: Any, expected: str) -> None:
    assert fault(spoil(path, value)).startswith(expected)


def test_prices_need_a_currency() -> None:
    definition = values()
    del definition["conversation"]["currency"]
    assert fault(definition) == "currency: prices need a currency, such as USD"


def test_a_form_that_nobody_would_be_asked_is_a_fault() -> None:
    definition = values()
    del definition["conversation"]["forms"][1]["topic"]
    assert fault(definition).startswith("forms.bridge: neither topic nor keywords")


@pytest.mark.parametrize("file", ["docs/examples/campaign.yaml", "reporting/demo/campaign.yaml"])
def test_the_definitions_that_come_along_can_be_asked(file: str) -> None:
    definition = read_definition((ROOT / file).read_text(encoding="utf-8"), file)
    forms: tuple[Form, ...] = read_conversation(definition["conversation"]).forms
    assert forms
    for form in forms:
        for question in form.questions:
            assert set(question.text) == set(definition["languages"])
            for language in definition["languages"]:
                segments = measure(spell_question(question, [language]))
                print(f"{language} {form.code}.{question.code} {segments.encoding} {segments.count} segments")
                assert segments.count <= SEGMENTS_MOST


def test_the_six_questions_are_word_for_word_and_in_their_order() -> None:
    assert DOMAINS == ("see", "hear", "walk", "cog", "self", "comm")
    assert [ENGLISH[domain] for domain in DOMAINS] == [
        "Do you have difficulty seeing, even if wearing glasses?",
        "Do you have difficulty hearing, even if using a hearing aid?",
        "Do you have difficulty walking or climbing steps?",
        "Do you have difficulty remembering or concentrating?",
        "Do you have difficulty (with self-care such as) washing all over or dressing?",
        "Using your usual (customary) language, do you have difficulty communicating, "
        "for example understanding or being understood?",
    ]
    person = Conversation().person
    assert list_languages(person) == ["en"]
    assert list_answers(person, "en") == [
        "No, no difficulty",
        "Yes, some difficulty",
        "Yes, a lot of difficulty",
        "Cannot do at all",
    ]
    for domain in DOMAINS:
        assert measure(spell_difficulty(person, "en", domain)).count <= 2


def test_other_languages_of_the_six_questions_are_the_campaigns_and_never_ours() -> None:
    wordings = {name: f"{name} an kreyòl" for name in (*DOMAINS, *ANSWERS)}
    person = read(spoil("person.washington_group_texts", {"ht": wordings})).person
    assert list_languages(person) == ["en", "ht"]
    assert spell_difficulty(person, "ht", "see").splitlines()[0] == "see an kreyòl"
    with pytest.raises(KeyError):
        spell_difficulty(person, "fr", "see")


def whole_fault(definition: dict[str, Any]) -> str:
    with pytest.raises(CampaignError) as caught:
        read_definition(yaml.safe_dump(definition), "asks.yaml")
    return str(caught.value).removeprefix("asks.yaml: ")


def test_a_definition_says_who_listens_whom_to_call_and_what_is_urgent() -> None:
    spoken = values() | {
        "organisation": "Dlo  Pou Tout",
        "contact": "+509 2800 0000",
        "privacy_notice": {"ht": "Youn.\n\nDe  twa."},
    }
    spoken["topics"][0]["urgent"] = True
    spoken["conversation"]["emergency_line"] = {"ht": "Ijans: rele 114."}
    read_back = read_definition(yaml.safe_dump(spoken), "asks.yaml")
    assert (read_back["organisation"], read_back["contact"]) == ("Dlo Pou Tout", "+509 2800 0000")
    assert read_back["privacy_notice"] == {"ht": "Youn.\n\nDe twa."}
    assert [topic["is_urgent"] for topic in read_back["topics"]] == [True, False]
    assert read_conversation(read_back["conversation"]).emergency_line == {"ht": "Ijans: rele 114."}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"organisation": 12}, "organisation: not a text; write it in quotation marks"),
        ({"organisation": " "}, "organisation: no text"),
        ({"contact": 4636}, "contact: not a text; write it in quotation marks"),
        ({"privacy_notice": "Youn"}, "privacy_notice: expected one entry by language, such as {en: ..., fr: ...}"),
        ({"privacy_notice": {"fr": "Un"}}, "privacy_notice: no text in 'ht', the campaign's first language"),
        ({"privacy_notice": {"ht": "Youn", "xx": "?"}}, "privacy_notice: 'xx' is none of the languages "),
        ({"privacy_notice": {"ht": "a" * 5_001}}, "privacy_notice.ht: has 5001 characters, at most 5000 are shown"),
        ({"topics": [{"code": "a", "name": {"ht": "A"}, "urgent": "often"}]}, "topics.0.urgent: Not a valid boolean."),
    ],
)
def test_a_fault_in_who_listens_is_told_in_one_line(change: dict[str, Any], told: str) -> None:
    definition = values() | change
    if "topics" in change:
        definition.pop("conversation")
    assert whole_fault(definition).startswith(told)


def test_an_emergency_line_that_leaves_no_room_is_refused() -> None:
    definition = values()
    definition["conversation"]["emergency_line"] = {"ht": "Ijans " * 12}
    assert fault(definition) == ("emergency_line.ht: has 71 characters (GSM-7), at most 70: it begins other texts")


def test_it_is_said_in_a_line_what_is_not_asked_because_no_figure_uses_it() -> None:
    definition = read_definition(yaml.safe_dump(values()), "asks.yaml")
    lines = list_unasked(definition["conversation"], definition["settings"])
    assert lines[0] == ("conversation.person.sex is not asked: no figure uses it; no cube has the dimension sex")
    assert len(lines) == 2
    assert not limit_to_cube(read_conversation(definition["conversation"]), definition["settings"]).person.asks_sex


def test_what_the_cube_uses_is_asked() -> None:
    definition = read_definition(
        yaml.safe_dump(values() | {"settings": {"cube": {"dimensions": ["topic", "sex", "age_band", "difficulty"]}}}),
        "asks.yaml",
    )
    assert definition["settings"] == {
        "cubes": {
            "incidents": {"dimensions": ["topic", "sex", "age", "difficulty"], "measures": ["people", "incidents"]}
        }
    }
    conversation = read_conversation(definition["conversation"])
    assert list_unasked(definition["conversation"], definition["settings"]) == []
    assert limit_to_cube(conversation, definition["settings"]) == conversation


def test_a_dimension_that_no_figure_can_have_is_refused() -> None:
    assert whole_fault(values() | {"settings": {"cube": {"dimensions": ["shoes"]}}}) == (
        "settings.cube.dimensions.0: one of: area, month, topic, sex, age_band, difficulty"
    )


@pytest.mark.parametrize(
    ("caps", "told"),
    [
        ({"month": 86}, "settings.best_guess.month: Must be greater than or equal to 51"),
        ({"month": 50}, "settings.best_guess.month: Must be greater than or equal to 51"),
        ({"year": 100}, "settings.best_guess.year: Must be greater than or equal to 51"),
        ({"month": 72.5}, "settings.best_guess.month: Not a valid integer"),
        ({"month": 80, "year": 70}, "settings.best_guess.month: 80 of a month is above 70 of a year"),
        ({"year": 60}, "settings.best_guess.month: 72 of a month is above 60 of a year"),
        ({"week": 60}, "settings.best_guess.week: Unknown field"),
        (72, "settings.best_guess._schema: Invalid input type"),
    ],
)
def test_a_cap_of_guesses_has_its_bounds(caps: Any, told: str) -> None:
    assert whole_fault(values() | {"settings": {"best_guess": caps}}).startswith(told)

"""Other geocoders, asked for real over HTTP by geopy, of a server that answers in the shapes their makers describe."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from geo.geocoders.cache import claim_slot, keep_answers, record_failure, wait_s
from geo.geocoders.services import (
    AnswerUnreadable,
    GeocoderAway,
    GeocoderSettingsError,
    NullGeocoder,
    open_geocoder,
    read_pace,
    within,
)
from geo.reasons import LocationSource
from reporting.bootstrap import Program
from reporting.moderation.report.place_choices import choose_place
from reporting.processing.external_geocoding import WORDS_MOST, ask_geocoders, make_question
from tests.factories.moderation import Desk, add_square
from tests.integration.processing.geocoder_side import EMPTY, NOMINATIM, PATHS, Side

BOX = (27.0, 85.0, 28.0, 86.0)


@pytest.fixture
def side() -> Iterator[Side]:
    """All three services on one port."""
    made = Side()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    thread.join()


@pytest.fixture
def office(program: Program, campaign: int, side: Side) -> int:
    """A campaign that asks the local Nominatim, as often as it likes."""
    with program.owner.begin() as connection:
        add_square(Desk(connection, campaign))
        use(program, campaign, {"service": "nominatim", "url": side.url, "per_second": 100})
    return campaign


def use(program: Program, campaign: int, settings: object) -> None:
    """Set what the campaign asks."""
    with program.owner.begin() as connection:
        query = text("UPDATE campaign SET settings = jsonb_build_object('geocoder', CAST(:s AS jsonb)) WHERE id = :id")
        connection.execute(query, {"s": json.dumps(settings), "id": campaign})


def add(program: Program, campaign: int, words: str = "pani chaina Bhaktapur", **columns: object) -> int:
    """A report; its id."""
    with program.owner.begin() as connection:
        numbers = iter(range(connection.execute(text("SELECT count(*) + 1 FROM report")).scalar_one(), 10**6))
        return Desk(connection, campaign, numbers).add_report(words, **columns)


def read(program: Program, report: int, column: str) -> Any:
    """A column of a report."""
    with program.owner.begin() as connection:
        return connection.execute(text(f"SELECT {column} FROM report WHERE id = :id"), {"id": report}).scalar_one()


def ask(program: Program) -> int:
    """Run the job's work."""
    return ask_geocoders(program.app, program.pseudonyms, "a-key-of-the-tests", budget_s=20)


@pytest.mark.parametrize("service", PATHS)
def test_each_service_is_asked_by_its_own_rules_and_its_answer_read(side: Side, service: str) -> None:
    geocoder = open_geocoder({"service": service, "url": side.url}, "a-key-of-the-tests")
    [found] = geocoder.search("Bhaktapur", "NP", BOX, ["ne", "en"])
    assert (found.name, found.lat, found.lon) == ("Bhaktapur", 27.671, 85.4298) or service == "google"
    assert (found.lat, found.lon) == (27.671, 85.4298)
    assert 6_500 < found.radius_m < 8_000
    assert 0.2 < found.confidence < 0.5
    assert found.source is LocationSource.GEOCODER
    [reason] = found.reasons
    assert reason.values["service"] == geocoder.name
    assert str(reason.values["address"]).startswith("Bhaktapur")
    [asked] = side.list_questions()
    expected = {
        "nominatim": {"q": ["Bhaktapur"], "countrycodes": ["np"], "bounded": ["1"], "accept-language": ["ne"]},
        "photon": {"q": ["Bhaktapur"], "bbox": ["85.0,27.0,86.0,28.0"]},
        "google": {"address": ["Bhaktapur"], "components": ["country:NP"], "key": ["a-key-of-the-tests"]},
    }[service]
    assert {name: asked.get(name) for name in expected} == expected


@pytest.mark.parametrize("service", PATHS)
def test_nothing_found_is_an_answer(side: Side, service: str) -> None:
    side.answers = EMPTY
    assert open_geocoder({"service": service, "url": side.url}, "key").search("x", "NP", BOX, ["ne"]) == []


@pytest.mark.parametrize("service", PATHS)
@pytest.mark.parametrize(
    ("status", "body"), [(500, "{}"), (429, "{}"), (403, "{}"), (200, "<html>"), (200, '{"a": 1}'), (200, "[1, null]")]
)
def test_a_service_that_fails_or_talks_nonsense_is_away(side: Side, service: str, status: int, body: str) -> None:
    side.status, side.body = status, body
    with pytest.raises(GeocoderAway) as away:
        open_geocoder({"service": service, "url": side.url}, "key").search("Bhaktapur", "NP", BOX, ["ne"])
    assert "Bhaktapur" not in str(away.value)


@pytest.mark.parametrize("bad", [{"boundingbox": ["x"]}, {"boundingbox": 3}, {"importance": "high"}])
def test_a_place_that_cannot_be_read_takes_no_other_with_it(side: Side, bad: dict[str, Any]) -> None:
    side.answers["nominatim"] = [NOMINATIM[0] | bad, NOMINATIM[0]]
    found = open_geocoder({"service": "nominatim", "url": side.url}).search("x", "NP", None, ["ne"])
    assert [(place.name, place.lat) for place in found] == [("Bhaktapur", 27.671)]


def test_a_place_off_the_globe_is_no_answer(side: Side) -> None:
    side.answers["nominatim"] = [NOMINATIM[0] | {"lat": "95"}]
    with pytest.raises(AnswerUnreadable):
        open_geocoder({"service": "nominatim", "url": side.url}).search("x", "NP", None, ["ne"])


def test_a_question_that_the_service_refuses_has_no_answer(side: Side) -> None:
    side.status = 400
    assert open_geocoder({"service": "nominatim", "url": side.url}).search("x", "NP", None, ["ne"]) == []


def test_an_answer_nested_beyond_reading_is_unreadable(side: Side) -> None:
    side.body = "[" * 100_000
    with pytest.raises(AnswerUnreadable):
        open_geocoder({"service": "nominatim", "url": side.url}).search("x", "NP", None, ["ne"])


def test_a_name_is_kept_without_a_sign_that_postgresql_refuses(program: Program, office: int, side: Side) -> None:
    side.answers["nominatim"] = [NOMINATIM[0] | {"name": "Bhakta\x00pur", "display_name": "Bhakta\x00pur, Nepal"}]
    report = add(program, office)
    assert ask(program) == 1
    assert [place["name"] for place in read(program, report, "alternatives")] == ["Bhaktapur"]


def test_a_call_takes_no_longer_than_its_deadline() -> None:
    held = threading.Event()
    with pytest.raises(GeocoderAway, match="too slow"):
        within(0.05, held.wait)
    held.set()
    with pytest.raises(KeyError):
        within(60, lambda: {}["x"])
    assert within(60, lambda: 3) == 3


@pytest.mark.parametrize(
    "settings",
    [
        "nominatim",
        {"service": "bing"},
        {"service": "google"},
        {"service": "photon", "url": "ftp://x"},
        [1],
        {"url": "x"},
    ],
)
def test_settings_that_cannot_be_used_are_one_clear_line(settings: object) -> None:
    with pytest.raises(GeocoderSettingsError, match=r"^geocoder: "):
        open_geocoder(settings)


@pytest.mark.parametrize("pace", [0, -1, "fast", True, 1_000])
def test_a_pace_that_is_none_is_refused(pace: object) -> None:
    with pytest.raises(GeocoderSettingsError, match="per_second"):
        read_pace({"per_second": pace})


def test_without_a_setting_nobody_is_asked(program: Program, campaign: int, side: Side) -> None:
    assert isinstance(open_geocoder(None), NullGeocoder)
    report = add(program, campaign)
    assert ask(program) == 0
    assert side.calls == []
    assert read(program, report, "geocoder_asked_at") is None


def test_an_answer_becomes_an_alternative_and_never_the_place(program: Program, office: int) -> None:
    report = add(program, office, alternatives='[{"lat": 27.1, "lon": 85.1, "radius_m": 9, "name": "Old"}]')
    assert ask(program) == 1
    assert read(program, report, "point IS NULL AND place_confidence IS NULL")
    assert [place["name"] for place in read(program, report, "alternatives")] == ["Old", "Bhaktapur"]
    assert ask(program) == 0
    with program.owner.begin() as connection:
        person = Desk(connection, office).add_person("ama")
        choose_place(connection, report, person, number=2)
    assert read(program, report, "round(ST_Y(point)::numeric, 3)::float") == 27.671


def test_only_waiting_reports_without_a_place_that_are_not_restricted_are_sent(
    program: Program, office: int, side: Side
) -> None:
    add(program, office, "Panauti", lat=27.5, lon=85.5)
    add(program, office, "Banepa", is_sensitive=True)
    add(program, office, "Nagarkot", state="approved")
    add(program, office, "Sankhu", state="erased")
    add(program, office, "Bhaktapur")
    assert ask(program) == 1
    assert [question["q"] for question in side.list_questions()] == [["Bhaktapur"]]


def test_a_report_that_was_placed_or_restricted_meanwhile_keeps_what_it_has(
    program: Program, office: int, side: Side
) -> None:
    report = add(program, office)

    def place_first(_seconds: float) -> None:
        with program.owner.begin() as connection:
            connection.execute(text("UPDATE report SET is_sensitive = true"))

    with program.owner.begin() as connection:
        claim_slot(connection, "Nominatim", 1.0)
    ask_geocoders(program.app, program.pseudonyms, None, budget_s=20, sleep=place_first)
    assert side.calls == []
    assert read(program, report, "alternatives") == []


def test_the_same_question_is_asked_once(program: Program, office: int, side: Side) -> None:
    for words in ("pani chaina Bhaktapur", "Bhaktapur pani chaina", "BHAKTAPUR"):
        add(program, office, words)
    assert ask(program) == 3
    assert len(side.calls) == len({question["q"][0].casefold() for question in side.list_questions()})
    with program.owner.begin() as connection:
        stored = connection.execute(text("SELECT string_agg(encode(query_hash, 'hex'), ' ') FROM geocoder_cache"))
        assert "haktapur" not in stored.scalar_one()


def test_an_answer_that_is_too_old_is_asked_for_again(program: Program, office: int, side: Side) -> None:
    add(program, office)
    ask(program)
    add(program, office)
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE geocoder_cache SET expires_at = now() - interval '1 second'"))
    ask(program)
    assert len(side.calls) == 2


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("no water in Bhaktapur: 980-0000007, +977 9800000008", "Bhaktapur"),
        ("ward 5 Bhaktapur me@example.org https://example.org/x @ama", "ward 5 Bhaktapur"),
        ("123456789 Panauti", "Panauti"),
        ("+977 9800000008", ""),
        ("no water", ""),
        ("", ""),
        ("भक्तपुर", "भक्तपुर"),
        ("33", ""),
    ],
)
def test_only_words_that_may_name_a_place_are_sent(said: str, sent: str) -> None:
    assert make_question(said, "NP") == sent


def test_a_long_text_is_cut() -> None:
    assert len(make_question(" ".join(f"Xanthos{letter}" for letter in "abcdefghijklm"), "NP").split()) == WORDS_MOST


def test_the_answer_to_where_is_sent_instead_of_the_report(program: Program, office: int, side: Side) -> None:
    add(program, office, "Ram Thapa needs help Kirtipur", answers='{"place": "Bhaktapur"}')
    ask(program)
    assert [question["q"] for question in side.list_questions()] == [["Bhaktapur"]]


def test_what_holds_no_name_is_not_sent_and_not_looked_at_again(program: Program, office: int, side: Side) -> None:
    report = add(program, office, "no water")
    assert ask(program) == 1
    assert side.calls == []
    assert read(program, report, "geocoder_asked_at IS NOT NULL")


def test_a_failure_leaves_the_report_for_later_and_the_service_alone(program: Program, office: int, side: Side) -> None:
    side.status = 503
    report = add(program, office)
    assert ask(program) == 0
    assert ask(program) == 0
    assert len(side.calls) == 1
    assert read(program, report, "geocoder_asked_at") is None
    side.status = 200
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE geocoder_rate_limit SET next_at = now()"))
    assert ask(program) == 1
    assert len(read(program, report, "alternatives")) == 1


def test_an_unreadable_answer_keeps_nobody_behind_it_waiting(program: Program, office: int, side: Side) -> None:
    side.body = "<html>"
    first, second = add(program, office), add(program, office, "pani chaina Kirtipur")
    assert ask(program) == 0
    asked = [read(program, report, "geocoder_asked_at IS NOT NULL") for report in (first, second)]
    assert sorted(asked) == [False, True]
    side.body = None
    with program.owner.begin() as connection:
        connection.execute(text("UPDATE geocoder_rate_limit SET next_at = now()"))
    assert ask(program) == 1


def test_each_failure_in_a_row_makes_the_pause_longer_up_to_an_hour(program: Program) -> None:
    with program.owner.begin() as connection:
        claim_slot(connection, "Nominatim", 1.0)
        waits = []
        for _failure in range(9):
            record_failure(connection, "Nominatim")
            waits.append(round(wait_s(connection, "Nominatim")))
    assert waits[:3] == [60, 120, 240]
    assert waits[-1] == 3_600


def test_all_workers_share_one_pace(program: Program) -> None:
    with program.owner.begin() as connection:
        assert claim_slot(connection, "Nominatim", 1.0)
    with program.app.begin() as connection:
        assert not claim_slot(connection, "Nominatim", 1.0)
        assert 0 < wait_s(connection, "Nominatim") <= 1
        assert claim_slot(connection, "Photon", 1.0)


def test_settings_that_cannot_be_used_stop_no_other_campaign(program: Program, office: int, side: Side) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO campaign (slug, name, country, languages, settings)"
                """ VALUES ('a', 'A', 'NP', '{ne}', '{"geocoder": {"service": "none"}}')"""
            )
        )
    add(program, office)
    assert ask(program) == 1
    assert len(side.calls) == 1


def test_an_answer_is_kept_also_that_there_is_none(program: Program, office: int, side: Side) -> None:
    side.answers = EMPTY
    add(program, office)
    ask(program)
    add(program, office)
    assert ask(program) == 1
    assert len(side.calls) == 1
    with program.owner.begin() as connection:
        keep_answers(connection, b"x" * 16, [])

"""What becomes of messages between the webhook and the moderators' queue."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from channels.base.items import InboundMessage
from config.settings import Settings
from geo.gazetteer.load_areas import load_areas
from reporting.bootstrap import Program
from reporting.inbox.work_queue import MAX_TRIES, replay
from reporting.models.base import now
from reporting.models.message import Contact, Message, Question
from reporting.models.report import Report
from reporting.outbox.delivery import deliver
from reporting.processing.batch import Pipeline
from reporting.processing.worker import drain
from reporting.status import count_status
from tests.conftest import LINE

ANNA, BEA = "+9779800000001", "+9779800000002"


@pytest.fixture
def write(program: Program, campaign: int) -> Callable[..., str]:  # noqa: ARG001
    """Stores a message as the webhook does; returns its id at the gateway."""
    numbers = iter(range(1000))

    def store(words: str, sender: str = ANNA, **changes: object) -> str:
        external_id = f"SM{next(numbers)}"
        message = InboundMessage(external_id, sender, LINE, words, {"Body": words, "From": sender}, **changes)  # type: ignore[arg-type]
        program.intake.accept("twilio", message)
        return external_id

    return store


@pytest.fixture
def places(program: Program, campaign: int) -> None:
    """Two towns, far apart."""
    with program.owner.begin() as connection:
        for number, (name, lat, lon) in enumerate([("Lalitpur", 27.667, 85.325), ("Pokhara", 28.209, 83.985)]):
            connection.execute(
                text(
                    "INSERT INTO place (campaign_id, source, source_id, name, names, kind, population, radius_m, geom)"
                    " VALUES (:c, 'test', :n, :name, '{}', 'city', 200000, 2000,"
                    " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
                ),
                {"c": campaign, "n": str(number), "name": name, "lat": lat, "lon": lon},
            )
        connection.execute(text("UPDATE gazetteer SET version = version + 1"))


def work(program: Program) -> None:
    drain(program.app, program.pipeline, is_patient=False)


def states(program: Program, direction: str = "in") -> list[str]:
    with program.owner.begin() as connection:
        query = select(Message.state).where(Message.direction == direction).order_by(Message.id)
        return list(connection.execute(query).scalars())


def sent_texts(program: Program) -> list[str]:
    with program.owner.begin() as connection:
        return list(
            connection.execute(select(Message.text).where(Message.direction == "out").order_by(Message.id)).scalars()
        )


def reports(program: Program) -> list[object]:
    with program.owner.begin() as connection:
        return list(connection.execute(select(Report.__table__).order_by(Report.id)).all())


@pytest.mark.usefixtures("places")
def test_a_message_becomes_a_located_report_with_topic_and_reference(
    program: Program, write: Callable[..., str]
) -> None:
    write("no water in Lalitpur")
    work(program)
    (report,) = reports(program)
    assert report.point is not None
    assert report.radius_m > 0
    assert (report.location_source, report.gazetteer_name) == ("text", "Lalitpur")
    assert report.topic_id is not None
    assert states(program) == ["processed"]
    (answer,) = sent_texts(program)
    assert report.reference in answer
    assert "Lalitpur" not in answer  # phones are shared: nothing of the report is echoed
    assert "water" not in answer


def test_nothing_is_made_twice_when_work_is_done_twice(program: Program, write: Callable[..., str]) -> None:
    write("no water here")
    work(program)
    work(program)
    assert len(reports(program)) == 1
    assert len(sent_texts(program)) == 2  # it is acknowledged, and asked where


def test_the_same_words_seconds_later_under_a_new_id_are_a_repeat(program: Program, write: Callable[..., str]) -> None:
    start = now() - timedelta(minutes=5)
    write("no water here", sent_at=start)
    write("no water  here", sent_at=start + timedelta(seconds=3))
    write("no water here", sender=BEA, sent_at=start + timedelta(seconds=3))
    write("no water here", sent_at=start + timedelta(seconds=60))
    work(program)
    assert states(program) == ["processed", "repeated", "processed", "processed"]
    assert len(reports(program)) == 3


@pytest.mark.usefixtures("places")
def test_the_answer_to_where_joins_its_report(program: Program, write: Callable[..., str]) -> None:
    write("no water in our street since two days")
    work(program)
    (before,) = reports(program)
    assert before.point is None
    write("Pokhara")
    work(program)
    (after,) = reports(program)
    assert after.id == before.id
    assert after.point is not None
    with program.owner.begin() as connection:
        assert list(connection.execute(select(Message.report_id).where(Message.direction == "in")).scalars()) == [
            after.id,
            after.id,
        ]
        assert connection.execute(select(Question.answered_at)).scalar_one() is not None
    write("Lalitpur")  # the question is answered: what comes now is something new
    work(program)
    assert len(reports(program)) == 2


def test_a_new_report_is_not_swallowed_by_an_open_question(program: Program, write: Callable[..., str]) -> None:
    write("no water in our street")
    work(program)
    write("and now the road is blocked by a landslide too")
    work(program)
    assert len(reports(program)) == 2


def test_a_question_that_expired_takes_no_answer(program: Program, write: Callable[..., str]) -> None:
    write("no water in our street")
    work(program)
    with program.owner.begin() as connection:
        connection.execute(update(Question).values(expires_at=now() - timedelta(seconds=1)))
    write("near the temple")
    work(program)
    assert len(reports(program)) == 2


def test_stop_is_confirmed_once_and_then_there_is_silence_until_start(
    program: Program, write: Callable[..., str]
) -> None:
    for words in ("STOP", "no water here", "start", "no water there"):
        write(words)
        work(program)
    assert len(reports(program)) == 2  # a report counts whether or not its sender wants answers
    assert len(sent_texts(program)) == 4  # the last report is acknowledged and asked about
    with program.owner.begin() as connection:
        assert connection.execute(select(Contact.opted_out_at)).scalar_one() is None


def test_texts_queued_before_a_stop_are_not_sent_after_it(program: Program, write: Callable[..., str]) -> None:
    write("no water here")
    write("STOP")
    work(program)
    assert deliver(program.app, program.senders, program.pseudonyms) == 3
    assert states(program, "out") == ["failed", "failed", "sent"]


@pytest.mark.parametrize("sender", ["MTN", "4636"])
def test_a_name_or_a_short_code_gets_no_answer(program: Program, write: Callable[..., str], sender: str) -> None:
    write("no water here", sender=sender)
    work(program)
    assert len(reports(program)) == 1
    assert sent_texts(program) == []


def test_an_empty_message_makes_no_report_and_is_answered_with_help(
    program: Program, write: Callable[..., str]
) -> None:
    write("  \n ")
    work(program)
    assert reports(program) == []
    assert states(program) == ["processed"]
    assert len(sent_texts(program)) == 1


def test_odd_characters_stop_nothing(program: Program, write: Callable[..., str]) -> None:
    for words in ("\x00no\x00 water", "‮ abc \u2066", "🙏" * 300, "\ud800 half", "a" * 20_000, "\u0301\u0301"):
        write(words)
    work(program)
    assert set(states(program)) == {"processed"}


class _Poisoned(Pipeline):
    """Fails at one word, as code does that meets what nobody thought of."""

    def process(self, connection, messages):  # type: ignore[no-untyped-def]
        if any("poison" in message.text for message in messages):
            raise ValueError("something nobody thought of")
        return super().process(connection, messages)


def test_a_poisonous_message_is_set_aside_the_rest_goes_through_and_it_can_be_replayed(
    program: Program, write: Callable[..., str], campaign: int
) -> None:
    for words in ("no water here", "poison", "the road is blocked"):
        write(words)
    poisoned = _Poisoned(program.pipeline.readers, program.pseudonyms, program.pipeline.reply_channels)
    counts = drain(program.app, poisoned, is_patient=False)
    assert states(program) == ["processed", "set_aside", "processed"]
    assert counts.failed == MAX_TRIES
    with program.owner.begin() as connection:
        error = connection.execute(select(Message.error).where(Message.state == "set_aside")).scalar_one()
        assert error.startswith("ValueError at ")
        assert "nobody" not in error  # an error's words may quote a person
        assert count_status(connection, campaign)["set_aside"] == 1
        assert replay(connection, campaign) == 1
    work(program)
    assert states(program) == ["processed"] * 3


def test_a_message_that_kills_its_worker_is_set_aside_after_some_tries(
    program: Program, write: Callable[..., str]
) -> None:
    class Killed(BaseException):
        """Stands for SIGKILL: nothing is caught, nothing cleaned up but by the database."""

    class Deadly(Pipeline):
        def process(self, connection, messages):  # type: ignore[no-untyped-def]
            if any("deadly" in message.text for message in messages):
                raise Killed
            return super().process(connection, messages)

    for words in ("no water here", "deadly", "the road is blocked"):
        write(words)
    deadly = Deadly(program.pipeline.readers, program.pseudonyms, program.pipeline.reply_channels)
    for _ in range(12):
        try:
            drain(program.app, deadly)
        except Killed:
            continue
        break
    assert states(program) == ["processed", "set_aside", "processed"]


def test_a_line_of_no_campaign_waits_and_holds_nobody_up(program: Program, campaign: int) -> None:
    with program.owner.begin() as connection:
        connection.execute(
            text("INSERT INTO campaign (slug, name, country, languages) VALUES ('other', 'Other', 'KE', '{sw}')")
        )
    for number, line in enumerate(["+19999999999", LINE]):
        program.intake.accept("twilio", InboundMessage(f"L{number}", ANNA, line, "no water"))
    work(program)
    assert states(program) == ["received", "processed"]
    with program.owner.begin() as connection:
        assert count_status(connection, campaign)["unprocessed"] == 1
        connection.execute(
            text("INSERT INTO campaign_address (campaign_id, channel, address) VALUES (:id, 'twilio', '+19999999999')"),
            {"id": campaign},
        )
        connection.execute(update(Message).values(retry_at=None))
    work(program)
    assert states(program) == ["processed", "processed"]


def test_workers_side_by_side_lose_nothing_and_double_nothing(program: Program, write: Callable[..., str]) -> None:
    for number in range(600):
        write(f"no water in street {number}", sender=f"+97798000{number % 37:05d}")
    threads = [threading.Thread(target=work, args=(program,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(program)
    assert states(program) == ["processed"] * 600
    assert len(reports(program)) == 600
    with program.owner.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM contact")).scalar_one() == 37
        assert connection.execute(text("SELECT count(*) FROM processing_attempt")).scalar_one() == 0


@pytest.mark.usefixtures("places")
def test_two_reports_of_one_thing_are_linked_or_suggested_with_reasons(
    program: Program, write: Callable[..., str]
) -> None:
    write("the big water pipe near the stadium in Pokhara is broken since this morning, water everywhere")
    write("water pipe near the stadium Pokhara broken since morning, water everywhere", sender=BEA)
    work(program)
    with program.owner.begin() as connection:
        link = connection.execute(text("SELECT state, score, reasons FROM link")).one()
    assert link.state in {"linked", "suggested"}
    assert link.reasons


def test_in_production_without_an_account_nobody_is_told_that_something_was_sent(
    settings: Settings, program: Program, write: Callable[..., str]
) -> None:
    production = Program(replace(settings, is_development=False), program.database_url, program.redis_url)
    write("no water here")
    work(production)
    assert len(reports(production)) == 1
    assert sent_texts(production) == []
    production.close()


def test_a_report_from_a_region_is_not_counted_for_the_town_its_middle_lies_in(
    program: Program, write: Callable[..., str], campaign: int, tmp_path: Path
) -> None:
    """Named is the province alone; the district around its middle was said by nobody."""
    ring = [[81.0, 28.0], [84.0, 28.0], [84.0, 30.0], [81.0, 30.0], [81.0, 28.0]]
    with program.owner.begin() as connection:
        for level, (code, name) in enumerate((("NP06", "Karnali"), ("NP0601", "Jumlakot")), 1):
            feature = {
                "type": "Feature", "properties": {"code": code, "name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }  # fmt: skip
            path = tmp_path / f"{level}.geojson"
            path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
            load_areas(connection, campaign, path, level=level, code_field="code", name_field="name")
    write("no water in Karnali")
    write("no water in Jumlakot", BEA)
    work(program)
    with program.owner.begin() as connection:
        codes = connection.execute(select(Report.area_codes).order_by(Report.id)).scalars().all()
    assert codes == [{"1": "NP06"}, {"1": "NP06", "2": "NP0601"}]


def test_who_wrote_from_one_of_two_namesakes_before_is_read_as_there_again(
    program: Program, write: Callable[..., str], campaign: int
) -> None:
    with program.owner.begin() as connection:
        for number, (name, lat, lon, people) in enumerate(
            [("Belbari", 28.8, 81.6, 3000), ("Belbari", 27.2, 85.9, 2500), ("Motihar", 27.22, 85.92, 9000)]
        ):
            connection.execute(
                text(
                    "INSERT INTO place (campaign_id, source, source_id, name, names, kind, population, radius_m, geom)"
                    " VALUES (:c, 'test', :n, :name, '{}', 'village', :people, 1500,"
                    " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
                ),
                {"c": campaign, "n": str(number), "name": name, "lat": lat, "lon": lon, "people": people},
            )
        connection.execute(text("UPDATE gazetteer SET version = version + 1"))
    write("no water in Motihar")
    work(program)
    write("road blocked in Belbari since monday")
    write("road blocked in Belbari since monday", BEA)
    work(program)
    with program.owner.begin() as connection:
        rows = connection.execute(select(func.ST_Y(Report.point), Report.location_reasons).order_by(Report.id)).all()
    assert [round(lat, 1) for lat, _ in rows] == [27.2, 27.2, 28.8]
    earlier = {"code": "earlier_report"}
    assert earlier in rows[1].location_reasons
    assert earlier not in rows[2].location_reasons

"""Whoever moves links waits for the turn before locking a row: so no two wait for each other; if two do, both go on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from reporting.bootstrap import Program
from reporting.extraction.sensitivity import MODERATOR
from reporting.incidents.lock import lock_linking
from reporting.moderation import bulk, decisions, restricted
from reporting.moderation.incident import links
from reporting.moderation.report import place_choices
from reporting.moderation.undo import undo
from reporting.privacy.erasure import erase_contact
from reporting.privacy.retention import minimise
from reporting.processing.campaign_tools import CampaignTools
from reporting.processing.make_reports import link_batch
from reporting.reports.locate import locate_position
from reporting.reports.restrict import restrict
from reporting.reports.told_later import ToldLater
from tests.factories.moderation import Desk, make_desk, sign_in


@dataclass
class Scene:
    """Two reports of one incident and one of another, somebody who decides, and a decision that can be undone."""

    program: Program
    campaign_id: int
    ana: int
    contact: int
    first: int
    second: int
    third: int
    incident_id: int
    decision_id: int


@pytest.fixture
def scene(program: Program) -> Scene:
    with program.app.begin() as connection:
        desk = make_desk(connection)
        ana, contact = desk.add_person("ana"), desk.add_contact()
        first, second, third = (
            desk.add_report(f"words {n}", lat=27.1 + n / 10, lon=85.5, contact_id=contact) for n in range(3)
        )
        links.merge(connection, second, ana, candidate_id=first)
        decision_id = connection.execute(text("SELECT max(id) FROM decision")).scalar_one()
        incident_id = desk.get(first, "incident_id")
    return Scene(program, desk.campaign_id, ana, contact, first, second, third, incident_id, decision_id)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def tell_place(connection: Connection, scene: Scene) -> None:
    """Place a report anew as a batch does whose message answers where it is."""
    told = ToldLater()
    told.place(scene.second, locate_position((27.5, 85.5), 20.0))
    told.add_answers(scene.second, {"place": "beside the bridge"})
    reader = scene.program.pipeline.readers.get(connection, scene.campaign_id)
    link_batch(CampaignTools(connection, reader, scene.program.pseudonyms, ()), [], told)


Act = Callable[[Connection, Scene], object]
ACTS: dict[str, Act] = {
    "link": lambda c, s: links.link(c, s.second, s.ana, candidate_id=s.third),
    "merge": lambda c, s: links.merge(c, s.second, s.ana, candidate_id=s.third),
    "split": lambda c, s: links.split(c, s.second, s.ana, member_ids=[]),
    "unlink": lambda c, s: links.unlink(c, s.second, s.ana, candidate_id=s.first),
    "undo": lambda c, s: undo(c, s.second, s.ana, decision_id=s.decision_id),
    "move pin": lambda c, s: decisions.move_pin(c, s.second, s.ana, lat=27.5, lon=85.5, radius_m=50.0),
    "choose place": lambda c, s: place_choices.choose_place(c, s.second, s.ana, number=1),
    "set topic": lambda c, s: decisions.set_topic(c, s.second, s.ana, topic_code="water"),
    "decide all": lambda c, s: bulk.decide_all(c, s.campaign_id, s.incident_id, s.ana, state="approved"),
    "tell all": lambda c, s: bulk.notify_all(c, s.campaign_id, s.incident_id, s.ana, texts={"en": "we come"}),
    "restrict by hand": lambda c, s: restricted.restrict(c, s.second, s.ana, reason=MODERATOR),
    "restrict": lambda c, s: restrict(c, s.second, MODERATOR),
    "erase": lambda c, s: erase_contact(c, s.campaign_id, s.contact),
    "place told later": lambda c, s: tell_place(c, s),
}


def wait_for_lock(connection: Connection, *acting: Future[Any], kind: str = "advisory") -> None:
    """Until all of them wait for a lock of the kind."""
    query = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = :kind"
        " AND (database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    while connection.execute(query, {"kind": kind}).scalar_one() < len(acting):
        assert not any(each.done() for each in acting), [each.exception() for each in acting if each.done()]


def carry_out(scene: Scene, act: Act) -> object:
    with scene.program.app.begin() as connection:
        return act(connection, scene)


@pytest.mark.parametrize("name", ACTS)
def test_whoever_moves_links_holds_no_row_while_waiting_for_the_turn(
    scene: Scene, pool: ThreadPoolExecutor, name: str
) -> None:
    with scene.program.owner.begin() as connection:
        lock_linking(connection, scene.campaign_id)
        acting = pool.submit(carry_out, scene, ACTS[name])
        wait_for_lock(connection, acting)
        for table in ("report", "incident", "link"):
            connection.execute(text(f"SELECT id FROM {table} FOR UPDATE NOWAIT"))
    acting.result()


def test_minimising_waits_for_the_turn_too(scene: Scene, pool: ThreadPoolExecutor) -> None:
    program = scene.program
    with program.owner.begin() as connection:
        lock_linking(connection, scene.campaign_id)
        acting = pool.submit(minimise, program.app, program.pseudonyms, scene.campaign_id)
        wait_for_lock(connection, acting)
        connection.execute(text("SELECT id FROM report FOR UPDATE NOWAIT"))
    acting.result()


def test_deciding_on_all_and_merging_at_once_both_happen(scene: Scene, pool: ThreadPoolExecutor) -> None:
    with scene.program.owner.begin() as connection:
        lock_linking(connection, scene.campaign_id)
        acting = [pool.submit(carry_out, scene, ACTS[name]) for name in ("decide all", "split")]
        wait_for_lock(connection, *acting)
    for each in acting:
        each.result()


def test_a_decision_that_a_deadlock_ended_is_carried_out_once_more(
    scene: Scene, client: FlaskClient, pool: ThreadPoolExecutor
) -> None:
    """Somebody else, who waits more patiently, has a row that the decision needs, and asks for one that it has."""
    sign_in(client, "ana")

    def merge() -> int:
        return client.post(f"/moderate/reports/{scene.third}/link", data={"candidate": scene.first}).status_code

    with scene.program.owner.begin() as connection:
        connection.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        connection.execute(text("SELECT id FROM incident WHERE id = :id FOR UPDATE"), {"id": scene.incident_id})
        acting = pool.submit(merge)
        wait_for_lock(connection, acting, kind="transactionid")
        connection.execute(text("SELECT id FROM report WHERE id = :id FOR UPDATE"), {"id": scene.third})
    assert acting.result() == 302
    with scene.program.app.begin() as connection:
        desk = Desk(connection, scene.campaign_id)
        assert desk.get(scene.third, "incident_id") == scene.incident_id
        assert [line.kind for line in desk.list_decisions(scene.third)] == ["link"]


def test_what_is_told_of_an_erased_report_is_not_kept(scene: Scene) -> None:
    told = ToldLater()
    told.add_answers(scene.second, {"place": "beside the bridge"})
    with scene.program.app.begin() as connection:
        erase_contact(connection, scene.campaign_id, scene.contact)
        lock_linking(connection, scene.campaign_id)
        assert told.write(connection, scene.campaign_id) == []
        kept = connection.execute(text("SELECT answers FROM report WHERE id = :id"), {"id": scene.second}).scalar_one()
    assert kept == {}

"""The jobs of the queues. Each may run twice or without need: the work to do stands in the database."""

import time
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache, partial

import redis
import structlog
from sqlalchemy.exc import DBAPIError

from channels.base.errors import LogUnreadable
from config.known_jobs import make_queue
from config.logging import describe
from config.queues import (
    ALL_QUEUES,
    AUDIT,
    EVENTS,
    FILES,
    GEOCODER,
    INBOX,
    MAIL,
    MEDIA,
    OUTBOX,
    RECONCILIATION,
    RESCORING,
    RETENTION,
    URGENCY,
)
from config.settings import load_settings
from reporting.bootstrap import Program, bootstrap
from reporting.crypto.content_ids import key_old_ids
from reporting.db import raise_unless_outage
from reporting.heartbeat import Heart
from reporting.inbox.duplicates import drop_marks
from reporting.inbox.imap import MailboxUnavailable
from reporting.inbox.multipart import assemble_late
from reporting.inbox.store import StoreUnavailable
from reporting.inbox.wakeup import held_key
from reporting.incidents.rescore_queue import list_campaigns_to_rescore
from reporting.media.storage import MediaStoreUnavailable
from reporting.moderation.audit_chain import append_to_chain
from reporting.moderation.incident.rescore import RescoreCounts, rescore
from reporting.moderation.second_reading.sample import sample_decided
from reporting.outbox.delivery import deliver
from reporting.privacy.erasure import drop_numbers
from reporting.privacy.retention import purge_all, purge_restricted
from reporting.processing.external_geocoding import ask_geocoders
from reporting.processing.worker import DrainCounts, drain
from reporting.publishing.release_files import write_release_files
from reporting.publishing.written_files import open_files
from reporting.reports.early_signal import find_signals
from reporting.reports.roll_up import fold_roll_up
from reporting.reports.urgency import list_campaigns, set_urgency_behind
from reporting.subscriptions.delivery import deliver_due
from reporting.subscriptions.events import queue_events
from reporting.subscriptions.post import Poster

_log = structlog.get_logger()
_JOB_BUDGET_S = 60.0  # a longer backlog continues in the next job, so that other queues are served in between
_GEOCODER_BUDGET_S = 10.0
_EVENTS_BUDGET_S = 10.0
_MEDIA_BUDGET_S = 10.0  # with one worker for all queues, a message waits no longer than this plus one download
_RESCORING_BUDGET_S = 10.0
_URGENCY_BUDGET_S = 5.0  # a longer queue is gone on with in the next job
_SIGNALS_LOOKED_FOR = "baraza:signals-looked-for"
_SIGNALS_INTERVAL_S = 900
_URGENCY_REACHED = "baraza:urgency-reached"
_UPLOADS_SWEPT = "baraza:uploads-swept"
_UPLOADS_INTERVAL_S = 3600
_MINIMISED = "baraza:minimised"
_MINIMISE_INTERVAL_S = 23 * 3600


_served: set[str] = set(ALL_QUEUES)  # the queues that this process listens to


def serve(queues: Iterable[str]) -> None:
    """Set which queues this process listens to; a long job interrupts itself only for work waiting in these.

    Without this, a worker beside the inbox could claim the backlog and delay all replies.
    """
    _served.clear()
    _served.update(queues)


@cache
def get_program() -> Program:
    """Get the program of this process, created at the first call."""
    return bootstrap(load_settings())


@cache
def _heart() -> Heart:
    return Heart(get_program().app)


def _beat(queue: str) -> None:
    _heart().beat(queue)


def process_inbox() -> None:
    """Job: process inbound messages in the inbox. An empty inbox is the usual case."""
    program = get_program()
    _release(program, INBOX)
    passed_on = 0

    def pass_on(counts: DrainCounts) -> None:
        # Replies of a batch are sent before the next batch. Without replies there is no wake-up: wake-ups go out at
        # intervals, so a needless one would delay the next.
        nonlocal passed_on
        _beat(INBOX)
        if counts.answers > passed_on:
            passed_on = counts.answers
            program.waker.wake(OUTBOX)

    try:
        assemble_late(program.app, program.pseudonyms)
        counts = drain(program.app, program.pipeline, budget_s=_JOB_BUDGET_S, progress=pass_on)
    except DBAPIError as error:
        raise_unless_outage(error)
        _log.warning("inbox_aborted", error=describe(error))
        return
    if counts.processed:
        _log.info("inbox_processed", messages=counts.processed, reports=counts.reports, linked=counts.linked)
        program.waker.wake(INBOX)
    if counts.media:
        program.waker.wake(MEDIA)


def deliver_outbox() -> None:
    """Job: dispatch the outbound messages that wait in the outbox."""
    program = get_program()
    _release(program, OUTBOX)
    try:
        count = deliver(program.app, program.senders, program.pseudonyms, rates=program.rates)
        with program.app.begin() as connection:
            drop_numbers(connection)
            drop_marks(connection)
    except DBAPIError as error:
        raise_unless_outage(error)
        _log.warning("outbox_aborted", error=describe(error))
        return
    if count:
        _log.info("outbox_delivered", messages=count)
        program.waker.wake(OUTBOX)


def reconcile_channels() -> None:
    """Job: read the gateways' message logs that are due, once a night, or later if a night was missed."""
    program = get_program()
    _release(program, RECONCILIATION)
    reconciliation = program.make_reconciliation(rest=partial(_let_others_go_first, program))
    for name, gateway in program.gateways.items():
        if gateway.log is None:
            continue
        try:
            counts = reconciliation.run_due(name, gateway.log)
        except LogUnreadable as error:
            _log.warning("gateway_log_unreadable", channel=name, code=error.code)
        except (DBAPIError, StoreUnavailable) as error:
            raise_unless_outage(error)
            _log.warning("reconciliation_aborted", channel=name, error=describe(error))
        else:
            if counts is not None:
                _log.info("channel_reconciled", channel=name, **asdict(counts))


def fetch_mail() -> None:
    """Job: fetch the email messages from every mailbox of a channel."""
    program = get_program()
    _release(program, MAIL)
    for name, gateway in program.gateways.items():
        if gateway.mailbox is None:
            continue
        try:
            count = program.make_mail_fetch(name, gateway.mailbox).run()
        except MailboxUnavailable as error:
            _log.warning("mailbox_unavailable", channel=name, code=str(error))
        except (DBAPIError, StoreUnavailable) as error:
            raise_unless_outage(error)
            _log.warning("mail_fetch_aborted", channel=name, error=describe(error))
        else:
            if count:
                _log.info("emails_fetched", channel=name, messages=count)


def fetch_media() -> None:
    """Job: download media that are due, and remove erased media from the store."""
    program = get_program()
    _release(program, MEDIA)
    try:
        count = program.media_work.work(_MEDIA_BUDGET_S)
        program.media_work.remove_erased()
        if program.redis.set(_UPLOADS_SWEPT, 1, nx=True, ex=_UPLOADS_INTERVAL_S):
            program.media_work.sweep_uploads()
    except (DBAPIError, MediaStoreUnavailable, redis.RedisError) as error:
        raise_unless_outage(error)
        _log.warning("media_aborted", error=describe(error))
        return
    if count:
        _log.info("media_processed", files=count)
        program.waker.wake(MEDIA)


def ask_other_geocoders() -> None:
    """Job: ask external geocoders about reports without a location, for campaigns that allow it."""
    program = get_program()
    _release(program, GEOCODER)
    try:
        key = program.settings.geocoder_key
        count = ask_geocoders(program.app, program.pseudonyms, key, budget_s=_GEOCODER_BUDGET_S)
    except DBAPIError as error:
        raise_unless_outage(error)
        _log.warning("geocoding_aborted", error=describe(error))
        return
    if count:
        _log.info("geocoding_done", reports=count)


def deliver_events() -> None:
    """Job: find what became public, and post it to those who subscribed."""
    program = get_program()
    _release(program, EVENTS)
    try:
        with program.app.begin() as connection:
            queue_events(connection, program.settings.public_url)
        poster = Poster(private_hosts=program.settings.webhook_private_hosts)
        count = deliver_due(program.app, program.pseudonyms, poster, budget_s=_EVENTS_BUDGET_S)
    except DBAPIError as error:
        raise_unless_outage(error)
        _log.warning("events_aborted", error=describe(error))
        return
    if count:
        _log.info("events_delivered", deliveries=count)
        program.waker.wake(EVENTS)


def purge_reports() -> None:
    """Job: apply retention once a day, and to sensitive reports every time; fold the live roll-up; sample readings.

    For most reports nothing is due.
    """
    program = get_program()
    _release(program, RETENTION)
    try:
        is_due = program.redis.set(_MINIMISED, 1, nx=True, ex=_MINIMISE_INTERVAL_S)
        rest = partial(_let_others_go_first, program)
        try:
            counts = (purge_all if is_due else purge_restricted)(program.app, program.pseudonyms, rest)
            _key_old_ids(program)
            with program.app.begin() as connection:
                fold_roll_up(connection)
                sample_decided(connection, program.sample_key)
        except DBAPIError:
            program.redis.delete(_MINIMISED)  # the next hour goes on where this one ended
            raise
    except (DBAPIError, redis.RedisError) as error:
        raise_unless_outage(error)
        _log.warning("retention_aborted", error=describe(error))
        return
    if counts:
        _log.info("retention_done", **asdict(counts))
    if counts.pictures:
        program.waker.wake(MEDIA)


def _key_old_ids(program: Program) -> None:
    """Re-key all message ids that earlier versions stored as plain hashes of content."""
    is_left = True
    while is_left:
        with program.app.begin() as connection:
            is_left = bool(key_old_ids(connection, program.pseudonyms))


def rescore_incidents() -> None:
    """Job: score links in the rescore queue again, a few at a time; new reports go first."""
    program = get_program()
    _release(program, RESCORING)
    until = time.monotonic() + _RESCORING_BUDGET_S

    def may_go_on(_counts: RescoreCounts) -> bool:
        _let_others_go_first(program)
        return time.monotonic() < until

    try:
        with program.app.begin() as connection:
            campaign_ids = list_campaigns_to_rescore(connection)
        for campaign_id in campaign_ids:
            counts = rescore(program.app, campaign_id, may_go_on=may_go_on)
            _log.info("incidents_rescored", campaign_id=campaign_id, **asdict(counts))
    except DBAPIError as error:
        raise_unless_outage(error)
        _log.warning("rescoring_aborted", error=describe(error))
        return
    if time.monotonic() >= until:
        program.waker.wake(RESCORING)


def update_urgency() -> None:
    """Job: write the urgency of waiting reports anew where sources, topics or the wait have changed it.

    Every quarter of an hour it also looks for early signals.
    """
    program = get_program()
    _release(program, URGENCY)
    until = time.monotonic() + _URGENCY_BUDGET_S
    try:
        with program.app.begin() as connection:
            campaign_ids = list_campaigns(connection)
        for campaign_id in campaign_ids:
            _update_urgency_of(program, campaign_id, until)
        if program.redis.set(_SIGNALS_LOOKED_FOR, 1, nx=True, ex=_SIGNALS_INTERVAL_S):
            for campaign_id in campaign_ids:
                with program.app.begin() as connection:
                    signals = find_signals(connection, campaign_id)
                _log.info("early_signals_found", campaign_id=campaign_id, signals=signals)
    except (DBAPIError, redis.RedisError) as error:
        raise_unless_outage(error)
        _log.warning("urgency_aborted", error=describe(error))


def _update_urgency_of(program: Program, campaign_id: int, until: float) -> None:
    """Go on behind the report that the job before reached; behind the last one the first comes again."""
    reached: int | None = int(program.redis.hget(_URGENCY_REACHED, str(campaign_id)) or 0)
    while reached is not None:
        with program.app.begin() as connection:
            reached = set_urgency_behind(connection, campaign_id, reached)
        program.redis.hset(_URGENCY_REACHED, str(campaign_id), str(reached or 0))
        if time.monotonic() >= until:
            return
        _let_others_go_first(program)


def chain_audit() -> None:
    """Job: append new rows of the decision log and the access log to the audit chain.

    Its end is logged: what is written down outside the database shows whether the end was cut off.
    """
    program = get_program()
    _release(program, AUDIT)
    try:
        with program.app.begin() as connection:
            head = append_to_chain(connection, program.audit_key)
    except DBAPIError as error:
        raise_unless_outage(error)
        _log.warning("audit_chain_aborted", error=describe(error))
        return
    if head is not None:
        _log.info("audit_chained", position=head.position, digest=head.digest.hex())


def write_files() -> None:
    """Job: write the files of releases that were published, and remove those of withdrawn ones."""
    program = get_program()
    _release(program, FILES)

    def rest() -> None:
        _beat(FILES)
        _let_others_go_first(program)

    try:
        counts = write_release_files(program.exports, open_files(program.settings), rest)
    except (DBAPIError, OSError) as error:
        if isinstance(error, DBAPIError):
            raise_unless_outage(error)
        _log.warning("release_files_aborted", error=describe(error))
        return
    if counts:
        _log.info("release_files_written", **asdict(counts))


def _let_others_go_first(program: Program) -> None:
    """Run waiting jobs of the inbox and the outbox before a long job goes on: this worker does one job at a time."""
    program.waker.wake(INBOX)
    for queue, job in ((INBOX, process_inbox), (OUTBOX, deliver_outbox)):
        if queue not in _served:
            continue
        try:
            is_waiting = bool(make_queue(queue, program.redis).count)
        except redis.RedisError as error:
            _log.warning("redis_unavailable", queue=queue, error=describe(error))
            return
        if is_waiting:
            job()


def _release(program: Program, queue: str) -> None:
    """Start work on a queue: send a heartbeat, and allow the next wake-up to be enqueued."""
    _beat(queue)
    try:
        program.redis.delete(held_key(queue))
    except redis.RedisError as error:
        _log.warning("wakeup_not_released", queue=queue, error=describe(error))

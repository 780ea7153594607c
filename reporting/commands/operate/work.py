"""Command `flask work`: process messages in a child process, which is restarted when a message kills it."""

import mmap
import struct
import sys
import time

import click

from reporting.bootstrap import Program
from reporting.commands.edge import echo_counts, one_line_errors, progress
from reporting.db import Database
from reporting.extraction.sensitivity import load_grammar
from reporting.inbox.work_queue import count_waiting
from reporting.jobs.watchdog import Watch
from reporting.outbox.delivery import deliver
from reporting.processing.worker import DrainCounts, drain

_OTHERS_PATIENCE_S = 30.0
_OTHERS_PAUSE_S = 0.2


def make_work_command(program: Program) -> click.Command:
    """Make `flask work`."""

    @click.command("work")
    @click.option("--until-empty", is_flag=True, required=True, help="Process what is stored, then exit.")
    @one_line_errors
    def work(until_empty: bool) -> None:  # noqa: ARG001
        """Process messages without a queue. Other workers may run at the same time."""
        program.start_servers()
        load_grammar()  # before the fork, so that a restarted child need not build it again
        tally = _Tally()
        watch = Watch(lambda: _work_until_empty(program, tally), lambda: _open_anew(program))
        status = watch.run()
        if status:
            sys.exit(status if status > 0 else 128 - status)
        total = tally.read()
        sent = 0
        while count := deliver(program.app, program.senders, program.pseudonyms, rates=program.rates):
            sent += count
        echo_counts(
            processed=total.processed, repeated=total.repeated, reports=total.reports, located=total.located,
            linked=total.linked, set_aside=total.set_aside + watch.set_aside, sent=sent,
        )  # fmt: skip

    return work


class _Tally:
    """The counts so far of work that may be killed and restarted, in memory that its processes share."""

    def __init__(self) -> None:
        self._form = struct.Struct(f"{len(DrainCounts.__slots__)}q")
        self._memory = mmap.mmap(-1, self._form.size)

    def write(self, counts: DrainCounts) -> None:
        """Write the counts of all processes together."""
        self._form.pack_into(self._memory, 0, *(getattr(counts, name) for name in DrainCounts.__slots__))

    def read(self) -> DrainCounts:
        """Read the counts of all processes together."""
        return DrainCounts(*self._form.unpack_from(self._memory))


def _open_anew(program: Program) -> Database:
    return Program(program.settings, program.database_url, program.redis_url).app


def _work_until_empty(program: Program, tally: _Tally) -> None:
    """Process messages in the child process. An error is printed in one line and ends the process."""
    try:
        _drain_until_empty(program, tally)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


@one_line_errors
def _drain_until_empty(program: Program, tally: _Tally) -> None:
    total = tally.read()

    def note(now: DrainCounts) -> None:
        so_far = DrainCounts()
        so_far.merge(total)
        so_far.merge(now)
        tally.write(so_far)
        tick(so_far.processed)

    with program.owner.begin() as connection:
        waiting = count_waiting(connection)
    with progress("messages", waiting) as tick:
        idle_since = time.monotonic()
        while True:
            counts = drain(program.app, program.pipeline, is_patient=False, progress=note)
            total.merge(counts)
            tally.write(total)
            if counts.processed or counts.repeated or counts.failed:
                idle_since = time.monotonic()
            with program.owner.begin() as connection:
                waiting = count_waiting(connection)
            # Messages that another worker holds are waited for, but not for ever.
            if not waiting or time.monotonic() - idle_since > _OTHERS_PATIENCE_S:
                break
            time.sleep(_OTHERS_PAUSE_S)

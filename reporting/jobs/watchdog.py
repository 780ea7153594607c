"""Watchdog: runs the work in a child process and finds a message that takes too long or crashes the child.

Python cannot stop a step that never ends, and no code survives the death of its process. So the parent, which does
nothing else, reads the memory that both share (reporting/inbox/current_batch.py) and the processor time of its child.
Processor time is used instead of the clock because waiting for a slow database uses none.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config.local.process import end_with_parent
from reporting.db import Database, raise_unless_outage
from reporting.inbox.current_batch import HAND, NOBODY, BatchSnapshot
from reporting.inbox.work_queue import record_crashes, set_aside_now, take_back_attempts

_log = structlog.get_logger()

MESSAGE_LIMIT_S: Final = 10.0  # of processor time for one step over one message: about 100 times the usual cost
_BATCH_LIMIT_S: Final = 120.0  # of processor time outside of messages: places are loaded, reports are compared
_DEATHS: Final = 2  # how many attempts a crash counts as: a message that crashes twice becomes a dead letter
_LOOK_EVERY_S: Final = 0.2
_NOTE_PATIENCE_S: Final = 60.0
_NOTE_PAUSE_S: Final = 1.0
_STOPPED_BY: Final = (signal.SIGTERM, signal.SIGINT)
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Watch:
    """Runs the work in a child process and restarts it after a crash over a message; ends when the work ends.

    `open_database` is called in the parent, and only after a crash.
    """

    work: Callable[[], None]
    open_database: Callable[[], Database]
    message_limit_s: float = MESSAGE_LIMIT_S
    batch_limit_s: float = _BATCH_LIMIT_S
    set_aside: int = 0  # messages
    _child: int = 0
    _is_stopped: bool = False

    def run(self) -> int:
        """Run until the work ends and return its exit status; negative for a signal that ended it on request."""
        before = {number: signal.signal(number, self._pass_on) for number in _STOPPED_BY}
        try:
            while not self._is_stopped:
                self._start()
                status, is_overdue = self._wait()
                if status < 0 and not self._is_stopped:
                    self._record_crash(HAND.look(), is_overdue=is_overdue)
                if status >= 0 or self._is_stopped:
                    return status
            return -signal.SIGTERM
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        HAND.take_batch(())
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPED_BY)  # until parent and child have set their handlers
        self._child = os.fork()
        if self._child:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPED_BY)
            return
        status = 1
        try:
            for number in _STOPPED_BY:
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPED_BY)
            end_with_parent(signal.SIGKILL)
            if os.getppid() == parent:
                self.work()
                status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException as error:  # noqa: BLE001  # printed as at the end of any process
            sys.excepthook(type(error), error, error.__traceback__)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _wait(self) -> tuple[int, bool]:
        """Wait for the child; return its exit status, and whether it was killed for being overdue."""
        seen, since_s = HAND.look(), 0.0
        while True:
            pid, status = os.waitpid(self._child, os.WNOHANG)
            if pid:
                self._child = 0
                return os.waitstatus_to_exitcode(status), False
            now, used_s = HAND.look(), _find_processor_s(self._child)
            if now.notes != seen.notes or not now.batch:
                seen, since_s = now, used_s
            elif used_s - since_s > (self.batch_limit_s if now.message_id == NOBODY else self.message_limit_s):
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
                self._child = 0
                return -signal.SIGKILL, True
            time.sleep(_LOOK_EVERY_S)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._is_stopped = True
        if self._child > 0:  # 0 would be all processes of our group
            with suppress(ProcessLookupError):
                os.kill(self._child, number)

    def _record_crash(self, found: BatchSnapshot, *, is_overdue: bool) -> None:
        """Record which message the child died over, while the database is available; else the next crash records it."""
        _log.error("worker_died", message_id=found.message_id, messages=len(found.batch), is_overdue=is_overdue)
        if not found.batch:
            return
        deadline = time.monotonic() + _NOTE_PATIENCE_S
        while True:
            database = self.open_database()
            try:
                self._write_down(database, found, is_overdue=is_overdue)
            except DBAPIError as error:
                raise_unless_outage(error)
                if time.monotonic() > deadline:
                    return
            else:
                return
            finally:
                database.close()
            time.sleep(_NOTE_PAUSE_S)

    def _write_down(self, database: Database, found: BatchSnapshot, *, is_overdue: bool) -> None:
        with database.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))  # the server may still hold the child's locks
            others = [message_id for message_id in found.batch if message_id != found.message_id]
            if found.message_id == NOBODY:
                if is_overdue:
                    record_crashes(connection, others, _DEATHS)
                return
            take_back_attempts(connection, others)
            if is_overdue:
                reason = f"took longer than {self.message_limit_s:g} s"
                self.set_aside += set_aside_now(connection, found.message_id, reason)
            else:
                record_crashes(connection, [found.message_id], _DEATHS)


def _find_processor_s(pid: int) -> float:
    """Return the processor time of a process in seconds; only Linux tells it, elsewhere the clock's time is used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / _TICKS

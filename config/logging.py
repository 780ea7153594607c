"""Logging: one JSON object a line with a constant event name and ids, never what people wrote or their numbers."""

import logging
import sys
import threading
from types import TracebackType

import structlog

from config.log_ids import describe_ids

_TRACE_DEEPEST = 12  # innermost frames of a traceback that are logged


def configure_log() -> None:
    """Configure logging of structured events to standard error.

    Libraries log warnings only, through `LibraryFormatter`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LibraryFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    sys.excepthook = _log_end
    threading.excepthook = _log_end_of_thread
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class LibraryFormatter(logging.Formatter):
    """Formats log messages of libraries without values.

    The message is logged as it stands in the library's source, without parameters; of an error only what
    `describe_trace` returns. Error messages and parameters may quote what people wrote. The ids of the request or job
    come at the end.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as one line; a message without parameters may contain values, so it is left out."""
        message = str(record.msg) if record.args else "(message left out)"
        place = f"{record.name} {record.module}:{record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        trace = f" {describe_trace(error)}" if error is not None else ""
        return f"{record.levelname} {place} {message.splitlines()[0] if message else ''}{trace}{describe_ids()}"


def _log_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log the error that ends a process, without values; Ctrl-C is reported as usual."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger().critical("process_ended", error=describe_trace(error))


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        structlog.get_logger().error("thread_ended", error=describe_trace(ended.exc_value))


def describe(error: BaseException) -> str:
    """Describe an error by its type and where it was raised, never by its message, which may quote a person."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{where}"


def describe_trace(error: BaseException) -> str:
    """Describe an unexpected error by its type and traceback: modules and lines of the last frames, no values."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    because = f" because of {describe(cause)}" if cause is not None else ""
    return f"{type(error).__name__} at {' > '.join(frames[-_TRACE_DEEPEST:])}{because}"

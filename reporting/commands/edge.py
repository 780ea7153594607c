"""Shared parts of all commands: the campaign option, progress bars, and errors as one clear line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import click
from psycopg.errors import UndefinedTable
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from config.errors import UserError
from config.table_file.errors import Remarks

F = TypeVar("F", bound=Callable[..., Any])


campaign_option = click.option("--campaign", metavar="SLUG", help="The campaign; not needed where there is only one.")


def one_line_errors(command: F) -> F:
    """Turn errors of the input or of the servers into one line and exit code 1."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except UserError as error:
            raise click.ClickException(str(error)) from error
        except UnicodeDecodeError as error:
            raise click.ClickException(f"the file is not UTF-8 (byte {error.start})") from error
        except csv.Error as error:
            raise click.ClickException(f"the file is not CSV: {error}") from error
        except ProgrammingError as error:
            if not isinstance(error.orig, UndefinedTable):
                raise
            raise click.ClickException("the database has no schema yet: flask --app wsgi db upgrade") from error
        except OperationalError as error:
            raise click.ClickException(f"the database does not answer: {_first_line(error)}") from error

    return run  # type: ignore[return-value]


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error where that is a terminal; yields a function that takes the count so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)


def echo_counts(**counts: object) -> None:
    """Print counts as `name: number` lines, for people and for grep."""
    for name, value in counts.items():
        click.echo(f"{name.replace('_', ' ')}: {value}")


def echo_remarks(remarks: Sequence[str], limit: int = 20) -> None:
    """Print the assumptions and oddities of a table on standard error."""
    for line in remarks[:limit]:
        click.echo(line, err=True)
    total = remarks.total if isinstance(remarks, Remarks) else len(remarks)
    if total > limit:
        click.echo(f"... and {total - limit} more lines", err=True)


def echo_refusals(refusals: list[tuple[int, str]], limit: int = 20) -> None:
    """Print the refused lines with the reasons on standard error."""
    for line, reason in refusals[:limit]:
        click.echo(f"line {line}: {reason}", err=True)
    if len(refusals) > limit:
        click.echo(f"... and {len(refusals) - limit} more refused lines", err=True)

"""Guards around every command: checks of options and files before the command runs.

Refused in one line are an option that is given twice, a missing file, and a file that would be read and written at the
same time. Without the checks one of two values would be dropped silently, and an input could be overwritten.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_Parse = Callable[[click.Context, list[str]], list[str]]


def guard(command: click.Command) -> click.Command:
    """Add these checks to the command and to every command below it."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            guard(below)
        return command
    parse: _Parse = command.parse_args

    def parse_guarded(context: click.Context, arguments: list[str]) -> list[str]:
        if not context.resilient_parsing:
            _refuse_repeated(command, context, list(arguments))
        try:
            left = parse(context, arguments)
        except click.MissingParameter:
            raise
        except click.BadParameter as error:
            if isinstance(error.param, click.Parameter) and isinstance(error.param.type, click.Path):
                raise click.ClickException(f"{_name(error.param)}: {_lower(error.message)}") from None
            raise
        _refuse_same_file(command, context)
        return left

    setattr(command, "parse_args", parse_guarded)  # noqa: B010  # a method of this one command
    return command


def _refuse_repeated(command: click.Command, context: click.Context, arguments: list[str]) -> None:
    try:
        _, _, order = command.make_parser(context).parse_args(arguments)
    except click.UsageError:
        return  # the real parser reports the error
    given = Counter(
        parameter.opts[-1]
        for parameter in order
        if isinstance(parameter, click.Option) and not (parameter.multiple or parameter.is_flag or parameter.count)
    )
    for name, times in given.items():
        if times > 1:
            raise click.ClickException(f"{name} is given {times} times; give it once")


def _refuse_same_file(command: click.Command, context: click.Context) -> None:
    """Refuse a file that is both read and written, or written by two options. Raises ClickException."""
    files: list[tuple[click.Parameter, Path]] = []
    for parameter in command.params:
        kind, value = parameter.type, context.params.get(parameter.name or "")
        if isinstance(kind, click.Path) and value is not None:
            values = value if isinstance(value, tuple) else (value,)
            files.extend((parameter, Path(os.fsdecode(each))) for each in values)
    for number, (parameter, path) in enumerate(files):
        for other, earlier in files[:number]:
            written = [each for each in (parameter, other) if _is_written(each)]
            if not written or not _are_one(path, earlier):
                continue
            if len(written) == 1:
                name = path.name if written[0] is parameter else earlier.name
                raise click.ClickException(
                    f"{_name(written[0])}: {name} is the file that is read: write to another one"
                )
            raise click.ClickException(f"{_name(other)} and {_name(parameter)} are one file: {path.name}")


def _is_written(parameter: click.Parameter) -> bool:
    """Return whether the option names an output file: its file need not exist."""
    return isinstance(parameter.type, click.Path) and not parameter.type.exists


def _are_one(path: Path, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return os.path.realpath(path) == os.path.realpath(other)


def _name(parameter: Any) -> str:
    return str(parameter.opts[-1] if isinstance(parameter, click.Option) else (parameter.name or "").upper())


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]

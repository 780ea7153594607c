"""Every command refuses, in one line and before it begins: an option twice, a file that is away, one file twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from reporting.app import create_app
from reporting.bootstrap import Program
from reporting.cli import register_commands
from tests.conftest import SMALL_CAMPAIGN, make_settings
from tests.databases import Databases

_SECRET = "id,text\n1,=HYPERLINK(no water)\n"


def list_commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that is ours, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from list_commands(command, (*path, name))
        else:
            yield (*path, name), command


def list_ours() -> list[tuple[tuple[str, ...], click.Command]]:
    """The commands without Flask's own; nothing is opened for it."""
    app = Flask("commands")
    before = set(app.cli.commands)
    register_commands(app, None)  # type: ignore[arg-type]  # used only when a command runs
    context = click.Context(app.cli)
    ours = {name: app.cli.get_command(context, name) for name in app.cli.list_commands(context) if name not in before}
    assert {name: command.name for name, command in ours.items() if command} == {name: name for name in ours}
    return list(list_commands(click.Group(commands=ours)))  # type: ignore[arg-type]


OURS = list_ours()
IDS = [" ".join(path) for path, _ in OURS]


def is_file(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, click.Path)


def is_read(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, click.Path) and parameter.type.exists


def spell(parameter: click.Parameter, value: str) -> list[str]:
    """The parameter with a value, as it is written."""
    return [parameter.opts[-1], value] if isinstance(parameter, click.Option) else [value]


def guess(parameter: click.Parameter) -> str:
    """A value that the parameter takes."""
    kind: Any = parameter.type
    if isinstance(kind, click.Choice):
        return str(kind.choices[0])
    return "1" if isinstance(kind, click.types.IntParamType | click.types.FloatParamType) else "x"


def fill(command: click.Command, files: dict[str | None, str]) -> list[str]:
    """The command's words with these files, and a value for whatever else it needs."""
    written: list[str] = []
    for parameter in command.params:
        if parameter.name in files:
            written += spell(parameter, files[parameter.name])
        elif parameter.required and not is_file(parameter):
            is_flag = isinstance(parameter, click.Option) and parameter.is_flag
            written += [parameter.opts[-1]] if is_flag else spell(parameter, guess(parameter))
    return written


def check_one_line(result: Result) -> str:
    """What was said, which is one line."""
    assert result.exit_code == 1, result.output
    lines = result.output.strip().splitlines()
    assert len(lines) == 1, result.output
    assert lines[0].startswith("Error: ")
    return lines[0]


@pytest.fixture(scope="module")
def refusing(databases: Databases, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all commands that are refused before they begin: at the end there is still no campaign."""
    with databases.lend("refusing") as url:
        program = Program(make_settings(tmp_path_factory.mktemp("refusing")), url, redis_url)
        yield create_app(program)
        with program.owner.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM campaign")).scalar_one() == 0
        program.close()


def test_there_are_commands_of_each_kind() -> None:
    reading = [path for path, command in OURS if any(map(is_read, command.params))]
    assert {("messages", "import"), ("reports", "import"), ("geocode",), ("dedupe",), ("gazetteer", "load"),
            ("areas", "load"), ("campaign", "create"), ("campaign", "import-form")} <= set(reading)  # fmt: skip


@pytest.mark.parametrize(("path", "command"), OURS, ids=IDS)
def test_an_option_that_is_given_twice_is_refused(
    refusing: Flask, path: tuple[str, ...], command: click.Command
) -> None:
    run = refusing.test_cli_runner().invoke
    for option in command.params:
        if not isinstance(option, click.Option) or option.multiple or option.is_flag:
            continue
        for name in option.opts:
            line = check_one_line(run(args=[*path, name, "1", option.opts[-1], "2"]))
            assert line == f"Error: {option.opts[-1]} is given 2 times; give it once"


@pytest.mark.parametrize(("path", "command"), OURS, ids=IDS)
def test_a_file_that_is_not_there_is_told_in_one_line(
    refusing: Flask, path: tuple[str, ...], command: click.Command, tmp_path: Path
) -> None:
    run = refusing.test_cli_runner().invoke
    for parameter in filter(is_read, command.params):
        for missing in (tmp_path / "away.csv", tmp_path):
            line = check_one_line(run(args=[*path, *spell(parameter, str(missing))]))
            assert missing.name in line


@pytest.mark.parametrize(("path", "command"), OURS, ids=IDS)
def test_a_file_is_not_written_over_while_it_is_read(
    refusing: Flask, path: tuple[str, ...], command: click.Command, tmp_path: Path
) -> None:
    run = refusing.test_cli_runner().invoke
    file, link = tmp_path / "table.csv", tmp_path / "link.csv"
    another = tmp_path / "another.csv"
    for each in (file, another):
        each.write_text(_SECRET, encoding="utf-8")
    link.symlink_to(file)
    files = list(filter(is_file, command.params))
    for written in (parameter for parameter in files if not is_read(parameter)):
        for other in (parameter for parameter in files if parameter is not written):
            for name in (file, link):
                given = {each.name: str(tmp_path / f"{each.name}.csv") for each in files if each.required}
                given |= {each.name: str(another) for each in files if is_read(each) and each.required}
                arguments = fill(command, given | {written.name: str(name), other.name: str(file)})
                line = check_one_line(run(args=[*path, *arguments]))
                assert (" is the file that is read: " if is_read(other) else " are one file: ") in line
                assert file.read_text(encoding="utf-8") == _SECRET


def test_a_topic_that_the_campaign_has_not_is_refused_by_its_line(app: Flask, tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    definition, table = tmp_path / "c.yaml", tmp_path / "r.csv"
    definition.write_text(SMALL_CAMPAIGN, encoding="utf-8")
    assert run(args=["campaign", "create", "--from", str(definition)]).exit_code == 0
    rows = ["id,text,lat,lon,topic", "1,dry,27.7,85.3,Water", "2,dry,27.7,85.3,wter", "3,dry,27.7,85.3,"]
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = run(args=["reports", "import", str(table)])
    assert result.exit_code == 0
    assert "line 3: topic is none of the campaign's (water" in result.output
    assert "added: 2" in result.output

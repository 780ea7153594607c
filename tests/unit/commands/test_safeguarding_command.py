"""`flask safeguarding check`: the same rows in the same order with what would be restricted, and clear refusals."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.settings import load_settings
from reporting.bootstrap import Program
from reporting.commands.operate.guarding import guard
from reporting.commands.safeguarding import make_safeguarding_group

Check = Callable[..., Result]
NOWHERE = "postgresql://nobody@127.0.0.1:9/none"


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Check:
    """Run the command of a program whose database does not answer."""
    monkeypatch.setenv("BARAZA_VAR", str(tmp_path / "var"))
    group = guard(make_safeguarding_group(Program(load_settings(), NOWHERE, "redis://127.0.0.1:9/0")))
    return lambda *arguments: CliRunner().invoke(group, ["check", *map(str, arguments)])


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_same_rows_come_out_with_two_columns_more_and_no_database_is_asked(check: Check, tmp_path: Path) -> None:
    table = 'id,text,note\n7,my husband beats me,"a, b"\n3,no water since monday,\n\n5,he raped me,x,beyond\n9\n'
    out = tmp_path / "out.csv"
    result = check(write(tmp_path / "in.csv", table), "--text-column", "text", "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stdout == "rows: 4\nrestricted: 2\n"
    assert result.stderr.splitlines() == [
        "line 5: 4 cells where the header has 3",
        "line 6: 1 cells where the header has 3",
    ]
    assert read(out) == [
        ["id", "text", "note", "restricted", "reason"],
        ["7", "my husband beats me", "a, b", "true", "gender_based_violence"],
        ["3", "no water since monday", "", "false", ""],
        [],
        ["5", "he raped me", "x", "true", "gender_based_violence", "beyond"],
        ["9", "", "", "false", ""],
    ]


@pytest.mark.parametrize(
    ("separator", "encoding"), [(";", "cp1252"), ("\t", "utf-16"), (",", "utf-8-sig"), ("|", "utf-8")]
)
def test_a_table_is_read_however_a_spreadsheet_wrote_it(
    check: Check, tmp_path: Path, separator: str, encoding: str
) -> None:
    table = f"id{separator}Text\n1{separator}il me frappe près de l’école\n"
    out = tmp_path / "out.csv"
    assert check(write(tmp_path / "in.csv", table, encoding), "--text-column", "text", "-o", out).exit_code == 0
    assert read(out)[1] == ["1", "il me frappe près de l’école", "true", "gender_based_violence"]


def test_a_column_that_is_there_already_keeps_its_cells(check: Check, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    check(write(tmp_path / "in.csv", "text,reason\nhe raped me,told\n"), "--text-column", "text", "-o", out)
    assert read(out)[0] == ["text", "reason", "restricted", "safeguarding_reason"]


def test_nothing_in_the_output_is_a_formula(check: Check, tmp_path: Path) -> None:
    table = 'id,text\n"=HYPERLINK(""http://x"")",no water\n+97798,-5 degrees\n-2+cmd|x,@SUM(A1)\n'
    out = tmp_path / "out.csv"
    check(write(tmp_path / "in.csv", table), "--text-column", "text", "-o", out)
    assert [row[:2] for row in read(out)[1:]] == [
        ['\'=HYPERLINK("http://x")', "no water"],
        ["+97798", "-5 degrees"],
        ["'-2+cmd|x", "'@SUM(A1)"],
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv", "--text-column", "text", "-o", "out.csv"], "missing.csv' does not exist"),
        (["in.csv", "--text-column", "words", "-o", "out.csv"], "in.csv: no column words"),
        (["in.csv", "--text-column", "text", "-o", "in.csv"], "in.csv is the file that is read"),
        (["in.csv", "--text-column", "text", "-o", "link.csv"], "link.csv is the file that is read"),
        (["in.csv", "--text-column", "text", "--text-column", "id", "-o", "out.csv"], "given 2 times"),
        (["in.csv", "--text-column", "text", "-o", "out.csv", "-o", "b.csv"], "given 2 times"),
        (["in.csv", "--text-column", "text", "-o", "nowhere/out.csv"], "No such file or directory"),
        (["empty.csv", "--text-column", "text", "-o", "out.csv"], "empty.csv: no header"),
        (["in.csv", "-o", "out.csv"], "Missing option '--text-column'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.csv", "id,text\n1,no water\n")
    write(tmp_path / "empty.csv", "")
    (tmp_path / "link.csv").symlink_to(tmp_path / "in.csv")
    result = check(*arguments)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert sum(line.startswith("Error") for line in result.output.splitlines()) == 1
    assert "Traceback" not in result.output
    assert (tmp_path / "in.csv").read_text() == "id,text\n1,no water\n"
    assert not (tmp_path / "out.csv").exists()

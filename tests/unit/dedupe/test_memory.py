"""A spreadsheet of any length takes little memory: words lie in a file, and what is remembered has a bound."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.table_file.errors import Remarks
from reporting.dedupe import blocking
from reporting.dedupe.blocking import Latest, Nearby
from reporting.dedupe.columns import Rows, Words
from reporting.dedupe.observations import read_sheet
from reporting.incidents.similarity import Observation

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_rows_come_back_as_they_went_in() -> None:
    seen = [
        Observation(0, NOON, 18.5, -72.3, 50.0, "water", "Pon an kraze", "s1", "sms", "Rue 5"),
        Observation(1, None, None, None, 50.0, None, ""),
        Observation(2, NOON + timedelta(microseconds=250_001), -1.25, 36.8, 75.5, "", "कखग " * 500, None, "", None),
        Observation(3, datetime(1969, 7, 20, 20, 17, 40, tzinfo=UTC), 0.0, 1.0, 50.0, "water", "broken \udcff word"),
    ]
    rows = Rows()
    for each in seen:
        rows.append(each)
    assert list(rows) == seen
    assert rows[1:3] == seen[1:3]


def test_the_same_words_are_written_once_and_none_is_mistaken_for_another() -> None:
    words = Words()
    texts = [f"text {number % 40_000} of many" for number in range(100_000)]
    numbers = [words.add(text) for text in texts]
    assert words.add(texts[-1]) == numbers[-1]
    assert [words.get(number) for number in numbers[::997]] == texts[::997]


def test_the_keys_met_least_lately_are_forgotten() -> None:
    latest = Latest(kept=2, keys_most=3)
    for row, key in enumerate((1, 2, 3, 1, 1, 1, 4)):
        latest.add(key, row)
    assert [list(latest.list(key)) for key in (1, 2, 3, 4)] == [[0, 4, 5], [], [2], [6]]


@pytest.mark.parametrize("has_times", [True, False])
def test_points_out_of_the_window_and_too_many_points_are_forgotten(
    has_times: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking, "_POINTS_MOST", 100)
    times = [NOON + timedelta(hours=number) if has_times else None for number in range(1_000)]
    seen = [Observation(n, at, 18.5 + n / 100, -72.3, 50.0, None, "") for n, at in enumerate(times)]
    index = Nearby(seen, window_s=36_000 if has_times else 1e9)
    most = lost = 0
    for row in range(len(seen)):
        before = sum(len(points) for points in index._cells.values())
        index.add(row)
        after = sum(len(points) for points in index._cells.values())
        most, lost = max(most, after), max(lost, before + 1 - after)
    assert most == (11 if has_times else 100)
    assert lost == 1, "a row paid for the forgetting of others'"


def test_of_very_many_odd_lines_the_first_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    src = tmp_path / "in.csv"
    src.write_text("id,reported_at,lat,lon\n" + "a,yesterday,,\n" * 1_500, encoding="utf-8")
    problems = read_sheet(src).problems
    assert (problems.total, len(problems)) == (1_501, 1_000)
    assert isinstance(problems, Remarks)

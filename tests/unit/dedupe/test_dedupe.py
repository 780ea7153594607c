"""The batch over a spreadsheet keeps every row, looks at few of them, and links with care."""

import csv
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.table_file.errors import TableError
from reporting.dedupe.blocking import Nearby
from reporting.dedupe.dedupe import Batch, Counts, dedupe_csv
from reporting.dedupe.observations import read_sheet
from reporting.dedupe.suggestions import SUGGESTIONS
from reporting.incidents.similarity import Observation

HEADER = "id,reported_at,lat,lon,text,topic,location,sender,source\n"
BURST = "Tiyo dlo a pete devan lekol Sen Jera tout lari a inonde depi maten"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _dedupe(folder: Path, table: str) -> tuple[Counts, list[dict[str, str]], list[dict[str, str]]]:
    src, out, pairs = folder / "in.csv", folder / "out.csv", folder / "pairs.csv"
    src.write_text(table, encoding="utf-8")
    counts = dedupe_csv(src, out, pairs, lambda _done, _all: None)
    return counts, *(list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in (out, pairs))


def test_every_row_comes_back_in_its_order_whatever_is_in_it(tmp_path: Path) -> None:
    table = HEADER + (
        f"b,2026-03-01T12:00:00,18.5392,-72.3364,{BURST},water,,,\n"
        "x,yesterday,here,there,,,,,\n"
        f"a,2026-03-01T11:00:00Z,18.5393,-72.3364,{BURST},water,,,\n"
        "short\n"
        ",,999,0,,,,,,,,too,many\n"
        "x,2026-03-01,0,0,,,,,\n"
    )
    counts, out, _ = _dedupe(tmp_path, table)
    assert [line["id"] for line in out] == ["b", "x", "a", "short", "", "x"]
    assert out[0]["incident"] == out[2]["incident"]
    assert len({line["incident"] for line in out}) == 5
    assert (counts.rows, counts.incidents, counts.linked) == (6, 5, 1)
    assert [problem.split(":")[0] for problem in counts.problems[:2]] == ["line 3", "line 3"]
    assert "yesterday" not in " ".join(counts.problems)


def test_the_pairs_say_who_is_alike_how_much_and_why(tmp_path: Path) -> None:
    table = HEADER + "".join(f"{name},2026-03-01T1{name}:00,18.5392,-72.3364,{BURST},water,,,\n" for name in "012")
    _, _, pairs = _dedupe(tmp_path, table)
    first = next(pair for pair in pairs if pair["id"] == "2")
    assert list(first) == ["id", "candidate", "score", "decision", "reasons"]
    assert (first["candidate"], first["decision"]) == ("0", "linked")  # the first report stands for its incident
    assert first["reasons"] == "0 m apart (both ±50 m); 2 h apart; same text; same topic"
    for name in "012":
        scores = [float(pair["score"]) for pair in pairs if pair["id"] == name]
        assert scores == sorted(scores, reverse=True)


def test_a_row_is_explained_by_all_that_adds_up_to_its_score(tmp_path: Path) -> None:
    src = tmp_path / "in.csv"
    rows = f"a,2026-03-01T11:00,18.5392,-72.3364,{BURST} 12,water,,,\n"
    rows += f"b,2026-03-01T12:00,18.5393,-72.3364,{BURST} 15,water,,,\n"
    src.write_text(HEADER + rows, encoding="utf-8")
    counts = dedupe_csv(src, tmp_path / "out.csv", None, lambda _done, _all: None, {"b", "nobody"})
    assert counts.explained[:2] == ["b: 1 candidates", counts.explained[1]]
    assert counts.explained[1].startswith("b - a: suggested, ranked with 0.94")
    assert "  never linked by a machine: the numbers in the texts all differ" in counts.explained
    assert counts.explained[-1] == "nobody: no row has this id"
    odds = next(line for line in counts.explained if "log odds" in line)
    total, *pieces = [float(number) for number in re.findall(r"[+-]\d+\.\d\d", odds)]
    assert total == pytest.approx(sum(pieces), abs=0.05)


def test_an_incident_does_not_go_on_for_ever_in_steps_of_time(tmp_path: Path) -> None:
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=20 * step) for step in range(5)]
    lines = [f"{n},{at:%Y-%m-%d},18.5392,-72.3364,{BURST},water,,,\n" for n, at in enumerate(times)]
    src = tmp_path / "in.csv"
    src.write_text(HEADER + "".join(lines), encoding="utf-8")
    dedupe_csv(src, tmp_path / "out.csv", None, lambda _done, _all: None)
    with (tmp_path / "out.csv").open() as handle:
        assert [line["incident"] for line in csv.DictReader(handle)] == ["1", "1", "1", "1", "2"]


def test_the_order_of_the_rows_does_not_change_the_incidents(tmp_path: Path) -> None:
    lines = [
        f"{n},2026-03-01T{n:02}:30,18.53{n % 4}2,-72.3364,{BURST if n % 3 else 'Pon an tonbe'},water,,,\n"
        for n in range(20)
    ]
    shuffled = random.Random(4).sample(lines, len(lines))
    groups = []
    for table in (lines, shuffled):
        _, out, _ = _dedupe(tmp_path, HEADER + "".join(table))
        found: dict[str, set[str]] = {}
        for line in out:
            found.setdefault(line["incident"], set()).add(line["id"])
        groups.append(sorted(map(sorted, found.values())))
    assert groups[0] == groups[1]


def test_a_thousand_reports_on_a_default_pin_are_not_one_incident(tmp_path: Path) -> None:
    words = [
        "wout",
        "dlo",
        "lekol",
        "kay",
        "mache",
        "lopital",
        "pon",
        "tiyo",
        "dife",
        "larivye",
        "moun",
        "timoun",
        "manje",
        "tant",
        "limye",
        "machin",
    ]
    chance = random.Random(7)
    lines = []
    for n in range(1_000):
        said = " ".join(chance.choices(words, k=9))
        lines.append(f"{n},2026-03-{1 + n % 28:02}T10:{n % 60:02},18.5392,-72.3364,{said},water,,,\n")
    lines += [f"copy{n},2026-03-29T10:0{n},18.5392,-72.3364,{BURST},water,,,\n" for n in range(2)]
    counts, out, _ = _dedupe(tmp_path, HEADER + "".join(lines))
    incident = {line["id"]: line["incident"] for line in out}
    assert incident["copy0"] == incident["copy1"]
    assert counts.linked == 1


def test_links_do_not_wander_off_in_steps(tmp_path: Path) -> None:
    lines = [f"{n},2026-03-01T12:{n:02},{18.5 + n * 0.01:.4f},-72.3,{BURST},water,,,\n" for n in range(10)]
    _, out, pairs = _dedupe(tmp_path, HEADER + "".join(lines))
    latitude = {str(n): 18.5 + n * 0.01 for n in range(10)}
    for a in out:
        for b in out:
            if a["incident"] == b["incident"]:
                assert abs(latitude[a["id"]] - latitude[b["id"]]) * 111_195 < 5_000
    assert any(pair["decision"] == "suggested" for pair in pairs)


def test_no_row_has_more_candidates_than_agreed(tmp_path: Path) -> None:
    lines = [f"{n},2026-03-01T12:{n:02},18.5392,-72.3364,,water,,,\n" for n in range(40)]
    _, _, pairs = _dedupe(tmp_path, HEADER + "".join(lines))
    assert max(sum(pair["id"] == str(n) for pair in pairs) for n in range(40)) <= SUGGESTIONS


def test_a_candidate_is_found_across_the_date_line() -> None:
    seen = [Observation(n, NOON, -17.0, lon, 50.0, "water", "") for n, lon in enumerate((179.9999, -179.9999))]
    nearby = Nearby(seen, window_s=86_400)
    nearby.add(0)
    assert nearby.list_candidates(1) == [0]


@pytest.mark.parametrize("lat", [-89.9, -60.0, 0.0, 18.5, 75.0, 89.9])
def test_neighbours_are_found_wherever_the_grid_is_cut(lat: float) -> None:
    chance = random.Random(1)
    for _ in range(200):
        lon, north = chance.uniform(-180, 180), chance.uniform(-0.002, 0.002)
        seen = [Observation(n, NOON, lat + n * north, lon, 50.0, "water", "") for n in range(2)]
        nearby = Nearby(seen, window_s=86_400)
        nearby.add(0)
        assert nearby.list_candidates(1) == [0]


def test_the_work_per_row_does_not_grow_with_a_crowd() -> None:
    count = 3_000
    seen = [Observation(n, NOON + timedelta(minutes=n), 18.5, -72.3, 50.0, "water", BURST) for n in range(count)]
    nearby = Nearby(seen, window_s=30 * 86_400)
    for row in range(count):
        assert len(nearby.list_candidates(row)) < 120
        nearby.add(row)
    batch = Batch(seen)
    for row in range(300):
        batch.take(row)
    assert set(batch.incident[:300]) == {0}


def test_a_file_that_is_no_table_is_refused_in_one_line(tmp_path: Path) -> None:
    for content in ("", "lat,lon\n1,2\n"):
        (tmp_path / "bad.csv").write_text(content, encoding="utf-8")
        with pytest.raises(TableError) as refused:
            read_sheet(tmp_path / "bad.csv")
        assert "\n" not in str(refused.value)


def test_only_a_header_is_a_table_without_rows(tmp_path: Path) -> None:
    counts, out, pairs = _dedupe(tmp_path, HEADER)
    assert (counts.rows, out, pairs) == (0, [], [])


def test_what_repeats_another_itself_stands_behind_what_does_not(tmp_path: Path) -> None:
    """Two equally near candidates: one is likely a repeat of a third report, the other is the first of its kind."""
    src = tmp_path / "in.csv"
    rows = [
        f"{name},2026-03-01T{time},{18.5362 + metres / 111_195:.6f},-72.3364,,water,,,"
        for name, time, metres in (
            ("third", "08:00", 0),
            ("first", "08:59", 440),
            ("repeat", "09:00", 160),
            ("asked", "10:00", 300),
        )
    ]
    src.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    dedupe_csv(src, tmp_path / "out.csv", tmp_path / "pairs.csv", lambda _done, _all: None)
    with (tmp_path / "pairs.csv").open() as handle:
        asked = [line for line in csv.DictReader(handle) if line["id"] == "asked"]
    assert asked[0]["candidate"] == "first"
    assert float(asked[0]["score"]) > float(asked[1]["score"])

"""Periods, shades, shapes and versions: the pure parts of releases."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from reporting.aggregation.code_version import find_commit, get_code_version
from reporting.aggregation.period import read_period
from reporting.aggregation.simplify import simplify_areas
from reporting.publishing.release_page import MOST_CLASSES, list_months_between, split_classes

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_month_begins_and_ends_by_the_campaigns_clock() -> None:
    period = read_period("2026-11", "Asia/Kathmandu", NOW)
    assert period.start == datetime(2026, 10, 31, 18, 15, tzinfo=UTC)
    assert period.end == datetime(2026, 11, 30, 18, 15, tzinfo=UTC)
    assert period.is_open(NOW)
    assert not read_period("2025", "Asia/Kathmandu", NOW).is_open(NOW)
    assert read_period("2025-12", "UTC", NOW).end == datetime(2026, 1, 1, tzinfo=UTC)


@given(st.lists(st.integers(1, 500), min_size=1))
def test_every_figure_has_one_shade_and_shades_rise(values: list[int]) -> None:
    classes = split_classes(values)
    assert 1 <= len(classes) <= MOST_CLASSES
    assert all(sum(lowest <= value <= highest for lowest, highest in classes) == 1 for value in values)
    assert classes == sorted(classes)
    assert all(lowest in values and highest in values for lowest, highest in classes)


def test_months_without_a_report_are_listed_too() -> None:
    assert list_months_between(["2025-11", "2026-02"]) == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert list_months_between(["2026-02"]) == ["2026-02"]
    assert list_months_between([]) == []


def test_a_ragged_border_stays_shared_and_gets_light() -> None:
    ys = np.linspace(0, 1, 4001)
    border = np.column_stack([0.5 + 0.01 * np.sin(ys * 900), ys])
    west = shapely.Polygon([*border, (0, 1), (0, 0)])
    east = shapely.Polygon([*border, (1, 1), (1, 0)])
    light = simplify_areas([west, east], vertex_budget=500)
    assert shapely.get_num_coordinates(light).sum() <= 500
    assert shapely.coverage_is_valid(light)
    assert all(shapely.is_valid(light))
    assert light[0].area == pytest.approx(west.area, rel=0.02)


def test_an_area_too_small_to_draw_is_not_lost() -> None:
    light = simplify_areas([box(0, 0, 1, 1), box(1, 0, 1.00001, 0.00001)])
    assert [part.is_empty for part in light] == [False, False]


def test_the_code_version_is_read_from_the_checkout_or_is_left_out(tmp_path: Path) -> None:
    assert get_code_version().startswith("0.")
    assert find_commit(tmp_path) is None
    folder = tmp_path / ".git"
    folder.mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    assert find_commit(tmp_path) is None
    (folder / "packed-refs").write_text("# pack-refs\nabc123 refs/heads/main\n")
    assert find_commit(tmp_path) == "abc123"
    (folder / "HEAD").write_text("def456\n")
    assert find_commit(tmp_path) == "def456"

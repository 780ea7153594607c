"""What the tables of two readers cost the other lines of the quality report, which share its strength."""

import numpy as np
import pytest

from reporting.aggregation.agreement.measure import FIRST_TOPIC, SECOND_TOPIC, VERDICTS
from reporting.aggregation.counting.shard import Counts
from reporting.aggregation.cube import get_cube
from reporting.aggregation.dimension import CodeContext
from reporting.aggregation.estimate import estimate_quality

TOPICS = ("water", "road", "school", "health", "light", "safety")


def test_the_other_lines_have_about_a_fifth_more_noise() -> None:
    context = CodeContext(dict.fromkeys(TOPICS, "moderate"), {})
    cube, nothing = get_cube("incidents", {}, context, [1, 2]), Counts(np.zeros(0, dtype=np.int64), {})
    topics = (*TOPICS, "_U")
    tables = {VERDICTS: ("a", "b", "c", "d", "e"), FIRST_TOPIC: topics, SECOND_TOPIC: topics}
    without, beside = (estimate_quality(cube, nothing, b"key", "build", given) for given in ({}, tables))
    assert set(beside) - set(without) == set(tables)
    for name, cells in without.items():
        for code, (_, error) in cells.items():
            assert beside[name][code][1] / error == pytest.approx(1.22, abs=0.03)

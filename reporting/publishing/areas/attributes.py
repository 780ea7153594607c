"""Attributes of areas in map files: one plain name for each figure, so that a map tool can colour by it without code.

An area has the figures of one category at most, the other dimensions all together: `people`, `people_water`,
`people_sex_F`. Categories of the topic go without the name of their dimension. Releases from before there were totals
have `reports_water_2026_11`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reporting.aggregation.dimension import TOTAL
from reporting.publishing.release_info import TOPIC, ReleaseInfo

Slice = tuple[str, tuple[str, ...], str]  # measure, codes by dimension, month
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9_]")


def list_attributes(release: ReleaseInfo, months: Sequence[str]) -> dict[Slice, str]:
    """List the names of an area's attributes by what they show; `months` are those of the release's figures."""
    if not release.has_noise:
        return {
            (measure, (topic,), month): _make_plain(f"{measure}_{topic}_{month}")
            for measure in release.measures
            for topic in release.topics
            for month in months
        }
    return {
        (measure, codes, month): _make_plain("_".join((measure, *words)))
        for measure in release.measures
        for codes, words in _list_categories(release)
        for month in months
    }


def _list_categories(release: ReleaseInfo) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the codes of each category of each dimension, and the words of its name; the total first."""
    totals = (TOTAL,) * len(release.dimensions)
    yield totals, ()
    for place, dimension in enumerate(release.dimensions):
        for code in dimension.codes:
            words = (code,) if dimension.name == TOPIC else (dimension.name, code)
            yield (*totals[:place], code, *totals[place + 1 :]), words


def _make_plain(name: str) -> str:
    return _NOT_PLAIN.sub("_", name)

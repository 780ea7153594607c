"""JSON-stat 2.0 (json-stat.org/full): a selection of a release at one level of areas, as one data set.

Figures stand by their position (row-major), and positions without a figure are left out. A figure that is too small to
be shown is null, with the status `Q`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from math import prod
from typing import Any, Final

from sqlalchemy import Row

from reporting.publishing.release_info import ReleaseInfo

_AREA, _PERIOD, _MEASURE = "area", "period", "measure"
_NORMAL: Final = "A"


def write_json_stat(
    release: ReleaseInfo, observations: Sequence[Row[Any]], area_names: Mapping[str, str]
) -> dict[str, Any]:
    """Write the data set. The observations are of one level of areas, so that an area has one code."""
    dimensions = [dimension.name for dimension in release.dimensions]
    names = [_AREA, _PERIOD, *dimensions, _MEASURE]
    keys = [(row.area_code, row.month, *row.codes, row.measure) for row in observations]
    codes = [sorted({key[place] for key in keys}) for place in range(len(names))]
    places = [{code: place for place, code in enumerate(each)} for each in codes]
    positions = [_find_position(key, places) for key in keys]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": f"{release.campaign_name}: {release.cube}, {release.period}",
        "source": release.campaign_name,
        "updated": release.created_at.astimezone(UTC).isoformat(),
        "id": names,
        "size": [len(each) for each in codes],
        "role": {"time": [_PERIOD], "geo": [_AREA], "metric": [_MEASURE]},
        "dimension": {
            name: _describe_category(release, name, each, area_names) for name, each in zip(names, codes, strict=True)
        },
        "value": {str(at): row.value for at, row in zip(positions, observations, strict=True)},
        "status": {
            str(at): row.status for at, row in zip(positions, observations, strict=True) if row.status != _NORMAL
        },
        "extension": {
            "release": release.id,
            "version": release.version,
            "standard_error": {
                str(at): row.standard_error
                for at, row in zip(positions, observations, strict=True)
                if row.standard_error is not None
            },
        },
    }


def _find_position(key: Sequence[str], places: Sequence[Mapping[str, int]]) -> int:
    """Find the position of a figure in the row-major order of all combinations."""
    sizes = [len(each) for each in places]
    return sum(
        each[code] * prod(sizes[place + 1 :]) for place, (code, each) in enumerate(zip(key, places, strict=True))
    )


def _describe_category(
    release: ReleaseInfo, name: str, codes: Sequence[str], area_names: Mapping[str, str]
) -> dict[str, Any]:
    labels: dict[str, str] = {}
    if name == _AREA:
        labels = {code: area_names[code] for code in codes if code in area_names}
    elif name == "topic":
        labels = {code: next(iter(release.topics[code].values())) for code in codes if release.topics.get(code)}
    return {"label": name, "category": {"index": list(codes)} | ({"label": labels} if labels else {})}

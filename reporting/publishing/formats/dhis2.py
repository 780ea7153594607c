"""DHIS2 data value sets: the figures that the campaign maps to data elements, for import into DHIS2.

The mapping is in the campaign's definition (`settings.dhis2`) and is kept in the release, as it was published.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from flask_babel import lazy_gettext

from reporting.aggregation.dimension import TOTAL
from reporting.campaigns.mapping_to_dhis2 import DHIS2
from reporting.publishing.formats.format import ExportFile, Format, write_text
from reporting.publishing.observations.dictionary import SYMBOL
from reporting.publishing.observations.figure import write_estimate
from reporting.publishing.observations.source import Source
from reporting.publishing.release_info import Cell, ReleaseInfo


def write_values(source: Source, path: Path) -> None:
    """Write one data value a line. A figure that is too small to be shown has no value and the comment `[c]`.

    The mapping has `data_set`, `org_units` (by area code) and `data_elements`: each a `cube`, a `measure`, the `codes`
    of the dimensions (others all together), a `data_element` and, where it has one, a `category_option_combo`.
    """
    write_text(path, _stream(source))


def _stream(source: Source) -> Iterator[str]:
    mapping = source.release.policy[DHIS2]
    head = json.dumps(mapping["data_set"]) if "data_set" in mapping else ""
    yield "{" + (f'"dataSet": {head}, ' if head else "") + '"dataValues": ['
    separator = "\n"
    for value in _list_values(source, mapping):
        yield separator + json.dumps(value, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _list_values(source: Source, mapping: dict[str, Any]) -> Iterator[dict[str, str]]:
    """List the mapped figures; an area that stands for itself at several levels has one of them."""
    elements = _list_elements(source.release, mapping)
    levels: dict[str, int] = {}
    for cell in source.stream_cells():
        unit = mapping["org_units"].get(cell.area_code)
        element = elements.get((cell.measure, cell.codes))
        if unit is None or element is None or levels.setdefault(cell.area_code, cell.area_level) != cell.area_level:
            continue
        yield _make_value(cell, unit, element)


def _list_elements(release: ReleaseInfo, mapping: dict[str, Any]) -> dict[tuple[str, tuple[str, ...]], dict[str, Any]]:
    """List the data elements of the release's cube by measure and codes."""
    names = [dimension.name for dimension in release.dimensions]
    return {
        (each["measure"], tuple(each.get("codes", {}).get(name, TOTAL) for name in names)): each
        for each in mapping["data_elements"]
        if each["cube"] == release.cube and set(each.get("codes", {})) <= set(names)
    }


def _make_value(cell: Cell, unit: str, element: dict[str, Any]) -> dict[str, str]:
    value = {"dataElement": element["data_element"], "period": _name_period(cell.month), "orgUnit": unit}
    if combo := element.get("category_option_combo"):
        value["categoryOptionCombo"] = combo
    if cell.value is None:
        return value | {"comment": f"{SYMBOL} too small to be shown"}
    comment = f"estimate {write_estimate(cell.estimate)}, standard error {cell.standard_error}"
    return value | {"value": str(cell.value)} | ({"comment": comment} if cell.estimate is not None else {})


def _name_period(month: str) -> str:
    """Name a period as DHIS2 does: 202610, 2026W44, 2026."""
    return month.replace("-W", "W").replace("-", "")


def _is_mapped(release: ReleaseInfo) -> bool:
    """Tell whether the campaign mapped its figures; a sum of all months is no period of DHIS2."""
    return bool(release.policy.get(DHIS2)) and release.period[:1].isdigit()


FORMAT: Final = Format(
    name="dhis2",
    title="DHIS2",
    purpose=lazy_gettext("for import into DHIS2"),
    revision=1,
    files=(ExportFile(".dhis2.json", "application/json", write_values),),
    is_for=_is_mapped,
)

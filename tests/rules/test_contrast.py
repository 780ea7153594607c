"""Text can be read by people who see little: colours used together have the contrast that WCAG 2.2 asks for."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

_SHEETS = Path(__file__).resolve().parents[2] / "reporting/web/static"


def _read_colours(name: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", (_SHEETS / name).read_text()))


_LIGHT = _read_colours("baraza.css")
_DARK = _LIGHT | _read_colours("dark.css")

TEXT = [
    ("ink", "paper"), ("ink", "ground"), ("ink", "accent-soft"), ("ink", "good-soft"), ("ink", "bad-soft"),
    ("quiet", "paper"), ("quiet", "ground"), ("quiet", "accent-soft"), ("accent", "paper"), ("accent", "ground"),
    ("accent", "accent-soft"), ("paper", "accent"), ("paper", "good"), ("bad", "paper"), ("bad", "bad-soft"),
    ("paper", "accent-strong"), ("paper", "good-strong"),
    ("disabled", "disabled-ground"),
]  # fmt: skip
SHAPES = [("edge", "paper"), ("edge", "ground"), ("focus", "paper"), ("focus", "ground"), ("accent", "paper")]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2, definition of relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colours: Mapping[str, str], one: str, other: str) -> float:
    """Contrast ratio of two named colours, from 1 to 21."""
    light, dark = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_has_a_contrast_of_at_least_four_and_a_half(front: str, back: str, colours: dict[str, str]) -> None:
    assert contrast(colours, front, back) >= 4.5


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), SHAPES)
def test_borders_and_focus_have_a_contrast_of_at_least_three(front: str, back: str, colours: dict[str, str]) -> None:
    assert contrast(colours, front, back) >= 3


def test_the_measure_is_the_one_of_the_standard() -> None:
    assert luminance("#ffffff") == pytest.approx(1)
    assert luminance("#000000") == 0
    assert luminance("#767676") == pytest.approx(0.1812, abs=1e-3)


def test_a_dark_device_has_a_value_for_every_colour() -> None:
    assert _read_colours("dark.css").keys() >= _LIGHT.keys()

"""No room holds more than twenty modules, and tests stand in rooms of the same names: a list is read at a glance."""

from pathlib import Path

from tests.conftest import ROOT

_MOST = 20
_ROOTS = ("reporting", "channels", "geo", "config")
_KINDS = {"acceptance", "unit", "integration", "functional", "channels", "browser", "rules"}
_NO_TESTS = {"data", "cases", "prism", "factories"}


def test_no_folder_of_the_source_has_more_than_twenty_modules() -> None:
    folders = [path for root in _ROOTS for path in [ROOT / root, *(ROOT / root).rglob("*/")] if path.is_dir()]
    counts = {
        path.relative_to(ROOT).as_posix(): len([file for file in path.glob("*.py") if file.name != "__init__.py"])
        for path in folders
        if path.name != "versions"  # migrations are a list by their nature
    }
    assert len(counts) > 40
    assert {folder: count for folder, count in counts.items() if count > _MOST} == {}


def _list_folders_of_tests() -> list[Path]:
    """Folders below `tests/` that hold Python files, as paths within it."""
    files = (file.parent.relative_to(ROOT / "tests") for file in (ROOT / "tests").rglob("*.py"))
    return sorted({folder for folder in files if not _NO_TESTS & set(folder.parts)})


def test_no_folder_of_tests_has_more_than_twenty_modules() -> None:
    counts = {
        folder.as_posix(): len([file for file in (ROOT / "tests" / folder).glob("*.py") if file.name != "__init__.py"])
        for folder in _list_folders_of_tests()
    }
    assert len(counts) > 40
    assert {folder: count for folder, count in counts.items() if count > _MOST} == {}


def test_a_folder_of_tests_is_named_after_the_room_that_it_tests() -> None:
    """`unit/geo/text` tests `geo/text`, `unit/inbox` tests `reporting/inbox`, and `channels/email` tests itself."""
    folders = [folder for folder in _list_folders_of_tests() if folder.parts]
    assert {folder.parts[0] for folder in folders} == _KINDS
    rooms = [Path(*folder.parts[folder.parts[0] != "channels" :]) for folder in folders if len(folder.parts) > 1]
    assert len(rooms) > 40
    assert [room for room in rooms if not (ROOT / room).is_dir() and not (ROOT / "reporting" / room).is_dir()] == []
